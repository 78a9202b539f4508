/** Waits until the server has a clip ready that it encodes for this browser. */

import { useEffect, useState } from "react";

export type Readiness = "waiting" | "ready" | "failed";

const NOT_READY = 503;
const AGAIN_MS = 2_000;
/** Each try waits for some 25 s at the server. */
const MOST_TRIES = 8;

/** Whether there is an answer at an address; null is nothing to wait for. */
export function useReady(address: string | null): Readiness {
  const [answer, setAnswer] = useState<{ readonly address: string; readonly readiness: Readiness } | null>(null);
  useEffect(() => {
    if (address === null) return;
    const asking = new AbortController();
    const say = (readiness: Readiness): void => {
      if (!asking.signal.aborted) setAnswer({ address, readiness });
    };
    ask(address, asking.signal).then(say, () => say("failed"));
    return () => asking.abort();
  }, [address]);
  if (address === null) return "ready";
  return answer?.address === address ? answer.readiness : "waiting";
}

async function ask(address: string, signal: AbortSignal): Promise<Readiness> {
  for (let n = 0; n < MOST_TRIES; n++) {
    const { ok, status } = await fetch(address, { headers: { Range: "bytes=0-0" }, signal });
    if (ok) return "ready";
    if (status !== NOT_READY) return "failed";
    await new Promise((go) => setTimeout(go, AGAIN_MS));
  }
  return "failed";
}
