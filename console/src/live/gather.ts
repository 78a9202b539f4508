/** Many events, few questions: the first is asked about at once, a burst once a second. */

import type { QueryKey } from "@tanstack/react-query";

/** Events of one transaction come together. */
const SOON_MS = 40;
/** A busy site writes several events a second; nobody reads a queue that changes faster. */
const PAUSE_MS = 1000;

interface Clock {
  readonly later: (run: () => void, ms: number) => unknown;
  readonly nowMs: () => number;
}

export function gathered(refresh: (keys: QueryKey[]) => void, { later, nowMs }: Clock): (keys: QueryKey[]) => void {
  const stale = new Map<string, QueryKey>();
  let lastMs = -Infinity;
  let isDue = false;

  function run(): void {
    isDue = false;
    lastMs = nowMs();
    const keys = [...stale.values()];
    stale.clear();
    refresh(keys);
  }

  return (keys) => {
    for (const key of keys) stale.set(JSON.stringify(key), key);
    if (isDue || stale.size === 0) return;
    isDue = true;
    later(run, Math.max(SOON_MS, lastMs + PAUSE_MS - nowMs()));
  };
}
