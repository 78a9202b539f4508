"""Masks over a stream's picture, and the still faces that are offered one: what was said of them, and by whom."""

import math
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from patrol.hits.regions import Box, Polygon, Regions, Still, contains
from patrol.hits.stillness import Stood
from patrol.store import alarms, events
from patrol.store.tables import Hit, HitPassage, StillFace, StreamOverlay
from patrol.values import PatrolError, Stream

STILL_FACE = "still_face"  # alarm
MOST_MASKS, MOST_CORNERS = 20, 20  # a picture with more is another camera's business
LEAST_AREA = 1e-4  # of the picture: a hundredth of its width and height
ROOM = 0.25  # of the face's sides, added to a still face's box all round: the detector's box wanders
PERSON_FOR = timedelta(hours=12)  # after "it is a person" nobody is asked again of that place: a shift
GONE_AFTER = timedelta(hours=24)  # of nobody seeing it; a shop's lights are off at night


class MasksRefused(PatrolError):
    """A mask has three corners or more inside the picture, and there are not too many of them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class StillFaceUnknown(PatrolError):
    """There is no such still face that waits for a word, or it is another site's."""


def masks_of(session: Session, stream_id: str) -> tuple[Polygon, ...]:
    overlay = session.get(StreamOverlay, stream_id)
    return () if overlay is None else _polygons(overlay.masks)


def set_masks(
    session: Session, stream_id: str, site_id: str, masks: Sequence[Polygon], by: str, now: datetime
) -> tuple[Polygon, ...]:
    """Lay exactly these masks over a stream; MasksRefused where one of them is none.

    A still face that is not under a mask any more is forgotten: were it still there, it is offered anew.
    """
    for mask in masks:
        _require_mask(mask)
    if len(masks) > MOST_MASKS:
        raise MasksRefused("too_many", f"{len(masks)} masks for stream {stream_id!r}: {MOST_MASKS} at most")
    overlay = session.get(StreamOverlay, stream_id) or StreamOverlay(stream_id=stream_id)
    overlay.masks = [[list(corner) for corner in mask] for mask in masks]
    overlay.updated_at, overlay.updated_by = now, by
    session.add(overlay)
    for still in session.scalars(_stills(stream_id, "masked")):
        if not any(contains(mask, _centre(still)) for mask in masks):
            still.state, still.decided_at, still.decided_by = "gone", now, by
    subject = f"stream:{stream_id}"
    events.append(session, "masks.set", actor=by, subject=subject, site_id=site_id, now=now, n=len(masks))
    return _polygons(overlay.masks)


def report(session: Session, stream: Stream, stood: Stood, now: datetime) -> StillFace | None:
    """Offer a mask for a face that does not move, and mark its hit; None where its hit is not written yet."""
    hit = session.scalar(
        select(Hit)
        .join(HitPassage, HitPassage.hit_id == Hit.id)
        .where(HitPassage.passage_id == stood.passage_id, Hit.person_id == stood.person_id)
        .order_by(Hit.number.desc())
        .limit(1)
    )
    if hit is None:
        return None
    still = StillFace(
        stream_id=stream.id,
        site_id=stream.site.id,
        person_id=stood.person_id,
        hit_id=hit.id,
        box=[round(edge, 4) for edge in stood.box],
        since=stood.since,
        seen_at=now,
        state="offered",
    )
    session.add(still)
    hit.is_still = True
    session.flush()
    about = {"number": hit.number, "stream_id": stream.id, "name": stream.name, "site_id": stream.site.id}
    alarms.sound(session, STILL_FACE, f"hit:{hit.id}", now, **about)
    _say(session, "face.still", still, "system", now)
    return still


def offered(
    session: Session, sites: Collection[str] | None = None, stream_id: str | None = None
) -> Sequence[StillFace]:
    """The still faces that wait for a word, the oldest first."""
    waiting = select(StillFace).where(StillFace.state == "offered").order_by(StillFace.since, StillFace.id)
    waiting = waiting if sites is None else waiting.where(StillFace.site_id.in_(sites))
    waiting = waiting if stream_id is None else waiting.where(StillFace.stream_id == stream_id)
    return session.scalars(waiting).all()


def find(session: Session, still_id: uuid.UUID, sites: Collection[str] | None = None) -> StillFace:
    """A still face that waits for a word; StillFaceUnknown where there is none."""
    still = session.get(StillFace, still_id, with_for_update=True)
    if still is None or still.state != "offered" or (sites is not None and still.site_id not in sites):
        raise StillFaceUnknown(f"no still face {still_id} waits for a word")
    return still


