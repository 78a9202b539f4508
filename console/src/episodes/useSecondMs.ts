import { useEffect, useState } from "react";

const SECOND_MS = 1000;

/** The time, second by second, while something counts down; otherwise as it was. */
export function useSecondMs(isRunning: boolean): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNowMs(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return nowMs;
}
