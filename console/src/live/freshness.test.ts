import { expect, test } from "vitest";
import type { LiveEvent } from "../api/types";
import { staleAfter } from "./freshness";

const event = (kind: string, more: Partial<LiveEvent> = {}): LiveEvent => ({
  seq: 1,
  at: "2026-03-02T01:30:00Z",
  kind,
  subject: "",
  site_id: null,
  ...more,
});

test.each([
  [event("account.logged_in"), []],
  [event("hit.recorded", { subject: "hit:1" }), [["hits"], ["hit", "1"]]],
  [event("delivery.sent", { subject: "delivery:9", hit_id: "1" }), [["hits"], ["hit", "1"]]],
  [event("delivery.sent", { subject: "delivery:9" }), [["hits"]]],
  [event("stream.state", { subject: "stream:hall" }), [["streams"]]],
  [event("alarm.raised"), [["system"]]],
  [event("episode.closed", { subject: "episode:1" }), [["hits"], ["hit"]]],
  [event("phone.reached", { subject: "member:1" }), [["phones"]]],
  [event("calibration.made", { subject: "calibration:1" }), [["accuracy"]]],
  [event("pause.started", { subject: "pause:1" }), [["pauses"]]],
])("event %# makes stale what it is about", (said, stale) => {
  expect(staleAfter(said)).toEqual(stale);
});
