/** A table that is sorted by a click on a column's head; on a phone each row is a card with its columns' names. */

import { type ReactNode, useState } from "react";
import { useWords } from "../words/language";

export interface Column<R> {
  readonly key: string;
  readonly title: string;
  readonly hint?: string;
  readonly cell: (row: R) => ReactNode;
  /** What rows are ordered by: numbers from the largest, words from A. */
  readonly rank: (row: R) => number | string;
}

interface Props<R> {
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
  /** What stands below a row, over its whole width. */
  readonly renderBelow?: (row: R) => ReactNode;
}

export function SortedTable<R>({ label, columns, rows, keyOf, renderBelow }: Props<R>) {
  const words = useWords().rates;
  const [sort, setSort] = useState<{ readonly key: string; readonly isTurned: boolean } | null>(null);
  const column = columns.find(({ key }) => key === sort?.key);
  const sorted = column ? rows.toSorted((one, other) => compare(column.rank(one), column.rank(other))) : rows;
  const shown = sort?.isTurned ? sorted.toReversed() : sorted;
  const choose = (key: string): void => setSort({ key, isTurned: sort?.key === key && !sort.isTurned });
  return (
    <table className="rates-table" aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ key, title, hint }) => (
            <th key={key} scope="col" aria-sort={ariaSort(sort, key)}>
              <button type="button" title={hint} aria-label={words.sortBy(title)} onClick={() => choose(key)}>
                {title} <span aria-hidden>{mark(sort, key)}</span>
              </button>
            </th>
          ))}
        </tr>
      </thead>
      {shown.map((row) => (
        <tbody key={keyOf(row)}>
          <tr>
            {columns.map(({ key, title, cell }) => (
              <td key={key} data-title={title}>
                {cell(row)}
              </td>
            ))}
          </tr>
          {renderBelow?.(row)}
        </tbody>
      ))}
    </table>
  );
}

function compare(one: number | string, other: number | string): number {
  if (typeof one === "number" && typeof other === "number") return other - one;
  return String(one).localeCompare(String(other));
}

type Sort = { readonly key: string; readonly isTurned: boolean } | null;

function mark(sort: Sort, key: string): string {
  if (sort?.key !== key) return "";
  return sort.isTurned ? "↑" : "↓";
}

function ariaSort(sort: Sort, key: string): "ascending" | "descending" | undefined {
  if (sort?.key !== key) return undefined;
  return sort.isTurned ? "ascending" : "descending";
}
