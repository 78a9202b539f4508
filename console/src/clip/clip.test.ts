import { describe, expect, test } from "vitest";
import { aHit } from "../api/samples";
import type { Hit } from "../api/types";
import { addressesOf, COMES_WITHIN_MS, comesWithin, isPlayable, momentOf, nameOf } from "./clip";

const clip = { codec: "h264", seconds: 12, began_at: "2026-03-02T01:30:00Z" };
const filmed = (more: Partial<Hit> = {}) => aHit(1, { clip, seen_at: "2026-03-02T01:30:06Z", ...more });

describe("a clip", () => {
  test("has an address of its own, which another clip of the hit has not", () => {
    const later = filmed({ clip: { ...clip, began_at: "2026-03-02T01:31:00Z" } });
    expect(addressesOf(filmed()).original).toMatch(/^\/api\/v1\/hits\/.+\/clip\?v=\d+$/);
    expect(addressesOf(later).original).not.toBe(addressesOf(filmed()).original);
    expect(addressesOf(filmed()).h264).toContain("&as=h264");
    expect(addressesOf(filmed()).download).toContain("&download=true");
  });

  test.each([
    ["2026-03-02T01:30:06Z", 5.5],
    ["2026-03-02T01:29:59.800Z", 0],
    ["2026-03-02T01:29:00Z", null],
    ["2026-03-02T01:40:00Z", null],
  ])("of a look at %s has its moment at %s s", (seen_at, moment) => {
    expect(momentOf(filmed({ seen_at }))).toBe(moment);
  });

  test("is played as it is where the browser can", () => {
    expect(isPlayable("h264", () => "")).toBe(true);
    expect(isPlayable("hevc", () => "")).toBe(false);
    expect(isPlayable("hevc", () => "maybe")).toBe(true);
    expect([nameOf("hevc"), nameOf("av1")]).toEqual(["H.265", "av1"]);
  });
});

describe("a hit without a clip", () => {
  const pictures = { face: null, frame: "/frame", portrait: null };
  const fresh = (more: Partial<Hit> = {}) => aHit(1, { pictures, last_seen_at: "2026-03-02T01:30:00Z", ...more });
  const nowMs = Date.parse("2026-03-02T01:30:10Z");

  test("may still get one for a while", () => {
    expect(comesWithin(fresh(), nowMs)).toBe(COMES_WITHIN_MS - 10_000);
    expect(comesWithin(fresh({ origin: "exercise" }), nowMs)).toBeGreaterThan(0);
    expect(comesWithin(fresh(), nowMs + COMES_WITHIN_MS)).toBe(0);
  });

  const decided = { round: 1, seat: 1, verdict: "confirmed", reason: null, note: "", decided_at: "" } as const;
  const selfTest: Partial<Hit> = { origin: "exercise", decisions: [{ ...decided, by: "policy" }] };
  const others: readonly Partial<Hit>[] = [{ clip }, { origin: "manual" }, { origin: "replay" }, selfTest, { pictures: { ...pictures, frame: null } }];

  test.each(others)("%o: waits for none", (more) => {
    expect(comesWithin(fresh(more), nowMs)).toBe(0);
  });
});
