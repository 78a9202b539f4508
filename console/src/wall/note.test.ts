import { expect, test } from "vitest";
import { en } from "../words/wall";
import { noteOf } from "./note";
import type { Tile } from "./watcher";

const picture = { source: "", width: 16, height: 9, boxes: [], takenAtMs: 0 };
const aTile = (more: Partial<Tile>): Tile => ({
  state: "live",
  explanation: null,
  since: null,
  attention: "patrol",
  picture,
  ...more,
});

test.each([
  ["a new picture says nothing", aTile({}), false, null],
  ["quiet is no fault", aTile({ attention: "quiet" }), true, en.quiet],
  ["a gap is one", aTile({}), true, en.old],
  ["a reason comes first", aTile({ state: "down", explanation: "no way there" }), true, "no way there"],
  ["a camera is switched off", aTile({ state: "stopped", picture: null }), false, en.off],
  ["a camera is opened", aTile({ state: "opening" }), false, en.connecting],
  ["the first picture is on its way", aTile({ picture: null }), false, en.waiting],
  ["nothing is known yet", undefined, false, en.waiting],
])("%s", (_, tile, isOld, said) => {
  expect(noteOf(tile, isOld, en)).toBe(said);
});
