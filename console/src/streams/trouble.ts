/** Which cameras come first: those in trouble, the worst at the top. */

import type { StreamStatus } from "../api/types";

export type Filter = "all" | "trouble" | "attended";

/** Below this share of looks left out nobody has to read of it. */
export const LEFT_OUT_FROM = 0.01;

/** How bad a stream is: 0 is the worst, FINE and above is no trouble. */
export const FINE = 10;

export function rank(stream: StreamStatus): number {
  if (!stream.is_enabled) return FINE + 1;
  if (stream.state === "down") return 0;
  if (stream.state === "stopped") return 1;
  if (stream.state === "opening") return 2;
  if (isLeavingOut(stream)) return 3;
  return FINE;
}

export function isLeavingOut({ dropped_share }: StreamStatus): boolean {
  return dropped_share !== null && dropped_share >= LEFT_OUT_FROM;
}

export function isInTrouble(stream: StreamStatus): boolean {
  return rank(stream) < FINE;
}

export function isAttended({ state, attention }: StreamStatus): boolean {
  return state === "live" && attention === "attending";
}

/** Trouble first; among equals key cameras, then the order of streams.yaml. */
export function sorted(streams: readonly StreamStatus[]): StreamStatus[] {
  return streams
    .map((stream, place) => ({ stream, place }))
    .toSorted(
      (one, other) =>
        rank(one.stream) - rank(other.stream) ||
        Number(other.stream.is_key) - Number(one.stream.is_key) ||
        one.place - other.place,
    )
    .map(({ stream }) => stream);
}

export function matches(stream: StreamStatus, filter: Filter, siteId: string | undefined, search: string): boolean {
  if (filter === "trouble" && !isInTrouble(stream)) return false;
  if (filter === "attended" && !isAttended(stream)) return false;
  if (siteId !== undefined && stream.site.id !== siteId) return false;
  const wanted = search.trim().toLowerCase();
  return [stream.name, stream.id, stream.place, stream.site.name].some((text) => text.toLowerCase().includes(wanted));
}
