import { useState } from "react";
import type { Hit } from "../api/types";

/**
 * The hit on screen. It stays while others arrive above it, and when somebody else decides it: only the reviewer
 * moves on. With nothing on screen the first of the queue is taken.
 */
export function useChosen(queue: readonly Hit[], openId: string | null) {
  const [chosenId, choose] = useState<string | null>(null);
  const firstId = queue[0]?.id ?? null;
  if (chosenId === null && firstId !== null) choose(firstId);
  return [openId ?? chosenId, choose] as const;
}
