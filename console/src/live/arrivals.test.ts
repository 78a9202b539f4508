import { expect, test } from "vitest";
import type { LiveEvent } from "../api/types";
import { isBeforeCamera, isToHear } from "./arrivals";

const hit = (more: Partial<LiveEvent>): LiveEvent => ({
  seq: 1,
  at: "2026-03-02T01:30:00Z",
  kind: "hit.recorded",
  subject: "hit:1",
  site_id: "mall",
  ...more,
});

test.each([
  [hit({ origin: "match" }), true, true],
  [hit({ origin: "manual" }), true, true],
  [hit({ origin: "exercise" }), true, true],
  [hit({ origin: "replay" }), false, false],
  [hit({ origin: "match", is_quiet: true }), false, true],
  [hit({ origin: "match", kind: "hit.updated" }), false, false],
])("event %# is heard and framed for whom is there now", (event, isHeard, isFramed) => {
  expect([isToHear(event), isBeforeCamera(event)]).toEqual([isHeard, isFramed]);
});
