import { expect, test } from "vitest";
import { chosen, EVERYTHING, readChoice, storedForm } from "./choice";
import { aStream } from "./sample";

const HALL = { id: "hall", name: "West Hall" } as ReturnType<typeof aStream>["site"];
const STREAMS = [
  aStream("gate-a", { name: "Gate A" }),
  aStream("gate-b", { name: "东门", place: "exit B", state: "down" }),
  aStream("hall-1", { site: HALL }),
  aStream("off", { is_enabled: false }),
];
const ids = (choice: Partial<typeof EVERYTHING>): string[] =>
  chosen(STREAMS, { ...EVERYTHING, ...choice }).map(({ id }) => id);

test("every camera that is switched on is on the wall at first", () => {
  expect(ids({})).toEqual(["gate-a", "gate-b", "hall-1"]);
});

test.each([
  [{ siteId: "hall" }, ["hall-1"]],
  [{ isTroubleOnly: true }, ["gate-b"]],
  [{ text: " EXIT " }, ["gate-b"]],
  [{ text: "东" }, ["gate-b"]],
  [{ picked: ["hall-1", "gate-a", "gone"] }, ["gate-a", "hall-1"]],
  [{ picked: ["gate-a"], isTroubleOnly: true }, []],
])("%o shows %o", (choice, shown) => {
  expect(ids(choice)).toEqual(shown);
});

test("what was chosen is there again, but not the search", () => {
  const choice = { siteId: "hall", text: "exit", isTroubleOnly: true, picked: ["a"], columns: 4 };
  expect(readChoice(storedForm(choice))).toEqual({ ...choice, text: "", isTroubleOnly: false });
});

test.each([null, "", "{", "[]", '"x"', "null", '{"siteId": 3, "picked": "a", "columns": 99}'])(
  "of %s nothing is kept",
  (stored) => {
    expect(readChoice(stored)).toEqual(EVERYTHING);
  },
);
