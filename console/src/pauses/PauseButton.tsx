import { PauseCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import type { User } from "../api/types";
import { isAtLeast } from "../app/access";
import { useWords } from "../words/language";

const PauseDialog = lazy(() => import("./PauseDialog"));

/** The stop button: within reach on every page of whoever may press it. */
export function PauseButton({ user }: { readonly user: User }) {
  const words = useWords().pauses;
  const [isOpen, setIsOpen] = useState(false);
  if (!isAtLeast(user, "admin")) return null;
  return (
    <>
      <Button
        danger
        type="text"
        icon={<PauseCircleOutlined aria-hidden />}
        aria-label={words.stop}
        title={words.stop}
        onClick={() => setIsOpen(true)}
      />
      {isOpen && (
        <Suspense fallback={null}>
          <PauseDialog user={user} close={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
