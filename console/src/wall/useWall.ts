/** The pictures of the tiles that are on the screen. A hidden tab asks nothing. */

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { askWall } from "../api/calls";
import { type WallState, WallWatcher } from "./watcher";

const newWatcher = (): WallWatcher =>
  new WallWatcher({
    ask: askWall,
    later: (run, ms) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    nowMs: Date.now,
  });

export function useWall(streamIds: readonly string[], width: number): WallState {
  const [watcher] = useState(newWatcher);
  const isShown = useIsTabShown();
  const asked = isShown ? streamIds.join("\n") : "";
  useEffect(() => watcher.want(asked === "" ? [] : asked.split("\n"), width), [watcher, asked, width]);
  useEffect(() => () => watcher.close(), [watcher]);
  return useSyncExternalStore(watcher.subscribe, watcher.read);
}

function onVisibility(listener: () => void): () => void {
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
}

function useIsTabShown(): boolean {
  return useSyncExternalStore(onVisibility, () => !document.hidden);
}

/** Which of the elements with a `data-stream` are on the screen, or nearly. */
export function useOnScreen(): readonly [ReadonlySet<string>, (element: HTMLElement | null) => (() => void) | undefined] {
  const [seen, setSeen] = useState<ReadonlySet<string>>(new Set());
  const [observer] = useState(
    () =>
      new IntersectionObserver((entries) => setSeen((before) => after(before, entries)), { rootMargin: "120px" }),
  );
  useEffect(() => () => observer.disconnect(), [observer]);
  const observe = useCallback(
    (element: HTMLElement | null) => {
      if (!element) return undefined;
      observer.observe(element);
      return () => {
        observer.unobserve(element);
        setSeen((before) => without(before, element.dataset["stream"]));
      };
    },
    [observer],
  );
  return [seen, observe];
}

function after(before: ReadonlySet<string>, entries: readonly IntersectionObserverEntry[]): ReadonlySet<string> {
  const seen = new Set(before);
  for (const { target, isIntersecting } of entries) {
    const id = (target as HTMLElement).dataset["stream"];
    if (id === undefined) continue;
    if (isIntersecting) seen.add(id);
    else seen.delete(id);
  }
  return seen;
}

function without(before: ReadonlySet<string>, id: string | undefined): ReadonlySet<string> {
  if (id === undefined || !before.has(id)) return before;
  return new Set([...before].filter((other) => other !== id));
}
