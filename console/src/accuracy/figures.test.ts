import { describe, expect, it } from "vitest";
import { amount, percent, score } from "./figures";

describe("numbers as people say them", () => {
  it("keeps the two digits that count", () => {
    expect([0.0123, 0.4, 2, 12.34, 99.4].map(amount)).toEqual(["0.012", "0.4", "2", "12", "99"]);
    expect([100, 20_000, 1_234_567.8].map(amount)).toEqual(["100", "20,000", "1,234,568"]);
  });

  it("says whole percents, and a half where it counts", () => {
    expect([0, 0.004, 0.5, 0.914, 0.9949, 0.997, 1].map(percent)).toEqual(["0", "0.4", "50", "91", "99.5", "99.7", "100"]);
  });

  it("shows scores to three digits", () => expect(score(0.2)).toBe("0.200"));
});
