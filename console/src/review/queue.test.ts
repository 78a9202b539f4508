import { describe, expect, test } from "vitest";
import { aHit } from "../api/samples";
import { afterDecision, inOrder, spoken, stepFrom, stillWaiting } from "./queue";

const numbers = (hits: readonly { number: number }[]): number[] => hits.map((hit) => hit.number);

describe("the order", () => {
  test("of nothing is nothing", () => {
    expect(inOrder([])).toEqual([]);
  });

  test("is the alarm, then the sure, then the newest", () => {
    const hits = [
      aHit(1),
      aHit(2, { grade: "uncertain", alarm: "not_him" }),
      aHit(3, { grade: "uncertain" }),
      aHit(4),
    ];
    expect(numbers(inOrder(hits))).toEqual([2, 4, 1, 3]);
  });

  test("has recordings behind what is seen now, and last whom a guard is with", () => {
    const hits = [aHit(4, { is_quiet: true }), aHit(3, { origin: "replay" }), aHit(2, { grade: "uncertain" }), aHit(1)];
    expect(numbers(inOrder(hits))).toEqual([1, 2, 3, 4]);
  });
});

describe("stepping", () => {
  const hits = [aHit(3), aHit(2), aHit(1)];
  test.each([
    [null, 1, "hit-3"],
    ["hit-9", 1, "hit-3"],
    ["hit-3", 1, "hit-2"],
    ["hit-1", 1, "hit-1"],
    ["hit-3", -1, "hit-3"],
  ])("from %s by %i goes to %s", (from, steps, to) => {
    expect(stepFrom(hits, from, steps)).toBe(to);
  });

  test("in an empty queue goes nowhere", () => {
    expect(stepFrom([], "hit-1", 1)).toBeNull();
  });
});

describe("after a decision", () => {
  const hits = [aHit(3), aHit(2), aHit(1)];
  test.each([
    ["hit-3", "hit-2"],
    ["hit-2", "hit-1"],
    ["hit-1", "hit-2"],
  ])("on %s comes %s", (decided, next) => {
    expect(afterDecision(hits, decided)).toBe(next);
  });

  test("on the last one comes nothing", () => {
    expect(afterDecision([aHit(1)], "hit-1")).toBeNull();
  });

  test("an alarm comes before the neighbour", () => {
    expect(afterDecision([aHit(9, { alarm: "not_him" }), ...hits], "hit-2")).toBe("hit-9");
  });
});

test("a hit decided here waits no longer, until it is opened again", () => {
  const decided = new Map([["hit-1", 1]]);
  expect(numbers(stillWaiting([aHit(1), aHit(2)], decided))).toEqual([2]);
  expect(numbers(stillWaiting([aHit(1, { round: 2 }), aHit(2)], decided))).toEqual([1, 2]);
});

test("numbers are said with four digits", () => {
  expect(spoken(7)).toBe("#0007");
  expect(spoken(12_345)).toBe("#12345");
});
