import { describe, expect, test, vi } from "vitest";
import { Problem, Unreachable } from "../api/client";
import { aHit } from "../api/samples";
import { type Errand, Outbox, type Outcome } from "./outbox";

const ERRAND: Errand = { kind: "decision", hitId: "hit-1", number: 1, round: 1, verdict: "confirmed" };
const taken = new Problem(409, "already_decided", "Already decided", "", {
  by: "Li",
  at: "2026-03-02T01:30:00Z",
  verdict: "rejected",
});

function anOutbox(answers: (Error | "ok")[], me = "rita", storage = aStorage()) {
  const outcomes: Outcome[] = [];
  const waits: number[] = [];
  let retry: (() => void) | undefined;
  const send = vi.fn(async (errand: Errand) => {
    const answer = answers.shift() ?? "ok";
    if (answer !== "ok") throw answer;
    return aHit(errand.number, { verdict: errand.verdict });
  });
  const later = (run: () => void, ms: number) => {
    waits.push(ms);
    retry = run;
    return () => undefined;
  };
  const outbox = new Outbox({ send, me, storage, later, nowMs: () => 0 });
  outbox.start((outcome) => void outcomes.push(outcome));
  return { outbox, outcomes, waits, send, storage, retry: () => retry?.() };
}

function aStorage() {
  const rows = new Map<string, string>();
  return {
    getItem: (key: string) => rows.get(key) ?? null,
    setItem: (key: string, value: string) => void rows.set(key, value),
    removeItem: (key: string) => void rows.delete(key),
    rows,
  };
}

describe("the outbox", () => {
  test("starts empty and keeps nothing", () => {
    const { outbox, storage } = anOutbox([]);
    expect(outbox.read().errands).toEqual([]);
    expect(storage.rows.size).toBe(0);
  });

  test("hands a decision over and forgets it", async () => {
    const { outbox, outcomes, storage } = anOutbox(["ok"]);
    outbox.add(ERRAND);
    await vi.waitFor(() => expect(outcomes.map((outcome) => outcome.kind)).toEqual(["accepted"]));
    expect(outbox.read()).toEqual({ errands: [], hold: "none", nextTryMs: null });
    expect(storage.rows.size).toBe(0);
  });

  test("keeps a decision while the network is away, and waits longer each time", async () => {
    const { outbox, outcomes, waits, retry } = anOutbox([new Unreachable(), new Unreachable(), new Problem(500, "", "", "")]);
    outbox.add(ERRAND);
    for (const n of [1, 2, 3]) {
      await vi.waitFor(() => expect(waits).toHaveLength(n));
      expect(outbox.read()).toMatchObject({ errands: [ERRAND], hold: "retrying" });
      retry();
    }
    await vi.waitFor(() => expect(outcomes).toHaveLength(1));
    expect(waits).toEqual([1000, 2000, 4000]);
  });

  test("tells who was first", async () => {
    const { outbox, outcomes } = anOutbox([taken]);
    outbox.add(ERRAND);
    await vi.waitFor(() => expect(outcomes[0]).toMatchObject({ kind: "overtaken", by: "Li", verdict: "rejected" }));
  });

  test("reports a refusal and goes on with the next", async () => {
    const { outbox, outcomes } = anOutbox([new Problem(403, "forbidden", "No", "")]);
    outbox.add(ERRAND);
    outbox.add({ ...ERRAND, hitId: "hit-2" });
    await vi.waitFor(() => expect(outcomes.map((outcome) => outcome.kind)).toEqual(["refused", "accepted"]));
  });

  test("asks once for one round of one hit", async () => {
    const { outbox, outcomes, send } = anOutbox(["ok"]);
    outbox.add(ERRAND);
    outbox.add({ ...ERRAND, verdict: "rejected" });
    await vi.waitFor(() => expect(outcomes).toHaveLength(1));
    expect(send).toHaveBeenCalledTimes(1);
  });

  test("waits for a login and survives the reload, for the same person only", async () => {
    const { outbox, storage } = anOutbox([new Problem(401, "not_logged_in", "", "")]);
    outbox.add(ERRAND);
    await vi.waitFor(() => expect(outbox.read().hold).toBe("login"));

    expect(anOutbox([], "max", storage).outbox.read().errands).toEqual([]);
    const again = anOutbox(["ok"], "rita", storage);
    await vi.waitFor(() => expect(again.outcomes).toHaveLength(1));
  });
});
