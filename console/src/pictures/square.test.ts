import { expect, test } from "vitest";
import { squareAround, within } from "./square";

test("without a face the whole picture is shown", () => {
  expect(squareAround([], 200, 100)).toEqual({ left: 0, top: -50, side: 200 });
});

test("a face fills the same share whatever its picture's size", () => {
  const small = squareAround([40, 40, 60, 70], 100, 100);
  const large = squareAround([400, 400, 600, 700], 4000, 3000);
  expect(large.side / small.side).toBe(10);
  expect(small.side).toBeCloseTo(66);
});

test("a face at the edge stays in the middle of its view", () => {
  const { left, side } = squareAround([0, 0, 20, 20], 100, 100);
  expect(left + side / 2).toBe(10);
  expect(left).toBeLessThan(0);
});

test("a box of the frame is found again in the crop", () => {
  expect(within([110, 220, 130, 250], [100, 200, 160, 300])).toEqual([10, 20, 30, 50]);
});
