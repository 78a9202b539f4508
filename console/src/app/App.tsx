/** Everything around the pages: words, colours, stored answers, and the door. */

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { Problem } from "../api/client";
import { LiveProvider } from "../live/LiveProvider";
import { useMe } from "../login/me";
import { OutboxProvider } from "../review/OutboxProvider";
import { forgetPictures } from "../pictures/usePicture";
import { LanguageProvider, useSpeech } from "../words/language";
import { Pages } from "./Pages";
import { Shell } from "./Shell";
import { Failed, Waiting } from "./states";
import { useTheme } from "./theme";

const LoginPage = lazy(() => import("../login/LoginPage"));
const LOCALES = { en: enUS, zh: zhCN };

/** Refusals stay refusals; only what may pass is asked again. */
const isWorthRetrying = (failures: number, error: Error): boolean =>
  failures < 3 && !(error instanceof Problem && error.status < 500);

function newQueries(): QueryClient {
  const queries = { retry: isWorthRetrying, staleTime: 5000, networkMode: "always" } as const;
  return forgetPictures(new QueryClient({ defaultOptions: { queries } }));
}

export function App() {
  const [queries] = useState(newQueries);
  return (
    <QueryClientProvider client={queries}>
      <LanguageProvider>
        <Dressed>
          <Door />
        </Dressed>
      </LanguageProvider>
    </QueryClientProvider>
  );
}

function Dressed({ children }: { readonly children: ReactNode }) {
  const { language } = useSpeech();
  return (
    <ConfigProvider locale={LOCALES[language]} theme={useTheme()} button={{ autoInsertSpace: false }}>
      <AntApp notification={{ placement: "bottomRight", duration: 8 }}>{children}</AntApp>
    </ConfigProvider>
  );
}

function Door() {
  const { me, error, isAsking, retry, wasLoggedIn } = useMe();
  if (me)
    return (
      <LiveProvider key={me.user.id}>
        <OutboxProvider user={me.user}>
          <Shell user={me.user}>
            <Pages user={me.user} />
          </Shell>
        </OutboxProvider>
      </LiveProvider>
    );
  if (isAsking) return <Waiting />;
  if (error) return <Failed error={error} retry={retry} />;
  return (
    <Suspense fallback={<Waiting />}>
      <LoginPage isAgain={wasLoggedIn} />
    </Suspense>
  );
}
