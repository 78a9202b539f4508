import { useQuery } from "@tanstack/react-query";
import { fetchPauses } from "../api/calls";
import type { Pause } from "../api/types";
import { useNowMs } from "../time/ticking";

/** A page that missed an event learns of a pause, or of its end, this much later at worst. */
const LOOK_AGAIN_MS = 30_000;

/** What is paused now; a pause that has run out is over on every page at the same moment. */
export function usePauses(): readonly Pause[] {
  const nowMs = useNowMs();
  const { data } = useQuery({ queryKey: ["pauses"], queryFn: fetchPauses, refetchInterval: LOOK_AGAIN_MS });
  return (data ?? []).filter(({ ends_at: end }) => Date.parse(end) > nowMs);
}
