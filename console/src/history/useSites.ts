import { useQuery } from "@tanstack/react-query";
import { fetchStreams } from "../api/calls";
import type { StreamStatus } from "../api/types";

/** The sites this reader has streams of. */
export function useSites(): StreamStatus["site"][] {
  const { data } = useQuery({ queryKey: ["streams"], queryFn: fetchStreams });
  return [...new Map((data ?? []).map(({ site }) => [site.id, site])).values()];
}
