/** Which cameras are on the wall, kept in this browser. */

import type { StreamStatus } from "../api/types";

export interface Choice {
  readonly siteId: string;
  readonly text: string;
  readonly isTroubleOnly: boolean;
  /** Picked by hand; null is every camera. */
  readonly picked: readonly string[] | null;
  /** Tiles in a row; 0 is as many as fit. */
  readonly columns: number;
}

export const MOST_COLUMNS = 6;
export const EVERYTHING: Choice = { siteId: "", text: "", isTroubleOnly: false, picked: null, columns: 0 };

/** The cameras that are chosen, in the order of streams.yaml; who is switched off has no picture. */
export function chosen(streams: readonly StreamStatus[], choice: Choice): readonly StreamStatus[] {
  const text = choice.text.trim().toLowerCase();
  const picked = choice.picked && new Set(choice.picked);
  return streams.filter(
    (stream) =>
      stream.is_enabled &&
      (choice.siteId === "" || stream.site.id === choice.siteId) &&
      (!choice.isTroubleOnly || stream.state !== "live") &&
      (picked === null || picked.has(stream.id)) &&
      isNamed(stream, text),
  );
}

export function isNamed({ id, name, place, site }: StreamStatus, text: string): boolean {
  return [id, name, place, site.name].some((said) => said.toLowerCase().includes(text));
}

/** What was stored, as far as it can be read. The search is not kept: who comes back would wonder where cameras are. */
export function readChoice(stored: string | null): Choice {
  const found = parsed(stored);
  const columns = Number(found["columns"]);
  const picked = found["picked"];
  return {
    ...EVERYTHING,
    siteId: typeof found["siteId"] === "string" ? found["siteId"] : "",
    picked: Array.isArray(picked) ? picked.filter((id) => typeof id === "string") : null,
    columns: Number.isInteger(columns) && columns >= 0 && columns <= MOST_COLUMNS ? columns : 0,
  };
}

export function storedForm({ siteId, picked, columns }: Choice): string {
  return JSON.stringify({ siteId, picked, columns });
}

function parsed(stored: string | null): Readonly<Record<string, unknown>> {
  try {
    const found: unknown = JSON.parse(stored ?? "{}");
    return typeof found === "object" && found !== null ? { ...found } : {};
  } catch {
    return {};
  }
}
