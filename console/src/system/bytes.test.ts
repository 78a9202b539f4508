import { expect, test } from "vitest";
import { bytes } from "./bytes";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [15_400_000, "15 MB"],
  [20_000_000_000, "20 GB"],
])("%i bytes are %s", (n, said) => {
  expect(bytes(n)).toBe(said);
});
