/** Which new hits are of somebody who is there now. */

import type { LiveEvent } from "../api/types";

/** Somebody to hear of: what a recording shows was there once. */
export const isToHear = (event: LiveEvent): boolean =>
  event.kind === "hit.recorded" && event.is_quiet !== true && event.origin !== "replay";

/** Somebody before this very camera: a self-test's face was drawn. */
export const isBeforeCamera = (event: LiveEvent): boolean =>
  event.kind === "hit.recorded" && event.origin !== "replay" && event.origin !== "exercise";
