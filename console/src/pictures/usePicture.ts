/** Pictures are fetched, not linked: a deleted one is told from a broken network, and the next ones come ahead. */

import { type QueryClient, useQuery } from "@tanstack/react-query";
import { Problem, Unreachable } from "../api/client";

export const PICTURE = "picture";
/** A face stays in memory this long after it left the screen. */
const KEPT_MS = 120_000;
const TIMEOUT_MS = 20_000;
const GONE = new Set([404, 410]);

/** A picture in memory. */
interface Loaded {
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

/** Null where the picture is not kept any more. */
async function load(address: string): Promise<Loaded | null> {
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: unknown) => {
    throw new Unreachable(String(error));
  });
  if (response.ok) return inMemory(await response.blob());
  if (GONE.has(response.status)) return null;
  throw new Problem(response.status, "", response.statusText, "");
}

async function inMemory(blob: Blob): Promise<Loaded> {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  bitmap.close();
  return { source: URL.createObjectURL(blob), width, height };
}

const question = (address: string) => ({
  queryKey: [PICTURE, address],
  queryFn: () => load(address),
  staleTime: Infinity,
  gcTime: KEPT_MS,
});

export type PictureState =
  | { readonly kind: "loading" }
  | ({ readonly kind: "shown" } & Loaded)
  | { readonly kind: "gone" }
  | { readonly kind: "failed"; readonly retry: () => void };

export function usePicture(address: string | null): PictureState {
  const { data, isError, refetch } = useQuery({ ...question(address ?? ""), enabled: address !== null });
  if (address === null || data === null) return { kind: "gone" };
  if (data !== undefined) return { kind: "shown", ...data };
  return isError ? { kind: "failed", retry: () => void refetch() } : { kind: "loading" };
}

/** A picture that is forgotten gives its memory back. */
export function forgetPictures(queries: QueryClient): QueryClient {
  queries.getQueryCache().subscribe(({ type, query }) => {
    if (type !== "removed" || query.queryKey[0] !== PICTURE) return;
    const loaded = query.state.data as Loaded | null | undefined;
    if (loaded) URL.revokeObjectURL(loaded.source);
  });
  return queries;
}

export function fetchAhead(queries: QueryClient, addresses: readonly (string | null)[]): void {
  for (const address of addresses) if (address !== null) void queries.prefetchQuery(question(address));
}
