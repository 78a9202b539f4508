/** The report of a refused enrolment travels in the problem's body. */

import { Problem } from "../api/client";
import type { PhotoResult } from "../api/types";

export function photosOf(error: unknown): readonly PhotoResult[] | null {
  if (!(error instanceof Problem) || !Array.isArray(error.body["photos"])) return null;
  return error.body["photos"] as PhotoResult[];
}
