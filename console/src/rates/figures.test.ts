import { describe, expect, test } from "vitest";
import { en } from "../words/rates";
import { figure, intervalOf, percent, valueOf } from "./figures";

const rate = (value: number | null, low: number, high: number | null) => ({ n: 1, of: 9, value, low, high });

describe("rates as people read them", () => {
  test.each([
    [0, "0"],
    [0.00061, "0.00061"],
    [0.0183, "0.018"],
    [12.345, "12.3"],
    [1234, "1,230"],
  ])("%d is %s", (value, said) => {
    expect(figure(value)).toBe(said);
  });

  test("a share is a percentage", () => {
    expect(percent(0.005)).toBe("0.5 %");
  });

  test("what nothing was counted on is not known", () => {
    expect(valueOf(rate(null, 0, 1), figure, en)).toBe("not known yet");
  });

  test("an interval may be open", () => {
    expect(intervalOf(rate(1, 0.1, 2), figure, en)).toBe("0.1 to 2");
    expect(intervalOf(rate(null, 0, null), figure, en)).toBe("0 or more");
  });
});
