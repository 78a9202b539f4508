/** Rates as people read them. */

import type { EntryRates, Rate } from "../api/types";
import type { Words } from "../words/catalogue";

type Said = Words["rates"];

/** Three digits that mean something, and never an exponent. */
export function figure(value: number): string {
  if (value === 0) return "0";
  return new Intl.NumberFormat("en", { maximumSignificantDigits: value < 1 ? 2 : 3 }).format(value);
}

export function percent(value: number): string {
  return `${figure(100 * value)} %`;
}

/** The rate, or that it is not known. */
export function valueOf({ value }: Rate, write: (value: number) => string, words: Said): string {
  return value === null ? words.unknown : write(value);
}

/** Where it lies. */
export function intervalOf({ low, high }: Rate, write: (value: number) => string, words: Said): string {
  return high === null ? words.atLeast(write(low)) : words.between(write(low), write(high));
}

/** The raised thresholds of one entry, wherever its card stands. */
export function floorsOf(entries: readonly EntryRates[] | undefined, personId: string): EntryRates["floors"] {
  return entries?.find(({ person_id }) => person_id === personId)?.floors ?? [];
}
