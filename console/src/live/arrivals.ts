/** Which new hits are of somebody who is there now. */

import type { LiveEvent } from "../api/types";

/** Somebody before this very camera, as an exercise is too; a recording shows who was before it once. */
export const isBeforeCamera = (event: LiveEvent): boolean =>
  event.kind === "hit.recorded" && event.origin !== "replay";

/** Somebody to hear of. */
export const isToHear = (event: LiveEvent): boolean => isBeforeCamera(event) && event.is_quiet !== true;
