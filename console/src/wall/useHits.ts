/** The newest hit of each camera, for as long as its tile says so. */

import { useCallback, useState } from "react";
import type { LiveEvent } from "../api/types";
import { isBeforeCamera } from "../live/arrivals";
import { useLiveEvents } from "../live/LiveProvider";

/** A hit is reviewed within minutes; later its camera is like any other. */
export const FRESH_MS = 120_000;

export interface FreshHit {
  readonly id: string;
  readonly number: number;
  readonly atMs: number;
}

export function useHits(nowMs: number): ReadonlyMap<string, FreshHit> {
  const [hits, setHits] = useState<ReadonlyMap<string, FreshHit>>(new Map());
  const hear = useCallback((event: LiveEvent): void => {
    const { hit_id: id, number, stream_id: streamId } = event;
    if (!isBeforeCamera(event) || id === undefined || number === undefined || streamId === undefined) return;
    setHits((before) => new Map(before).set(streamId, { id, number, atMs: Date.now() }));
  }, []);
  useLiveEvents(hear);
  return new Map([...hits].filter(([, hit]) => nowMs - hit.atMs < FRESH_MS));
}
