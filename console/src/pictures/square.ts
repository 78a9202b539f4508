/** The same margin as a hit's face picture is cut with: of the face's longer side, on every side. */
const MARGIN = 0.6;

interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The part of a picture to show so that the face fills the same share of every view; may reach over its edges. */
export function squareAround(boxXyxy: readonly number[], width: number, height: number): Square {
  const [left, top, right, bottom] = boxXyxy;
  if (left === undefined || top === undefined || right === undefined || bottom === undefined)
    return centred(width / 2, height / 2, Math.max(width, height));
  const longer = Math.max(right - left, bottom - top);
  return centred((left + right) / 2, (top + bottom) / 2, longer * (1 + 2 * MARGIN));
}

function centred(x: number, y: number, side: number): Square {
  return { left: x - side / 2, top: y - side / 2, side };
}

/** A box of the frame, in the pixels of a picture cut out of it. */
export function within(boxXyxy: readonly number[], cropXyxy: readonly number[]): number[] {
  const [left = 0, top = 0] = cropXyxy;
  return boxXyxy.map((edge, index) => edge - (index % 2 === 0 ? left : top));
}
