/** Numbers as people say them. */

/** Two digits that count below a hundred, thousands in groups. */
export function amount(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(2)));
}

/** A share, 0..1, as a percentage without its sign: whole, but for the ends, where a half counts. */
export function percent(share: number): string {
  const value = share * 100;
  return value > 99 || value < 1 ? String(Number(value.toFixed(1))) : value.toFixed(0);
}

export const score = (value: number): string => value.toFixed(3);
