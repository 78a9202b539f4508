import type { Words } from "../words/catalogue";
import type { Tile } from "./watcher";

/** Why there is no picture, or no newer one; null where the picture speaks for itself. */
export function noteOf(tile: Tile | undefined, isOld: boolean, words: Words["wall"]): string | null {
  if (tile?.explanation) return tile.explanation;
  if (tile?.state === "opening") return words.connecting;
  if (tile?.state === "stopped") return words.off;
  if (!tile?.picture) return words.waiting;
  if (!isOld) return null;
  return tile.attention === "quiet" ? words.quiet : words.old;
}
