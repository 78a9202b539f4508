/** A made-up group for tests. */

import type { Group } from "../api/types";

export function aGroup(id: string, more: Partial<Group> = {}): Group {
  return {
    id,
    name: id,
    site_id: "mall",
    building: null,
    floor: null,
    post: null,
    latitude: 31.2,
    longitude: 121.5,
    level: "guards",
    parent_id: null,
    covers: [],
    radius_m: null,
    is_default: false,
    time_zone: null,
    shifts: { weekly: [], exceptions: [] },
    picture_policy: "upper_body",
    shows_name: false,
    keep_h: 12,
    language: "zh",
    is_active: true,
    has_link: false,
    created_at: "2026-03-02T01:29:05Z",
    chats: [],
    members: [],
    warnings: [],
    ...more,
  };
}
