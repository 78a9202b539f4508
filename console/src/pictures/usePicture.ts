/** Pictures are fetched, not linked: a deleted one is told from a broken network, and the next ones come ahead. */

import { type QueryClient, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Problem, Unreachable } from "../api/client";

export const PICTURE = "picture";
/** A face stays in memory this long after it left the screen. */
const KEPT_MS = 120_000;
const TIMEOUT_MS = 20_000;
const GONE = new Set([404, 410]);

async function load(address: string): Promise<Blob | null> {
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((error: unknown) => {
    throw new Unreachable(String(error));
  });
  if (response.ok) return response.blob();
  if (GONE.has(response.status)) return null;
  throw new Problem(response.status, "", response.statusText, "");
}

const question = (address: string) => ({
  queryKey: [PICTURE, address],
  queryFn: () => load(address),
  staleTime: Infinity,
  gcTime: KEPT_MS,
});

export type PictureState =
  | { readonly kind: "loading" }
  | { readonly kind: "shown"; readonly source: string }
  | { readonly kind: "gone" }
  | { readonly kind: "failed"; readonly retry: () => void };

export function usePicture(address: string | null): PictureState {
  const { data, isError, refetch } = useQuery({ ...question(address ?? ""), enabled: address !== null });
  const source = useObjectUrl(data ?? null);
  if (address === null || data === null) return { kind: "gone" };
  if (source !== null) return { kind: "shown", source };
  return isError ? { kind: "failed", retry: () => void refetch() } : { kind: "loading" };
}

function useObjectUrl(blob: Blob | null): string | null {
  const [made, setMade] = useState<{ blob: Blob; source: string } | null>(null);
  useEffect(() => {
    if (!blob) return;
    const source = URL.createObjectURL(blob);
    setMade({ blob, source });
    return () => URL.revokeObjectURL(source);
  }, [blob]);
  return made && made.blob === blob ? made.source : null;
}

export function fetchAhead(queries: QueryClient, addresses: readonly (string | null)[]): void {
  for (const address of addresses) if (address !== null) void queries.prefetchQuery(question(address));
}
