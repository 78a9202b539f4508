import { useState } from "react";
import type { Hit } from "../api/types";

interface OpenClip {
  readonly isOpen: (hit: Hit) => boolean;
  readonly toggle: (hit: Hit) => void;
}

/** Whose clip is being watched: nobody's, or one hit's until another hit is shown. */
export function useOpenClip(): OpenClip {
  const [openId, setOpenId] = useState<string | null>(null);
  return {
    isOpen: (hit) => hit.id === openId,
    toggle: (hit) => setOpenId(hit.clip === null || hit.id === openId ? null : hit.id),
  };
}
