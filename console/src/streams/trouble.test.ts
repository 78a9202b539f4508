import { describe, expect, it } from "vitest";
import { sampleStream } from "./sample";
import { isInTrouble, matches, sorted } from "./trouble";

const WELL = sampleStream({ id: "well" });
const DOWN = sampleStream({ id: "down", state: "down", error: "refused" });
const OPENING = sampleStream({ id: "opening", state: "opening" });
const BUSY = sampleStream({ id: "busy", dropped_share: 0.2 });
const OFF = sampleStream({ id: "off", is_enabled: false, state: "stopped" });
const KEY = sampleStream({ id: "key", is_key: true });

describe("cameras in trouble", () => {
  it("come first, the worst at the top, and what is switched off last", () => {
    const ids = sorted([OFF, WELL, KEY, BUSY, OPENING, DOWN]).map(({ id }) => id);
    expect(ids).toEqual(["down", "opening", "busy", "key", "well", "off"]);
  });

  it("keep the file's order among equals", () => {
    const others = ["c", "a", "b"].map((id) => sampleStream({ id }));
    expect(sorted(others).map(({ id }) => id)).toEqual(["c", "a", "b"]);
  });

  it("are not those that are well, switched off, or leave out next to nothing", () => {
    const few = sampleStream({ dropped_share: 0.004 });
    const unknown = sampleStream({ dropped_share: null });
    expect([WELL, OFF, few, unknown].map(isInTrouble)).toEqual([false, false, false, false]);
    expect([DOWN, OPENING, BUSY].map(isInTrouble)).toEqual([true, true, true]);
  });
});

describe("the filter", () => {
  it("finds by name, id, place and site, whatever the case", () => {
    const found = ["GATE", "well", "north", "mall", "  gate "].map((text) => matches(WELL, "all", undefined, text));
    expect(found).toEqual([true, true, true, true, true]);
    expect(matches(WELL, "all", undefined, "south")).toBe(false);
  });

  it("shows one site, those in trouble, or those with somebody in view", () => {
    expect(matches(WELL, "all", "hall", "")).toBe(false);
    expect([matches(WELL, "trouble", undefined, ""), matches(DOWN, "trouble", undefined, "")]).toEqual([false, true]);
    const attending = sampleStream({ attention: "attending" });
    expect([matches(WELL, "attended", undefined, ""), matches(attending, "attended", undefined, "")]).toEqual([
      false,
      true,
    ]);
  });
});
