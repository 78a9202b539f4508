import { useQuery } from "@tanstack/react-query";
import { fetchSites, fetchStreams } from "../api/calls";
import type { Site, StreamStatus } from "../api/types";

/** The sites with their buildings and the streams: all that a group may say it covers. */
export function useHouse(): { readonly sites: readonly Site[]; readonly streams: readonly StreamStatus[] } {
  const sites = useQuery({ queryKey: ["sites"], queryFn: fetchSites });
  const streams = useQuery({ queryKey: ["streams"], queryFn: fetchStreams });
  return { sites: sites.data ?? [], streams: streams.data ?? [] };
}
