import { expect, test } from "vitest";
import { afterKey, fittingColumns, widthFor } from "./grid";
import { neighbour } from "./neighbour";
import { aStream } from "./sample";

test.each([
  [0, 1],
  [1, 1],
  [2, 2],
  [4, 2],
  [5, 3],
  [16, 4],
  [36, 6],
  [500, 6],
])("%i tiles stand in %i columns", (nTiles, columns) => {
  expect(fittingColumns(nTiles)).toBe(columns);
});

test("larger tiles get larger pictures", () => {
  expect([1, 2, 4, 5, 6].map(widthFor)).toEqual([1280, 640, 640, 320, 320]);
});

test.each([
  ["ArrowRight", 0, 1],
  ["ArrowRight", 6, 6],
  ["ArrowLeft", 0, 0],
  ["ArrowDown", 1, 4],
  ["ArrowDown", 5, 5],
  ["ArrowUp", 4, 1],
  ["ArrowUp", 1, 1],
])("%s leads from tile %i of seven in three columns to %i", (key, from, to) => {
  expect(afterKey(key, from, 3, 7)).toBe(to);
});

test("other keys lead nowhere, and nothing leads on an empty wall", () => {
  expect(afterKey("a", 0, 3, 7)).toBeNull();
  expect(afterKey("ArrowDown", 0, 3, 0)).toBeNull();
});

test("from the last camera the wall goes on with the first", () => {
  const streams = [aStream("a"), aStream("b"), aStream("c")];
  expect(neighbour(streams, "c", 1)).toBe("a");
  expect(neighbour(streams, "a", -1)).toBe("c");
  expect(neighbour([], "a", 1)).toBe("a");
});
