/**
 * The live feed: server-sent events, resumed where they were cut. The browser resumes by itself after a broken
 * connection; after a refused one it gives up, so this opens a new one that asks for what came since.
 */

import type { LiveEvent } from "../api/types";

export type FeedState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "lost"; readonly sinceMs: number };

export const EVENT_KINDS = [
  "hit.recorded",
  "hit.updated",
  "hit.decided",
  "hit.reopened",
  "hit.shed",
  "delivery.queued",
  "delivery.sent",
  "delivery.failed",
  "delivery.unknown",
  "delivery.expired",
  "delivery.withdrawn",
  "reply.received",
  "gallery.changed",
  "watchlist.changed",
  "stream.state",
  "group.changed",
  "phone.bound",
  "phone.reached",
  "phone.revoked",
  "hit.step",
  "hit.helped",
  "reply.attached",
  "episode.closed",
  "episode.handled",
  "hit.not_told",
  "hit.told_others",
  "pause.started",
  "pause.ended",
  "budget.set",
  "calibration.made",
  "volunteer.added",
  "volunteer.removed",
  "alarm.raised",
  "alarm.cleared",
] as const;

export interface Source {
  readonly readyState: number;
  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
  onopen: (() => void) | null;
  onerror: (() => void) | null;
}

interface Parts {
  readonly open: (address: string) => Source;
  readonly onEvent: (event: LiveEvent) => void;
  /** Everything may have changed: the server's record began anew, or we were away. */
  readonly onGap: () => void;
  readonly later: (run: () => void, ms: number) => () => void;
  readonly nowMs: () => number;
}

const ADDRESS = "/api/v1/events";
const CLOSED = 2;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 20_000;

export class LiveFeed {
  private state: FeedState = { kind: "connecting" };
  private source: Source | null = null;
  private lastSeq: number | null = null;
  private failures = 0;
  private cancelRetry: (() => void) | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly parts: Parts) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly read = (): FeedState => this.state;

  /** Open, or open anew: after `online`, after the tab slept, or when the reader asks. */
  readonly connect = (): void => {
    this.close();
    const source = this.parts.open(this.lastSeq === null ? ADDRESS : `${ADDRESS}?after=${this.lastSeq}`);
    this.source = source;
    source.onopen = () => this.opened();
    source.onerror = () => this.broke(source);
    source.addEventListener("reset", (event) => this.reset(event));
    for (const kind of EVENT_KINDS) source.addEventListener(kind, (event) => this.receive(kind, event));
  };

  readonly close = (): void => {
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.source?.close();
    this.source = null;
  };

  /** The network is away, whatever the connection still believes. */
  readonly lose = (): void => {
    if (this.state.kind !== "lost") this.become({ kind: "lost", sinceMs: this.parts.nowMs() });
  };

  private opened(): void {
    this.failures = 0;
    if (this.lastSeq === null) this.parts.onGap(); // else the server sends what came since
    this.become({ kind: "live" });
  }

  private receive(kind: string, event: MessageEvent<string>): void {
    const said = { ...(JSON.parse(event.data) as LiveEvent), kind };
    if (this.lastSeq !== null && said.seq <= this.lastSeq) return;
    this.lastSeq = said.seq;
    this.parts.onEvent(said);
  }

  /** The server does not know our place: begin where it stands now. */
  private reset(event: MessageEvent<string>): void {
    const { seq } = JSON.parse(event.data) as { seq?: number };
    this.lastSeq = seq ?? null;
    this.parts.onGap();
  }

  private broke(source: Source): void {
    if (source !== this.source) return;
    this.lose();
    if (source.readyState !== CLOSED) return;
    const waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures++);
    this.cancelRetry = this.parts.later(this.connect, waitMs);
  }

  private become(state: FeedState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}
