import { describe, expect, test } from "vitest";
import { aGroup } from "./sample";
import { type Branch, asTree, withAllBelow } from "./tree";

const drawn = (branches: readonly Branch[]): unknown[] => branches.map(({ group, below }) => [group.id, ...drawn(below)]);
const STATION = aGroup("station");
const MALL = aGroup("mall", { parent_id: "station" });
const GATE = aGroup("gate", { parent_id: "mall" });
const METRO = aGroup("metro", { parent_id: "station" });

describe("the tree", () => {
  test("of nothing is nothing", () => {
    expect(asTree([])).toEqual([]);
  });

  test("hangs each group below the one it reports to, wherever it stands", () => {
    expect(drawn(asTree([GATE, MALL, STATION, METRO]))).toEqual([["station", ["mall", ["gate"]], ["metro"]]]);
  });

  test("begins anew where the reader cannot see the parent", () => {
    expect(drawn(asTree([GATE, METRO]))).toEqual([["gate"], ["metro"]]);
  });

  test("knows who cannot be the parent", () => {
    expect(withAllBelow([GATE, MALL, STATION, METRO], "mall")).toEqual(new Set(["gate", "mall"]));
  });
});
