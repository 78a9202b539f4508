/** Loading, failed, empty: the same everywhere. */

import { Button, Spin } from "antd";
import { type ReactNode } from "react";
import { Problem } from "../api/client";
import { useWords } from "../words/language";
import "./states.css";

export function Waiting() {
  const words = useWords();
  return (
    <div className="state" role="status" aria-label={words.shell.loading}>
      <Spin delay={200} />
    </div>
  );
}

export function Failed({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  const words = useWords();
  return (
    <div className="state" role="alert">
      <h2>{words.shell.failed}</h2>
      <p className="soft">{useExplained(error)}</p>
      <Button onClick={retry}>{words.shell.tryAgain}</Button>
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ title, children }: EmptyProps) {
  return (
    <div className="state">
      <h2>{title}</h2>
      {children !== undefined && <div className="soft">{children}</div>}
    </div>
  );
}

/** The server's own sentence where it has spoken; else that it could not be reached. */
export function useExplained(error: Error): string {
  const words = useWords();
  return explained(error, words.shell.unreachable);
}

export function explained(error: Error, unreachable: string): string {
  if (error instanceof Problem) return error.detail || error.title || error.code;
  return unreachable;
}
