"""The whole loop once, measured from outside: face in view, hit, a person's yes, the guards' message read back."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from threading import Event

import cv2
import numpy as np

from patrol.demo.client import Guard, Json, LiveEvent, Reviewer
from patrol.demo.clip import Clip
from patrol.demo.scene import Box, Truth, read_truth
from patrol.demo.site import CAMERAS, LISTED, SCENE_S
from patrol.values import PatrolError

HIT_WITHIN_S = 60.0  # the listed person is in view within 15 s of any start; the rest is for a busy machine
MESSAGE_WITHIN_S = 30.0
POLL_S = 0.02
SILENCE_S = 40.0  # the feed sends a heartbeat every 15 s
SCENE_SLACK_S = 2.0  # for the last passage of the scene to become a hit
SAME_FACE_IOU = 0.3

Tell = Callable[..., None]


class LoopBroken(PatrolError):
    """The loop from a face in view to the guards' message did not close."""


@dataclass(slots=True)
class Report:
    """What one loop came to; `make demo ARGS="--once --json"` prints it."""

    ok: bool = False
    problem: str | None = None
    frames: int = 0
    faces: int = 0
    hits: int = 0
    decision: Json | None = None
    delivery: Json | None = None
    ms: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> Json:
        content = asdict(self)
        if self.problem is None:
            del content["problem"]
        return content


@dataclass(frozen=True, slots=True)
class Loop:
    """The people and facts of one run."""

    reviewer: Reviewer
    links: Mapping[str, str]  #: the groups' pages by group
    clips: Mapping[str, Clip]  #: what each stream shows
    began_at: datetime  #: since when every worker has known the listed person
    clock: Callable[[], datetime]
    tell: Tell


def run_loop(loop: Loop, report: Report) -> None:
    """Fill the report step by step, so that what was reached is told even where a later step fails."""
    with loop.reviewer.follow(0, SILENCE_S) as feed:
        hit = _first_hit(loop, feed)
        visible_at = loop.clock()
        loop.tell("hit", number=hit["number"], person=hit["person"]["name"], place=hit["stream"]["place"])
        report.decision = _confirm(loop, hit)
        delivery = _message_sent(loop, feed, hit)
    read_at = _read_back(loop, delivery, report)
    report.ms = _milliseconds(loop, hit, report.decision, delivery, visible_at, read_at)
    loop.tell("delivered", group=delivery["group"]["name"], total_ms=report.ms["total"])
    _see_whole_scene(loop)
    _count(loop, report)
    _judge(loop, report)


def _first_hit(loop: Loop, feed: Iterator[LiveEvent]) -> Json:
    for event in _until(loop, feed, HIT_WITHIN_S, "no hit came"):
        if event.kind == "hit.recorded":
            hit: Json = loop.reviewer.get(f"/hits/{event.data['hit_id']}")
            return hit
    raise LoopBroken("the live feed ended before a hit came")


def _confirm(loop: Loop, hit: Json) -> Json:
    content = {"round": hit["round"], "verdict": "confirmed", "note": "Exercise"}
    decided = loop.reviewer.post(f"/hits/{hit['id']}/decisions", content)
    decision = decided["decisions"][-1]
    return {"hit": hit["number"], **{name: decision[name] for name in ("verdict", "by", "decided_at")}}


def _message_sent(loop: Loop, feed: Iterator[LiveEvent], hit: Json) -> Json:
    """Wait until the platform has taken the message; returns the delivery to a group's page."""
    for event in _until(loop, feed, MESSAGE_WITHIN_S, "no message was sent"):
        if event.kind == "delivery.failed":
            raise LoopBroken("the message was refused; the hit in the console says why")
        if event.kind == "delivery.sent":
            deliveries: list[Json] = loop.reviewer.get(f"/hits/{hit['id']}")["deliveries"]
            for delivery in deliveries:
                if delivery["state"] == "sent" and delivery["group"]["id"] in loop.links:
                    return delivery
    raise LoopBroken("the live feed ended before a message was sent")


def _until(loop: Loop, feed: Iterator[LiveEvent], within_s: float, otherwise: str) -> Iterator[LiveEvent]:
    deadline = loop.clock() + timedelta(seconds=within_s)
    for event in feed:
        yield event
        if loop.clock() > deadline:
            raise LoopBroken(f"{otherwise} within {within_s:.0f} s")


