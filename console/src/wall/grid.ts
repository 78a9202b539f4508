/** How many tiles stand in a row, how large their pictures are, and where a key leads. */

import { MOST_COLUMNS } from "./choice";

/** The fewest columns whose square holds all tiles: 1, 4, 9, 16, 25 or 36 fit the screen. */
export function fittingColumns(nTiles: number): number {
  return Math.min(MOST_COLUMNS, Math.max(1, Math.ceil(Math.sqrt(nTiles))));
}

/** Pixels to ask for: a tile of 1440 / columns points; the server makes 320, 640, 960 and 1280. */
export function widthFor(columns: number): number {
  if (columns === 1) return 1280;
  return columns <= 4 ? 640 : 320;
}

const STEPS: Readonly<Record<string, (columns: number) => number>> = {
  ArrowLeft: () => -1,
  ArrowRight: () => 1,
  ArrowUp: (columns) => -columns,
  ArrowDown: (columns) => columns,
};

/** The tile that an arrow key leads to; where there is none it stays. Null for any other key. */
export function afterKey(key: string, index: number, columns: number, nTiles: number): number | null {
  const step = STEPS[key];
  if (!step || nTiles === 0) return null;
  const next = index + step(columns);
  return next >= 0 && next < nTiles ? next : index;
}
