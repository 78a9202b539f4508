/**
 * Decisions on their way to the server. A decision stays here, and in the tab's own storage, until the server has
 * answered: a network that is away, a reload or an ended session loses none.
 */

import { Problem, Unreachable } from "../api/client";
import type { Hit, Verdict } from "../api/types";

interface Told {
  readonly hitId: string;
  readonly number: number;
  readonly round: number;
  readonly verdict: Verdict;
  readonly note?: string;
}

export type Errand =
  | (Told & { readonly kind: "decision" })
  | (Told & { readonly kind: "amendment"; readonly reason: string });

export type Outcome =
  | { readonly kind: "accepted"; readonly errand: Errand; readonly hit: Hit }
  | { readonly kind: "overtaken"; readonly errand: Errand; readonly by: string; readonly at: string; readonly verdict: Verdict }
  | { readonly kind: "refused"; readonly errand: Errand; readonly problem: Problem };

export interface OutboxState {
  readonly errands: readonly Errand[];
  readonly hold: "none" | "sending" | "retrying" | "login";
  readonly nextTryMs: number | null;
}

interface Parts {
  readonly send: (errand: Errand) => Promise<Hit>;
  readonly me: string;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  readonly later: (run: () => void, ms: number) => () => void;
  readonly nowMs: () => number;
}

const STORED_AS = "patrol.outbox";
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;
const EMPTY: OutboxState = { errands: [], hold: "none", nextTryMs: null };

export class Outbox {
  private state: OutboxState;
  private readonly listeners = new Set<() => void>();
  private cancelRetry: (() => void) | null = null;
  private failures = 0;
  private report: ((outcome: Outcome) => void) | null = null;

  constructor(private readonly parts: Parts) {
    this.state = { ...EMPTY, errands: this.restore() };
  }

  /** Begin with what the tab had not sent; every outcome is reported until the returned stop is called. */
  start(report: (outcome: Outcome) => void): () => void {
    this.report = report;
    if (this.state.errands.length > 0) void this.drain();
    return () => {
      this.report = null;
      this.cancelRetry?.();
      this.cancelRetry = null;
    };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly read = (): OutboxState => this.state;

  add(errand: Errand): void {
    if (this.state.errands.some((other) => other.hitId === errand.hitId && other.round === errand.round)) return;
    this.change({ errands: [...this.state.errands, errand] });
    void this.drain();
  }

  /** Try at once: the network is back, or the reader asks. */
  readonly retryNow = (): void => {
    this.cancelRetry?.();
    this.cancelRetry = null;
    void this.drain();
  };

  private async drain(): Promise<void> {
    if (this.state.hold === "sending" || this.cancelRetry) return;
    for (let errand = this.state.errands[0]; errand; errand = this.state.errands[0]) {
      this.change({ hold: "sending", nextTryMs: null });
      if (!(await this.sendOne(errand))) return;
    }
    this.change({ hold: "none" });
  }

  /** True once the errand is over, whichever way. */
  private async sendOne(errand: Errand): Promise<boolean> {
    try {
      this.finish({ kind: "accepted", errand, hit: await this.parts.send(errand) });
    } catch (error) {
      if (isPassing(error)) return this.retryLater();
      if (error instanceof Problem && error.status === 401) return this.waitForLogin();
      if (!(error instanceof Problem)) throw error;
      this.finish(outcomeOf(errand, error));
    }
    return true;
  }

  private finish(outcome: Outcome): void {
    this.failures = 0;
    this.change({ errands: this.state.errands.filter((errand) => errand !== outcome.errand) });
    this.report?.(outcome);
  }

  private retryLater(): false {
    const waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.failures++);
    this.change({ hold: "retrying", nextTryMs: this.parts.nowMs() + waitMs });
    this.cancelRetry = this.parts.later(this.retryNow, waitMs);
    return false;
  }

  private waitForLogin(): false {
    this.change({ hold: "login", nextTryMs: null });
    return false;
  }

  private change(part: Partial<OutboxState>): void {
    this.state = { ...this.state, ...part };
    this.keep();
    for (const listener of this.listeners) listener();
  }

  private keep(): void {
    if (this.state.errands.length === 0) this.parts.storage.removeItem(STORED_AS);
    else this.parts.storage.setItem(STORED_AS, JSON.stringify({ me: this.parts.me, errands: this.state.errands }));
  }

  /** What this tab had not sent yet; another person's decisions are never sent in my name. */
  private restore(): readonly Errand[] {
    const kept = this.parts.storage.getItem(STORED_AS);
    if (kept === null) return [];
    const { me, errands } = JSON.parse(kept) as { me: string; errands: Errand[] };
    return me === this.parts.me ? errands : [];
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Problem && (error.status >= 500 || error.status === 429));
}

function outcomeOf(errand: Errand, problem: Problem): Outcome {
  const { by, at, verdict } = problem.body;
  if (problem.code !== "already_decided" || typeof by !== "string" || typeof at !== "string" || !isVerdict(verdict))
    return { kind: "refused", errand, problem };
  return { kind: "overtaken", errand, by, at, verdict };
}

function isVerdict(value: unknown): value is Verdict {
  return value === "confirmed" || value === "rejected" || value === "unsure";
}