def _read_back(loop: Loop, delivery: Json, report: Report) -> datetime:
    """Open the group's page as a guard does, and hold the picture against what patrol says it sent."""
    group = delivery["group"]
    with Guard(loop.links[group["id"]]) as guard:
        message = _message_on_page(loop, guard, delivery["id"])
        picture = guard.picture_of(delivery["id"])
    read_at = loop.clock()
    digest = hashlib.sha256(picture).hexdigest()
    report.delivery = {
        "group": group["id"],
        "state": delivery["state"],
        "text": message["text"],
        "picture_bytes": len(picture),
        "sha256_sent": delivery["picture_sha256"],
        "sha256_read": digest,
        "is_identical": digest == delivery["picture_sha256"] and message["text"] == delivery["text"],
    }
    return read_at


def _message_on_page(loop: Loop, guard: Guard, delivery_id: str) -> Json:
    deadline = loop.clock() + timedelta(seconds=MESSAGE_WITHIN_S)
    while loop.clock() < deadline:
        if message := guard.message_of(delivery_id):
            return message
        Event().wait(POLL_S)
    raise LoopBroken("the message was sent but does not stand on the group's page")


def _milliseconds(
    loop: Loop, hit: Json, decision: Json, delivery: Json, visible_at: datetime, read_at: datetime
) -> dict[str, int]:
    """How long each step took, from the camera's frame to the guard's screen."""
    timed = next(each for each in _history(loop, hit) if each["kind"] == "hit.timed")["body"]
    recorded_at, decided_at = _moment(hit["recorded_at"]), _moment(decision["decided_at"])
    sent_at = _moment(delivery["sent_at"])
    return {
        "frame_to_face": timed["frame_to_face_ms"],
        "face_to_hit": timed["frame_to_hit_ms"] - timed["frame_to_face_ms"],
        "hit_to_api": _ms(visible_at - recorded_at),
        "api_to_confirmed": _ms(decided_at - visible_at),
        "confirmed_to_accepted": _ms(sent_at - decided_at),
        "accepted_to_read_back": _ms(read_at - sent_at),
        "total": timed["frame_to_hit_ms"] + _ms(read_at - recorded_at),
    }


def _history(loop: Loop, hit: Json) -> list[Json]:
    history: list[Json] = loop.reviewer.get(f"/hits/{hit['id']}/history")
    return history


def _see_whole_scene(loop: Loop) -> None:
    """Let every camera show its whole scene: a wrong hit may come late."""
    ends_at = loop.began_at + timedelta(seconds=SCENE_S + SCENE_SLACK_S)
    if (left_s := (ends_at - loop.clock()).total_seconds()) > 0:
        loop.tell("checking", seconds=round(left_s))
        Event().wait(left_s)


def _count(loop: Loop, report: Report) -> None:
    streams: list[Json] = loop.reviewer.get("/streams")
    report.frames = sum(stream["n_frames"] for stream in streams)
    report.faces = sum(stream["n_faces"] for stream in streams)


def _judge(loop: Loop, report: Report) -> None:
    """The right person and nobody else, by the scene's truth, and the message as it was sent."""
    hits: list[Json] = loop.reviewer.get("/hits", state="all", limit=100)["items"]
    report.hits = len(hits)
    shows_listed = {camera.id for camera in CAMERAS if camera.shows_listed}
    for hit in hits:
        stream = hit["stream"]["id"]
        seen = _who_is_in(loop.reviewer, hit, loop.clips[stream])
        if seen != LISTED:
            raise LoopBroken(f"hit {hit['number']} at {stream} shows {seen or 'nobody known'}, not {LISTED}")
    if missed := shows_listed - {hit["stream"]["id"] for hit in hits}:
        raise LoopBroken(f"{LISTED} walked by {', '.join(sorted(missed))} and no hit came of it")
    if report.delivery is None or not report.delivery["is_identical"]:
        raise LoopBroken("the message on the group's page is not what patrol says it sent")
    report.ok = True


def _who_is_in(reviewer: Reviewer, hit: Json, clip: Clip) -> str | None:
    """Find the hit's full frame in the scene, and ask the truth who stands in the hit's box there."""
    pixels = cv2.imdecode(np.frombuffer(reviewer.frame_of(hit), np.uint8), cv2.IMREAD_COLOR)
    frame = clip.frame_of(np.asarray(pixels, np.uint8))
    return who_stood_there(hit["box_xyxy"], read_truth(clip.truth_file), frame)


def who_stood_there(box_xyxy: Sequence[float], truth: Truth, frame: int) -> str | None:
    """Whose face the scene has in a box of a frame; None where nobody's is near."""
    x0, y0, x1, y1 = box_xyxy
    overlaps = [(iou(sighting.box_xyxy, (x0, y0, x1, y1)), person) for person, sighting in truth.faces_at(frame)]
    best = max(overlaps, default=(0.0, ""))
    return best[1] if best[0] >= SAME_FACE_IOU else None


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, 0..1."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, wide) * max(0.0, high)
    both = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return shared / (both - shared)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
