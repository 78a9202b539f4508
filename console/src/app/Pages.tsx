/** Which page stands at which address, and who may open it. */

import { Button } from "antd";
import { lazy, type ReactNode, Suspense } from "react";
import { Link, Route, Switch } from "wouter";
import type { User } from "../api/types";
import { ReviewPage } from "../review/ReviewPage";
import { useWords } from "../words/language";
import { mayOpen, type PageName } from "./access";
import { Empty, Waiting } from "./states";

const HistoryPage = lazy(() => import("../history/HistoryPage"));
const WatchlistsPage = lazy(() => import("../watchlists/WatchlistsPage"));
const PeoplePage = lazy(() => import("../watchlists/PeoplePage"));
const GroupsPage = lazy(() => import("../groups/GroupsPage"));
const DeliveriesPage = lazy(() => import("../deliveries/DeliveriesPage"));
const DrillsPage = lazy(() => import("../drills/DrillsPage"));
const StreamsPage = lazy(() => import("../streams/StreamsPage"));
const StreamPage = lazy(() => import("../streams/StreamPage"));
const WallPage = lazy(() => import("../wall/WallPage"));
const RatesPage = lazy(() => import("../rates/RatesPage"));
const SystemPage = lazy(() => import("../system/SystemPage"));
const AccuracyPage = lazy(() => import("../accuracy/AccuracyPage"));
const UsersPage = lazy(() => import("../users/UsersPage"));

export function Pages({ user }: { readonly user: User }) {
  const guarded = (page: PageName, content: ReactNode): ReactNode => (mayOpen(user, page) ? content : <Forbidden />);
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        <Route path="/">
          <ReviewPage user={user} />
        </Route>
        <Route path="/hits/:id">{({ id }) => <ReviewPage user={user} openId={id} />}</Route>
        <Route path="/history/:id?">{({ id }) => <HistoryPage user={user} openId={id ?? null} />}</Route>
        <Route path="/watchlists">{guarded("watchlists", <WatchlistsPage user={user} />)}</Route>
        <Route path="/watchlists/:id">
          {({ id }) => guarded("watchlists", <PeoplePage user={user} watchlistId={id} />)}
        </Route>
        <Route path="/groups">{guarded("groups", <GroupsPage user={user} />)}</Route>
        <Route path="/deliveries">{guarded("deliveries", <DeliveriesPage user={user} />)}</Route>
        <Route path="/drills">{guarded("drills", <DrillsPage />)}</Route>
        <Route path="/wall/:id?">{({ id }) => guarded("wall", <WallPage openId={id ?? null} />)}</Route>
        <Route path="/streams">
          <StreamsPage user={user} />
        </Route>
        <Route path="/streams/:id">{({ id }) => <StreamPage key={id} user={user} id={decodeURIComponent(id)} />}</Route>
        <Route path="/rates">{guarded("rates", <RatesPage user={user} />)}</Route>
        <Route path="/system">
          <SystemPage user={user} />
        </Route>
        <Route path="/accuracy">{guarded("accuracy", <AccuracyPage user={user} />)}</Route>
        <Route path="/users">{guarded("users", <UsersPage />)}</Route>
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </Suspense>
  );
}

function Forbidden() {
  return <Elsewhere title={useWords().shell.forbidden} />;
}

function NotFound() {
  return <Elsewhere title={useWords().shell.notFound} />;
}

function Elsewhere({ title }: { readonly title: string }) {
  const words = useWords();
  return (
    <Empty title={title}>
      <Link href="/" asChild>
        <Button type="link">{words.shell.toReview}</Button>
      </Link>
    </Empty>
  );
}
