/** The hits as the server tells them; live events make these stale. */

import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { fetchHit, fetchHits, type HitFilter } from "../api/calls";
import type { Hit, HitPage } from "../api/types";

/** Beyond this a queue is not worked off by looking further down it. */
const QUEUE_LIMIT = 60;
const RECENT_LIMIT = 20;
/** Should an event ever be missed, the queue is right again after this. */
const SAFETY_MS = 30_000;

export function useWaitingHits() {
  const filter: HitFilter = { state: "waiting", limit: QUEUE_LIMIT };
  return useQuery({ queryKey: ["hits", filter], queryFn: () => fetchHits(filter), refetchInterval: SAFETY_MS });
}

export function useDecidedHits() {
  const filter: HitFilter = { state: "decided", limit: RECENT_LIMIT };
  return useQuery({ queryKey: ["hits", filter], queryFn: () => fetchHits(filter), refetchInterval: SAFETY_MS });
}

export function useHitPages(filter: Omit<HitFilter, "before">) {
  return useInfiniteQuery({
    queryKey: ["hits", "pages", filter],
    queryFn: ({ pageParam }) => fetchHits({ ...filter, before: pageParam }),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** One hit; what a list already knows of it is shown at once. */
export function useHit(id: string | null) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: ["hit", id],
    queryFn: () => fetchHit(id ?? ""),
    enabled: id !== null,
    placeholderData: () => knownHit(queries.getQueriesData<HitPage>({ queryKey: ["hits"] }), id),
  });
}

function knownHit(lists: readonly (readonly [unknown, HitPage | undefined])[], id: string | null): Hit | undefined {
  for (const [, page] of lists) {
    const hit = page?.items?.find((item) => item.id === id);
    if (hit) return hit;
  }
  return undefined;
}
