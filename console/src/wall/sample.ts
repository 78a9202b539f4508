/** A camera for tests. */

import type { StreamStatus } from "../api/types";

export function aStream(id: string, more: Partial<StreamStatus> = {}): StreamStatus {
  const site = { id: "mall", name: "South Mall", time_zone: "Asia/Shanghai" };
  return { id, name: id, place: "3F", site, is_enabled: true, state: "live", ...more } as StreamStatus;
}
