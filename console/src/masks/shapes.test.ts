import { describe, expect, test } from "vitest";
import { centre, points, rectangle } from "./shapes";

describe("a mask that is drawn", () => {
  test("is the same rectangle whichever way it is drawn", () => {
    expect(rectangle([0.4, 0.5], [0.1, 0.2])).toEqual(rectangle([0.1, 0.2], [0.4, 0.5]));
    expect(rectangle([0.1, 0.2], [0.4, 0.5])).toEqual([
      [0.1, 0.2],
      [0.4, 0.2],
      [0.4, 0.5],
      [0.1, 0.5],
    ]);
  });

  test("ends where the picture ends", () => {
    expect(rectangle([0.9, 0.9], [1.4, 2])?.[2]).toEqual([1, 1]);
  });

  test("is none where somebody only clicked", () => {
    expect(rectangle([0.5, 0.5], [0.501, 0.501])).toBeNull();
  });
});

test("a mask is written for an SVG, and has a middle for its number", () => {
  const mask = rectangle([0, 0], [0.2, 0.4]) ?? [];
  expect(points(mask)).toBe("0,0 0.2,0 0.2,0.4 0,0.4");
  expect(centre(mask)).toEqual([0.1, 0.2]);
});