def accept(session: Session, still: StillFace, by: str, now: datetime) -> None:
    """It is a poster or a screen: lay a mask over it, beside those there are."""
    mask = mask_around(_box(still))
    set_masks(session, still.stream_id, still.site_id, [*masks_of(session, still.stream_id), mask], by, now)
    _settle(session, still, "masked", by, now)


def dismiss(session: Session, still: StillFace, by: str, now: datetime) -> None:
    """It is a person: match there again, and ask nobody about that place for a shift."""
    _settle(session, still, "dismissed", by, now)


def seen(session: Session, stills: Iterable[uuid.UUID], now: datetime) -> None:
    """Write down that these still faces are there."""
    session.execute(update(StillFace).where(StillFace.id.in_(list(stills))).values(seen_at=now))


def retire(session: Session, now: datetime) -> int:
    """Ask no more about faces that nobody has seen for a day; return how many."""
    old = session.scalars(
        select(StillFace).where(StillFace.state == "offered", StillFace.seen_at <= now - GONE_AFTER)
    ).all()
    for still in old:
        _settle(session, still, "gone", "system", now)
    return len(old)


def read_regions(session: Session, now: datetime) -> Mapping[str, Regions]:
    """What holds in each stream that has a mask or a still face."""
    stills: dict[str, list[Still]] = defaultdict(list)
    is_person = (StillFace.state == "dismissed") & (StillFace.decided_at > now - PERSON_FOR)
    for row in session.scalars(select(StillFace).where(or_(StillFace.state == "offered", is_person))):
        stills[row.stream_id].append(Still(row.id, row.person_id, _box(row), row.state == "offered"))
    masks = {row.stream_id: _polygons(row.masks) for row in session.scalars(select(StreamOverlay))}
    return {id: Regions(masks.get(id, ()), tuple(stills.get(id, ()))) for id in {*stills, *masks}}


def mask_around(box: Box) -> Polygon:
    """The rectangle around a face with room for the detector's jitter, inside the picture."""
    x1, y1, x2, y2 = box
    right, down = ROOM * (x2 - x1), ROOM * (y2 - y1)
    x1, y1, x2, y2 = (round(min(1.0, max(0.0, edge)), 4) for edge in (x1 - right, y1 - down, x2 + right, y2 + down))
    return (x1, y1), (x2, y1), (x2, y2), (x1, y2)


def _require_mask(mask: Polygon) -> None:
    if not 3 <= len(mask) <= MOST_CORNERS:
        raise MasksRefused("corners", f"a mask has 3 to {MOST_CORNERS} corners, got {len(mask)}")
    if not all(math.isfinite(part) and 0.0 <= part <= 1.0 for corner in mask for part in corner):
        raise MasksRefused("outside", f"a mask's corners are parts of the picture, 0 to 1, got {mask}")
    if _area(mask) < LEAST_AREA:
        raise MasksRefused("too_small", f"a mask covers at least {LEAST_AREA:g} of the picture, got {_area(mask):g}")


def _area(mask: Polygon) -> float:
    """By the shoelace formula."""
    pairs = zip(mask, (*mask[1:], mask[0]), strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def _settle(session: Session, still: StillFace, state: str, by: str, now: datetime) -> None:
    still.state, still.decided_at, still.decided_by = state, now, by
    if still.hit_id is not None:
        alarms.clear(session, STILL_FACE, f"hit:{still.hit_id}", now)
    _say(session, f"face.{state}", still, by, now)


def _say(session: Session, what: str, still: StillFace, by: str, now: datetime) -> None:
    about = {"stream_id": still.stream_id, "still_face_id": str(still.id)}
    subject = f"stream:{still.stream_id}"
    events.append(session, what, actor=by, subject=subject, site_id=still.site_id, now=now, **about)


def _stills(stream_id: str, state: str) -> Select[StillFace]:
    return select(StillFace).where(StillFace.stream_id == stream_id, StillFace.state == state)


def _box(still: StillFace) -> Box:
    x1, y1, x2, y2 = map(float, still.box)
    return x1, y1, x2, y2


def _centre(still: StillFace) -> tuple[float, float]:
    x1, y1, x2, y2 = _box(still)
    return (x1 + x2) / 2, (y1 + y2) / 2


def _polygons(masks: Sequence[Sequence[Sequence[float]]]) -> tuple[Polygon, ...]:
    return tuple(tuple((float(x), float(y)) for x, y in mask) for mask in masks)
