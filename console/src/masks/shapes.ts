/** Masks as shapes on a picture: corners are parts of it, 0 to 1. */

export type Corner = readonly [number, number];
export type Mask = readonly Corner[];

/** A hundredth of the width and height, as the server asks for at least. */
const LEAST_AREA = 1e-4;

const inside = (part: number): number => Math.round(Math.min(1, Math.max(0, part)) * 1e4) / 1e4;

/** The rectangle between two corners, whichever way it was drawn; null where it is hardly one. */
export function rectangle([x1, y1]: Corner, [x2, y2]: Corner): Mask | null {
  const [left, right] = [inside(Math.min(x1, x2)), inside(Math.max(x1, x2))];
  const [top, bottom] = [inside(Math.min(y1, y2)), inside(Math.max(y1, y2))];
  if ((right - left) * (bottom - top) < LEAST_AREA) return null;
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** For an SVG whose view is 1 by 1. */
export function points(mask: Mask): string {
  return mask.map(([x, y]) => `${x},${y}`).join(" ");
}

export function centre(mask: Mask): Corner {
  const sum = mask.reduce<Corner>(([x, y], [right, down]) => [x + right, y + down], [0, 0]);
  return [sum[0] / mask.length, sum[1] / mask.length];
}
