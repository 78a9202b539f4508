import { useSyncExternalStore } from "react";

/** From here on the queue and the answers stand beside the faces. */
const wide = window.matchMedia("(min-width: 1000px)");

function subscribe(listener: () => void): () => void {
  wide.addEventListener("change", listener);
  return () => wide.removeEventListener("change", listener);
}

export function useIsWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide.matches);
}
