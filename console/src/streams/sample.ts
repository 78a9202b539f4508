import type { StreamStatus } from "../api/types";

/** A stream that is well, for tests. */
export function sampleStream(change: Partial<StreamStatus> = {}): StreamStatus {
  return {
    id: "gate",
    name: "Gate",
    place: "north gate",
    site: { id: "mall", name: "Mall", time_zone: "Asia/Shanghai", latitude: 31.23, longitude: 121.47 },
    is_enabled: true,
    is_key: false,
    state: "live",
    attention: "patrol",
    error: null,
    explanation: null,
    since: "2026-03-02T01:30:00Z",
    last_frame_at: "2026-03-02T01:30:00Z",
    changed_at: "2026-03-02T01:30:00Z",
    n_frames: 0,
    n_looks: 0,
    n_faces: 0,
    n_dropped: 0,
    dropped_share: 0,
    n_connections: 1,
    policy: "key_frames",
    policy_explanation: null,
    codec: "h264",
    width: 1920,
    height: 1080,
    fps: 25,
    gop_s: 2,
    bit_rate_kbps: 2048,
    n_masks: 0,
    ...change,
  };
}
