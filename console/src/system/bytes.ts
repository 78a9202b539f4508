const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;
const STEP = 1000;

/** "1.5 GB"; thousands, as disks are sold. */
export function bytes(n: number): string {
  const power = n < STEP ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3));
  const amount = n / STEP ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[power]}`;
}
