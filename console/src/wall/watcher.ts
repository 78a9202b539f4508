/**
 * Asks for the wall's pictures, one question at a time for all tiles: the server answers when something is newer, and
 * what a slow network cannot carry is never queued. A browser opens six connections to a server, so a tile gets none.
 */

import type { LivePicture, WallAnswer, WallTile } from "../api/types";

/** One camera as the wall shows it. */
export interface Tile {
  readonly state: WallTile["state"];
  readonly explanation: string | null;
  readonly since: string | null;
  readonly attention: string | null;
  /** The newest picture so far; it stays when nothing newer comes. */
  readonly picture: Shown | null;
}

export interface Shown {
  readonly source: string;
  readonly width: number;
  readonly height: number;
  readonly boxes: LivePicture["boxes"];
  /** By this browser's clock. */
  readonly takenAtMs: number;
}

export interface WallState {
  readonly tiles: ReadonlyMap<string, Tile>;
  /** Since when the server has not answered; null while it does. */
  readonly lostSinceMs: number | null;
}

interface Parts {
  readonly ask: (
    known: ReadonlyMap<string, number>,
    width: number,
    waitS: number,
    signal: AbortSignal,
  ) => Promise<WallAnswer>;
  readonly later: (run: () => void, ms: number) => () => void;
  readonly nowMs: () => number;
}

/** Between two questions: what came meanwhile comes together. */
export const PAUSE_MS = 250;
const WAIT_S = 5;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 10_000;

export class WallWatcher {
  private state: WallState = { tiles: new Map(), lostSinceMs: null };
  private wanted: readonly string[] = [];
  private width = 0;
  private known = new Map<string, number>();
  private failures = 0;
  private control: AbortController | null = null;
  private cancelNext: (() => void) | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly parts: Parts) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly read = (): WallState => this.state;

  /** Ask for exactly these from now on; an empty list asks nothing. */
  want(streamIds: readonly string[], width: number): void {
    if (width === this.width && streamIds.join("\n") === this.wanted.join("\n")) return;
    if (width !== this.width) this.known.clear();
    this.wanted = streamIds;
    this.width = width;
    this.stop();
    if (streamIds.length > 0) void this.round(0);
  }

  /** Ask nothing more, and forget every picture. */
  close(): void {
    this.stop();
    this.wanted = [];
    this.known.clear();
    this.become({ tiles: new Map(), lostSinceMs: null });
  }

  private stop(): void {
    this.control?.abort();
    this.cancelNext?.();
    this.cancelNext = null;
  }

  private async round(waitS: number): Promise<void> {
    const control = new AbortController();
    this.control = control;
    const known = new Map(this.wanted.map((id) => [id, this.known.get(id) ?? 0]));
    try {
      const answer = await this.parts.ask(known, this.width, waitS, control.signal);
      if (!control.signal.aborted) this.take(answer);
    } catch {
      if (!control.signal.aborted) this.miss();
    }
  }

  private take(answer: WallAnswer): void {
    this.failures = 0;
    const tiles = new Map(this.state.tiles);
    for (const tile of answer.tiles) {
      if (tile.picture) this.known.set(tile.stream_id, tile.picture.number);
      tiles.set(tile.stream_id, this.shown(tile, answer.now, tiles.get(tile.stream_id)));
    }
    this.become({ tiles, lostSinceMs: null });
    this.next(PAUSE_MS, WAIT_S);
  }

  private shown(tile: WallTile, serverNow: string, before: Tile | undefined): Tile {
    const { state, explanation, since, attention, picture } = tile;
    if (!picture) return { state, explanation, since, attention, picture: before?.picture ?? null };
    const ageMs = Math.max(0, Date.parse(serverNow) - Date.parse(picture.taken_at));
    const { width, height, boxes, jpeg } = picture;
    const source = `data:image/jpeg;base64,${jpeg}`;
    const takenAtMs = this.parts.nowMs() - ageMs;
    return { state, explanation, since, attention, picture: { source, width, height, boxes, takenAtMs } };
  }

  private miss(): void {
    const lostSinceMs = this.state.lostSinceMs ?? this.parts.nowMs();
    this.become({ ...this.state, lostSinceMs });
    this.next(Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures++), 0);
  }

  private next(pauseMs: number, waitS: number): void {
    this.cancelNext = this.parts.later(() => void this.round(waitS), pauseMs);
  }

  private become(state: WallState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}
