"""Which hits patrol wrote down, which passage each of them is of, and how long after the capture it was there.

A hit's stored picture is looked for in the film, frame by frame: so the time of its capture is the server's, and
patrol is not asked for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.bench.cameras_truth import Expected, Play, play_at
from patrol.store.blobs import Blobs, PictureGone
from patrol.store.tables import Event, Hit
from patrol.values import Uint8

NEAR_S = 0.5  # before and after it a face is cut by the picture's edge, which the truth does not count as seen


@dataclass(frozen=True, slots=True)
class Found:
    """One hit, by the clock of the cameras, UNIX seconds."""

    camera_id: str
    person: str
    captured_at: float  #: of the picture that the hit keeps now, which may be a later one than it was made on
    recorded_at: float  #: when the row was there
    capture_to_hit_s: float  #: from the capture of the picture that it was made on to the row


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the passages of listed people that one run counts."""

    expected: tuple[Expected, ...]
    found: frozenset[int]  #: places in `expected`
    n_wrong: int  #: hits of somebody who was not there
    capture_to_hit_s: tuple[float, ...]  #: one for each passage that was found: its first hit's
    large_to_hit_s: tuple[float, ...]  #: the same from when the face had grown to LARGE_PX, where it ever does

    @property
    def missed(self) -> tuple[Expected, ...]:
        return tuple(passage for number, passage in enumerate(self.expected) if number not in self.found)

    @property
    def share_found(self) -> float:
        return len(self.found) / max(1, len(self.expected))


def read_hits(session: Session, blobs: Blobs, plays: Mapping[str, Sequence[Play]]) -> list[Found]:
    """Every hit of the cameras, oldest first; one without a picture, or of a camera not playing, is left out."""
    delays = _delays(session)
    hits = session.scalars(select(Hit).order_by(Hit.recorded_at)).all()
    return [found for hit in hits if (found := _placed(hit, blobs, plays[hit.stream_id], delays)) is not None]


def judge(passages: Sequence[Expected], counted: Sequence[Expected], hits: Sequence[Found]) -> Outcome:
    """Match hits with passages. passages: all there were, `counted` among them; hits: oldest first."""
    firsts: dict[int, Found] = {}
    for hit in hits:
        for number, passage in enumerate(counted):
            if passage.is_listed and _is_of(hit, passage):
                firsts.setdefault(number, hit)
    listed = [number for number, passage in enumerate(counted) if passage.is_listed]
    places = {number: place for place, number in enumerate(listed)}
    return Outcome(
        expected=tuple(counted[number] for number in listed),
        found=frozenset(places[number] for number in firsts),
        n_wrong=sum(not any(_is_of(hit, passage) for passage in passages) for hit in hits),
        capture_to_hit_s=tuple(hit.capture_to_hit_s for hit in firsts.values()),
        large_to_hit_s=tuple(_since_large(counted[number], hit) for number, hit in firsts.items()),
    )


def percentile(seconds: Iterable[float], share: float) -> float | None:
    """The smallest of the values that `share`, 0..1, of them do not exceed; None of none."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    return ordered[min(len(ordered) - 1, max(0, int(np.ceil(share * len(ordered))) - 1))]


def _placed(hit: Hit, blobs: Blobs, plays: Sequence[Play], delays: Mapping[str, float]) -> Found | None:
    seen_at = hit.seen_at.timestamp()
    play, picture = play_at(plays, seen_at), _picture(hit, blobs)
    if play is None or picture is None:
        return None
    captured_at = play.captured_at(play.camera.film.clip.frame_of(picture), seen_at)
    to_patrol_s = seen_at - captured_at  # encoder, server, wire: what patrol's own clock cannot know
    recorded_at = hit.recorded_at.timestamp()
    delay_s = delays.get(str(hit.id), recorded_at - seen_at)
    return Found(hit.stream_id, hit.person.name, captured_at, recorded_at, delay_s + to_patrol_s)


def _picture(hit: Hit, blobs: Blobs) -> Uint8 | None:
    """uint8 (H, W, 3), BGR: the frame that a hit keeps; None where it is gone or cannot be read."""
    try:
        jpeg = blobs.get(hit.frame_key) if hit.frame_key else b""
    except PictureGone:
        return None
    pixels = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    return None if pixels is None else np.asarray(pixels, np.uint8)


def _delays(session: Session) -> dict[str, float]:
    """Seconds from the arrival of the picture that a hit was made on to its row, by the hit's id."""
    timed = session.scalars(select(Event).where(Event.kind == "hit.timed"))
    return {event.body["hit_id"]: event.body["frame_to_hit_ms"] / 1000 for event in timed}


def _is_of(hit: Found, passage: Expected) -> bool:
    return (hit.camera_id, hit.person) == (
        passage.camera_id,
        passage.person,
    ) and passage.began_at - NEAR_S <= hit.captured_at <= passage.ended_at + NEAR_S


def _since_large(passage: Expected, hit: Found) -> float:
    """Seconds since the face was large; where it never is, since the passage began."""
    return hit.recorded_at - (passage.began_at if passage.large_at is None else passage.large_at)
