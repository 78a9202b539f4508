/** What became of photos: as a refused enrolment's problem carries it, and as a file for a spreadsheet. */

import { Problem } from "../api/client";
import type { ImportRow, PhotoResult } from "../api/types";
import type { Words } from "../words/catalogue";

const FORMULA_MARKS = ["=", "+", "-", "@", "\t", "\r"];
/** Without it a spreadsheet takes UTF-8 for another encoding. */
const MARK = "\uFEFF";

export function photosOf(error: unknown): readonly PhotoResult[] | null {
  if (!(error instanceof Problem) || !Array.isArray(error.body["photos"])) return null;
  return error.body["photos"] as PhotoResult[];
}

export function reportCsv(rows: readonly ImportRow[], words: Words): string {
  const said = rows.map((row) => [
    row.line === null ? "" : String(row.line),
    row.name,
    row.file_name,
    row.is_accepted ? (row.is_weak ? words.quality.weak : words.watchlists.accepted) : words.watchlists.refused,
    row.reason ?? "",
    row.explanation ?? "",
  ]);
  return MARK + [words.quality.columns, ...said].map((cells) => cells.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** One cell: quoted, and what a spreadsheet would take for a formula behind an apostrophe. */
function cell(text: string): string {
  const disarmed = FORMULA_MARKS.some((mark) => text.startsWith(mark)) ? `'${text}` : text;
  return `"${disarmed.replaceAll('"', '""')}"`;
}
