/** Keeps one live feed open while somebody is logged in, and makes stale what it tells of. */

import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import type { LiveEvent } from "../api/types";
import { PICTURE } from "../pictures/usePicture";
import { type FeedState, LiveFeed } from "./feed";
import { staleAfter } from "./freshness";
import { gathered } from "./gather";

/** A tab that slept this long may hold a connection that died without a word. */
const SLEPT_MS = 30_000;

type Listener = (event: LiveEvent) => void;

interface Live {
  readonly feed: LiveFeed;
  readonly listeners: Set<Listener>;
}

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const live = useOpenFeed();
  return <LiveContext value={live}>{children}</LiveContext>;
}

function useOpenFeed(): Live {
  const queries = useQueryClient();
  const [live] = useState(() => {
    const listeners = new Set<Listener>();
    const refetch = (keys: QueryKey[]): void =>
      keys.forEach((queryKey) => void queries.invalidateQueries({ queryKey }));
    const refresh = gathered(refetch, { later, nowMs: Date.now });
    const feed = new LiveFeed({
      open: (address) => new EventSource(address) as EventSource & { onopen: null; onerror: null },
      onEvent: (event) => {
        refresh(staleAfter(event));
        for (const listener of listeners) listener(event);
      },
      onGap: () => void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== PICTURE }),
      later,
      nowMs: Date.now,
    });
    return { feed, listeners };
  });
  useEffect(() => {
    live.feed.connect();
    const stop = reconnectWhenAwake(live.feed);
    return () => {
      stop();
      live.feed.close();
    };
  }, [live]);
  return live;
}

function later(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

function reconnectWhenAwake(feed: LiveFeed): () => void {
  let hiddenAtMs = 0;
  const onVisible = (): void => {
    if (document.hidden) hiddenAtMs = Date.now();
    else if (Date.now() - hiddenAtMs > SLEPT_MS) feed.connect();
  };
  window.addEventListener("online", feed.connect);
  window.addEventListener("offline", feed.lose);
  document.addEventListener("visibilitychange", onVisible);
  return () => {
    window.removeEventListener("online", feed.connect);
    window.removeEventListener("offline", feed.lose);
    document.removeEventListener("visibilitychange", onVisible);
  };
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive outside LiveProvider");
  return live;
}

export function useFeedState(): FeedState {
  const { feed } = useLive();
  return useSyncExternalStore(feed.subscribe, feed.read);
}

export function useReconnect(): () => void {
  return useLive().feed.connect;
}

export function useLiveEvents(listener: Listener): void {
  const { listeners } = useLive();
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listeners, listener]);
}
