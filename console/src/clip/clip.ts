/** What there is to say of a hit's clip without a page: its addresses, its moment, and whether it is still to come. */

import type { Hit } from "../api/types";

/** The clip is written at most so long after the hit: who stays in view is filmed for 10 s, then 5 s more. */
export const COMES_WITHIN_MS = 40_000;
/** Playback of a jump begins a little earlier, so that the eye is there when the person is. */
const RUN_UP_S = 0.5;
/** Main profile, as cameras send it (ISO/IEC 14496-15, annex E). */
const HEVC = 'video/mp4; codecs="hvc1.1.6.L123.B0"';

const NAMES: Readonly<Record<string, string>> = { h264: "H.264", hevc: "H.265" };

export const nameOf = (codec: string): string => NAMES[codec] ?? codec;

export interface Addresses {
  readonly original: string;
  readonly h264: string;
  readonly download: string;
}

/** They change with the clip: another one is no part of it. */
export function addressesOf(hit: Hit): Addresses {
  const base = `/api/v1/hits/${hit.id}/clip?v=${Date.parse(hit.clip?.began_at ?? "")}`;
  return { original: base, h264: `${base}&as=h264`, download: `${base}&download=true` };
}

/**
 * Where the look lies that the hit shows, in seconds from the beginning, a run-up before it; null where the clip is of
 * another moment: the hit has come to show a later passage, and its clip is still the earlier one's.
 */
export function momentOf(hit: Hit): number | null {
  if (hit.clip === null) return null;
  const place = (Date.parse(hit.seen_at) - Date.parse(hit.clip.began_at)) / 1000;
  return place < -RUN_UP_S || place > hit.clip.seconds + RUN_UP_S ? null : Math.max(0, place - RUN_UP_S);
}

export function isPlayable(codec: string, canPlayType: (type: string) => string): boolean {
  return codec !== "hevc" || canPlayType(HEVC) !== "";
}

/** Hits that nobody filmed, and those whose clips are cut out of a file when it has been looked through. */
const HAS_NO_WAIT: ReadonlySet<Hit["origin"]> = new Set(["manual", "replay"]);

/** For how many milliseconds a clip may still come; 0 where none will. */
export function comesWithin(hit: Hit, nowMs: number): number {
  if (hit.clip !== null || hit.pictures.frame === null || HAS_NO_WAIT.has(hit.origin) || isSelfTest(hit)) return 0;
  return Math.max(0, Date.parse(hit.last_seen_at) + COMES_WITHIN_MS - nowMs);
}

/** A self-test's face was drawn, not filmed; its list's rule confirms it at once. */
function isSelfTest(hit: Hit): boolean {
  return hit.origin === "exercise" && hit.decisions.some(({ by }) => by === "policy");
}
