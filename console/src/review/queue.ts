/** The order of the queue, and where the reviewer stands in it. */

import type { Hit } from "../api/types";

/**
 * "Not him" first, then the sure before the uncertain, then the newest: a trail goes cold by the minute. Behind them
 * what a recording showed, and last of whom a guard is with already.
 */
export function inOrder(hits: readonly Hit[]): Hit[] {
  return hits.toSorted(
    (a, b) =>
      Number(b.alarm !== null) - Number(a.alarm !== null) ||
      Number(a.is_quiet) - Number(b.is_quiet) ||
      Number(a.origin === "replay") - Number(b.origin === "replay") ||
      Number(b.grade === "sure") - Number(a.grade === "sure") ||
      b.number - a.number,
  );
}

/** Hits still to be decided here: what the server lists, less what this tab has decided and not yet sent. */
export function stillWaiting(hits: readonly Hit[], decidedHere: ReadonlyMap<string, number>): Hit[] {
  return hits.filter((hit) => decidedHere.get(hit.id) !== hit.round);
}

/** The hit `steps` further down; stays at the ends; the first where nothing is chosen. */
export function stepFrom(hits: readonly Hit[], chosenId: string | null, steps: number): string | null {
  if (hits.length === 0) return null;
  const index = hits.findIndex((hit) => hit.id === chosenId);
  const next = index < 0 ? 0 : Math.min(hits.length - 1, Math.max(0, index + steps));
  return hits[next]?.id ?? null;
}

/** Where to go once `decidedId` leaves the queue: an alarm first, else what stood below it, else above it. */
export function afterDecision(hits: readonly Hit[], decidedId: string): string | null {
  const rest = hits.filter((hit) => hit.id !== decidedId);
  const alarm = rest.find((hit) => hit.alarm !== null);
  if (alarm) return alarm.id;
  const index = hits.findIndex((hit) => hit.id === decidedId);
  return (rest[Math.max(0, index)] ?? rest.at(-1))?.id ?? null;
}

/** One round of one hit: what a decision is about. */
export function caseKey(hit: Hit): string {
  return `${hit.id} ${hit.round}`;
}

/** "#0123": what people say to each other. */
export function spoken(number: number): string {
  return `#${String(number).padStart(4, "0")}`;
}
