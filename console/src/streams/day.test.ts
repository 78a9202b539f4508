import { describe, expect, it } from "vitest";
import type { StreamDay } from "../api/types";
import { segments, watchedPercent, watchedShare } from "./day";

function day(change: Partial<StreamDay> = {}): StreamDay {
  return {
    stream_id: "gate",
    day: "2026-03-02",
    begins_at: "2026-03-01T16:00:00Z",
    ends_at: "2026-03-02T16:00:00Z",
    known_from: "2026-03-01T16:00:00Z",
    known_to: "2026-03-02T16:00:00Z",
    known_s: 86_400,
    watched_s: 86_400,
    gaps: [],
    ...change,
  };
}

const GAP = { reason: "refused", explanation: "nothing listens" };

describe("a camera's day", () => {
  it("is one bar where it was watched all day, and none where nothing is known", () => {
    expect(segments(day())).toEqual([{ kind: "watched", left: 0, width: 100 }]);
    expect(segments(day({ known_from: null }))).toEqual([]);
  });

  it("shows gaps where they lie, one that goes on until now", () => {
    const gaps = [
      { ...GAP, began_at: "2026-03-01T22:00:00Z", ended_at: "2026-03-02T04:00:00Z" },
      { ...GAP, began_at: "2026-03-02T10:00:00Z", ended_at: null },
    ];
    const [known, first, second] = segments(day({ gaps, known_to: "2026-03-02T13:00:00Z" }));
    expect(known).toEqual({ kind: "watched", left: 0, width: 87.5 });
    expect(first).toEqual({ kind: "gap", left: 25, width: 25 });
    expect(second).toEqual({ kind: "gap", left: 75, width: 12.5 });
  });

  it("lets the shortest gap be seen, within the day", () => {
    const gaps = [{ ...GAP, began_at: "2026-03-02T15:59:59Z", ended_at: "2026-03-02T16:00:00Z" }];
    const [, gap] = segments(day({ gaps }));
    expect(gap).toEqual({ kind: "gap", left: 99.6, width: 0.4 });
  });

  it("never rounds up to a whole day", () => {
    expect([1, 0.9997, 0.5, 0].map(watchedPercent)).toEqual(["100 %", "99.9 %", "50.0 %", "0.0 %"]);
    expect(watchedShare(day({ watched_s: 43_200 }))).toBe(0.5);
    expect(watchedShare(day({ known_from: null, known_s: 0 }))).toBeNull();
  });
});
