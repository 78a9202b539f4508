import { expect, test } from "vitest";
import { countdown } from "./countdown";

const NOW_MS = Date.parse("2026-03-02T01:30:00Z");

test.each([
  ["2026-03-02T01:30:59Z", "0:59"],
  ["2026-03-02T01:32:05Z", "2:05"],
  ["2026-03-02T01:30:00.400Z", "0:01"],
  ["2026-03-02T01:30:00Z", "0:00"],
  ["2026-03-02T01:29:00Z", "0:00"],
])("until %s it is %s", (due, left) => {
  expect(countdown(due, NOW_MS)).toBe(left);
});
