/** Which stored answers an event makes stale. */

import type { QueryKey } from "@tanstack/react-query";
import type { LiveEvent } from "../api/types";

const BY_SUBJECT: Readonly<Record<string, QueryKey>> = {
  budget: ["accuracy"],
  calibration: ["accuracy"],
  volunteer: ["accuracy"],
  gallery: ["system"],
  alarm: ["system"],
  watchlist: ["watchlists"],
  stream: ["streams"],
  group: ["groups"],
  phone: ["phones"],
  pause: ["pauses"],
};

/** Deliveries and replies stand at their hit, so they make it stale too; a case stands at all of its hits. */
const ABOUT_HITS = new Set(["hit", "delivery", "reply"]);

export function staleAfter(event: LiveEvent): QueryKey[] {
  const subject = event.kind.split(".")[0] ?? "";
  if (subject === "episode") return [["hits"], ["hit"]];
  if (!ABOUT_HITS.has(subject)) return [BY_SUBJECT[subject] ?? []].filter((key) => key.length > 0);
  const id = event.hit_id ?? (event.subject.startsWith("hit:") ? event.subject.slice(4) : null);
  return [["hits"], ...(id === null ? [] : [["hit", id]])];
}
