import { describe, expect, test } from "vitest";
import { actionOf, isPlayers, isTyping, type Press, SHOWN_KEYS } from "./keys";

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  repeat: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  ...more,
});

describe("a key", () => {
  test.each([
    ["", null],
    ["c", "confirmed"],
    ["C", "confirmed"],
    ["x", "rejected"],
    ["u", "unsure"],
    ["ArrowDown", "next"],
    ["k", "previous"],
    ["v", "clip"],
    ["?", "keys"],
    ["Enter", null],
    ["q", null],
  ])("%s means %s", (key, action) => {
    expect(actionOf(press(key))).toBe(action);
  });

  test.each([{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { isComposing: true }])(
    "with %o it is not ours",
    (held) => {
      expect(actionOf(press("c", held))).toBeNull();
    },
  );

  test("held down it decides nothing, and still walks", () => {
    expect(actionOf(press("c", { repeat: true }))).toBeNull();
    expect(actionOf(press("j", { repeat: true }))).toBe("next");
  });

  test("every key of the list does what the list says", () => {
    const arrows: Record<string, string> = { "↓": "ArrowDown", "↑": "ArrowUp" };
    for (const [action, keys] of SHOWN_KEYS)
      for (const key of keys) expect(actionOf(press(arrows[key] ?? key))).toBe(action);
  });
});

const target = (tagName: string, inside = "", isContentEditable = false) => ({
  tagName,
  isContentEditable,
  closest: (selector: string) => (inside && selector.includes(inside) ? {} : null),
});

describe("typing", () => {
  test.each([
    [null, false],
    [target("BODY"), false],
    [target("BUTTON"), false],
    [target("INPUT"), true],
    [target("TEXTAREA"), true],
    [target("DIV", "", true), true],
    [target("BUTTON", "role=dialog"), true],
  ])("target %# is typed into: %s", (element, typed) => {
    expect(isTyping(element)).toBe(typed);
  });
});

test("a player keeps its arrows, and nothing else", () => {
  expect(isPlayers(press("ArrowUp"), target("VIDEO"))).toBe(true);
  expect(isPlayers(press("c"), target("VIDEO"))).toBe(false);
  expect(isPlayers(press("ArrowUp"), target("BODY"))).toBe(false);
});
