/** Which key does what on the review page, and when a key must do nothing. */

import type { Verdict } from "../api/types";

export type Action = Verdict | "next" | "previous" | "frame" | "clip" | "amend" | "undo" | "sound" | "keys";

const ACTIONS: Readonly<Record<string, Action>> = {
  c: "confirmed",
  x: "rejected",
  u: "unsure",
  j: "next",
  arrowdown: "next",
  k: "previous",
  arrowup: "previous",
  f: "frame",
  v: "clip",
  a: "amend",
  z: "undo",
  s: "sound",
  "?": "keys",
};

/** In the order the list of keys shows them. */
export const SHOWN_KEYS: readonly (readonly [Action, readonly string[]])[] = [
  ["confirmed", ["C"]],
  ["rejected", ["X"]],
  ["unsure", ["U"]],
  ["next", ["J", "↓"]],
  ["previous", ["K", "↑"]],
  ["frame", ["F"]],
  ["clip", ["V"]],
  ["amend", ["A"]],
  ["undo", ["Z"]],
  ["sound", ["S"]],
  ["keys", ["?"]],
];

export interface Press {
  readonly key: string;
  readonly repeat: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
}

const MAY_REPEAT: ReadonlySet<Action> = new Set(["next", "previous"]);

/** What a press means, or null: held keys decide nothing, and a shortcut of the browser stays the browser's. */
export function actionOf(press: Press): Action | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.isComposing) return null;
  const action = ACTIONS[press.key.toLowerCase()] ?? null;
  return action && press.repeat && !MAY_REPEAT.has(action) ? null : action;
}

interface Target {
  readonly tagName: string;
  readonly isContentEditable: boolean;
  closest(selector: string): unknown;
}

/** True where the key is a player's own: arrows change its place and its loudness. */
export function isPlayers(press: Press, target: Target | null): boolean {
  return target?.tagName === "VIDEO" && press.key.startsWith("Arrow");
}

const TYPED_INTO = new Set(["INPUT", "TEXTAREA", "SELECT"]);

/** True where the reader is typing, or a dialog or menu has the keys. */
export function isTyping(target: Target | null): boolean {
  if (!target) return false;
  if (TYPED_INTO.has(target.tagName) || target.isContentEditable) return true;
  return target.closest("[role=dialog], [role=menu], [role=listbox], [role=combobox]") !== null;
}
