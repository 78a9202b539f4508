import { expect, test } from "vitest";
import { metres } from "./distance";

test.each([
  [0, "0 m"],
  [84, "80 m"],
  [994, "990 m"],
  [999, "1.0 km"],
  [1000, "1.0 km"],
  [12_345, "12.3 km"],
])("%i metres are %s", (distance, said) => {
  expect(metres(distance)).toBe(said);
});
