import { describe, expect, it } from "vitest";
import type { ImportRow } from "../api/types";
import { CATALOGUES } from "../words/catalogue";
import { reportCsv } from "./reports";

function aRow(more: Partial<ImportRow>): ImportRow {
  const taken = { is_accepted: true, reason: null, explanation: null, is_weak: false, may_be_weak: false, find_rate: null };
  return { line: 2, file_name: "a.jpg", name: "Pat", ...taken, ...more };
}

describe("reportCsv", () => {
  it("begins with the mark of UTF-8 and the names of the columns", () => {
    expect(reportCsv([], CATALOGUES.en)).toBe('\uFEFF"line","name","file","result","reason","explanation"\r\n');
  });
  it("says of each photo what became of it", () => {
    const refused = { is_accepted: false, reason: "no_face", explanation: 'No face, "sorry".' };
    const lines = reportCsv([aRow({}), aRow({ is_weak: true }), aRow(refused)], CATALOGUES.en).split("\r\n");
    expect(lines.slice(1, 4)).toEqual([
      '"2","Pat","a.jpg","Accepted","",""',
      '"2","Pat","a.jpg","Weak photo","",""',
      '"2","Pat","a.jpg","Refused","no_face","No face, ""sorry""."',
    ]);
  });
  it("hands no formula to a spreadsheet", () => {
    expect(reportCsv([aRow({ line: null, file_name: "=cmd.jpg" })], CATALOGUES.zh)).toContain(`"'=cmd.jpg"`);
  });
});
