import type { QueryKey } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { gathered } from "./gather";

function aGathering() {
  const asked: QueryKey[][] = [];
  const waits: number[] = [];
  let due: (() => void) | undefined;
  let nowMs = 0;
  const later = (run: () => void, ms: number): void => {
    waits.push(ms);
    due = () => {
      nowMs += ms;
      run();
    };
  };
  const gather = gathered((keys) => asked.push(keys), { later, nowMs: () => nowMs });
  return { gather, asked, waits, run: () => due?.() };
}

test("nothing stale asks nothing", () => {
  const { gather, waits } = aGathering();
  gather([]);
  expect(waits).toEqual([]);
});

test("the first event is asked about at once, each key once", () => {
  const { gather, asked, waits, run } = aGathering();
  gather([["hits"], ["hit", "1"]]);
  gather([["hits"]]);
  run();
  expect(waits).toEqual([40]);
  expect(asked).toEqual([[["hits"], ["hit", "1"]]]);
});

test("a burst is asked about once a second", () => {
  const { gather, asked, waits, run } = aGathering();
  gather([["hits"]]);
  run();
  gather([["hits"]]);
  gather([["system"]]);
  run();
  expect(waits).toEqual([40, 1000]);
  expect(asked[1]).toEqual([["hits"], ["system"]]);
});
