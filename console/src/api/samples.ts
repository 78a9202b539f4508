/** Made-up rows for tests. */

import type { Hit } from "./types";

const AT = "2026-03-02T01:29:05Z";

export function aHit(number: number, more: Partial<Hit> = {}): Hit {
  return {
    id: `hit-${number}`,
    number,
    origin: "match",
    grade: "sure",
    is_exercise: false,
    stream: { id: "hall", name: "Hall", place: "3F escalator" },
    site: { id: "mall", name: "Mall", time_zone: "Asia/Shanghai", latitude: 31.2, longitude: 121.5 },
    watchlist: { id: "list", name: "Exercise", category: "exercise" },
    person: { id: "person", name: "Pat", reason: "exercise", note: "" },
    portrait_id: "portrait",
    seen_at: AT,
    first_seen_at: AT,
    last_seen_at: AT,
    recorded_at: AT,
    n_looks: 4,
    n_passages: 1,
    track_length_s: 2,
    similarity: 0.61,
    threshold: 0.45,
    runner_up: 0.2,
    embedder: "sface-2021dec",
    quality: 0.8,
    box_xyxy: [10, 10, 60, 70],
    crop_xyxy: [0, 0, 90, 100],
    portrait_box_xyxy: [10, 10, 60, 70],
    frame_wh: [1920, 1080],
    round: 1,
    verdict: null,
    alarm: null,
    route_outcome: null,
    is_quiet: false,
    update_number: 0,
    episode: null,
    is_of_episode: false,
    clocks: [],
    steps: [],
    pictures: { face: null, frame: null, portrait: null },
    decisions: [],
    deliveries: [],
    replies: [],
    ...more,
  };
}
