/** A camera's day as a bar: where its gaps lie. */

import type { StreamDay } from "../api/types";

export interface Segment {
  readonly kind: "watched" | "gap" | "unknown";
  /** Where it begins and how long it is, in per cent of the day. */
  readonly left: number;
  readonly width: number;
}

/** The known time first, gaps over it; a gap of a second is still wide enough to be seen. */
const LEAST_WIDTH = 0.4;

export function segments(day: StreamDay): Segment[] {
  if (day.known_from === null) return [];
  const place = (at: string): number => percentOf(day, at);
  const from = place(day.known_from);
  const known: Segment = { kind: "watched", left: from, width: place(day.known_to) - from };
  const gaps = day.gaps.map(({ began_at, ended_at }): Segment => {
    const left = place(began_at);
    const width = Math.max(place(ended_at ?? day.known_to) - left, LEAST_WIDTH);
    return { kind: "gap", left: Math.min(left, 100 - width), width };
  });
  return [known, ...gaps];
}

/** 0..1 of the time that is known; null where nothing is. */
export function watchedShare({ known_from, known_s, watched_s }: StreamDay): number | null {
  return known_from === null || known_s === 0 ? null : watched_s / known_s;
}

/** Never 100 % of what was not: 99.97 is said as 99.9. */
export function watchedPercent(share: number): string {
  return share === 1 ? "100 %" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}

function percentOf({ begins_at, ends_at }: StreamDay, at: string): number {
  const begin = Date.parse(begins_at);
  const share = (Date.parse(at) - begin) / (Date.parse(ends_at) - begin);
  return Math.min(Math.max(100 * share, 0), 100);
}
