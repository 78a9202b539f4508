"""Runs the whole pipeline over a recording of one camera, as `patrol watch` does over the camera.

Every picture is decoded, `looks_per_s` of them a second are looked at, and who is listed becomes a hit with origin
"replay", seen when it was recorded. Of the recording itself nothing is kept but the clips of its hits.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

from patrol.faces.track import Tracker
from patrol.hits import masks
from patrol.hits.regions import NOWHERE
from patrol.streams.footage import Footage
from patrol.streams.picture import DecodedPicture
from patrol.values import Frame, Stream
from patrol.worker import Parts, Tally, close, take_in, write_down

REFRESH_S = 10.0  # an entry that ends while a long recording is looked through is not looked for any more
SAMPLE_BYTES = 1_000_000  # of each end of a file: two recordings that agree in both and in their length are one


@dataclass(slots=True)
class Seen:
    """How far a replay has come, and what it has found."""

    at_s: float = 0.0  #: of the recording
    n_pictures: int = 0
    tally: Tally = field(default_factory=Tally)
    is_stopped: bool = False  #: before the end, because somebody wanted so


def replay(
    footage: Footage,
    stream: Stream,
    parts: Parts,
    *,
    began_at: datetime,
    tracker: Tracker,
    wait: Callable[[float], bool],
    tell: Callable[[Seen], None] = lambda seen: None,
) -> Seen:
    """Look through a recording of `stream` that begins at `began_at`.

    parts: with origin "replay". wait: called with the seconds from the recording's beginning before each look; it may
    wait until their time has come, and ends the replay by returning True. tell: called after each look.
    """
    seen = Seen()
    refreshed_at = _refresh(stream, parts, seen.tally)
    for frame, at_s in _due(footage, stream, began_at):
        if wait(at_s):
            seen.is_stopped = True
            break
        if (parts.clock() - refreshed_at).total_seconds() > REFRESH_S:
            refreshed_at = _refresh(stream, parts, seen.tally)
        take_in(frame, parts.finder.find([frame])[0], stream, tracker, parts, seen.tally)
        _write(stream, parts, seen.tally)
        seen.at_s, seen.n_pictures = at_s, footage.n_pictures
        tell(seen)
    close(tracker, parts, seen.tally)
    _write(stream, parts, seen.tally)
    seen.at_s, seen.n_pictures = footage.at_s, footage.n_pictures
    return seen


def _due(footage: Footage, stream: Stream, began_at: datetime) -> Iterator[tuple[Frame, float]]:
    """The pictures that are looked at: the first one, and then one whenever the time for the next look has come."""
    due_s = 0.0
    for at_s, decoded in footage.pictures():
        if at_s + 0.5 / footage.fps >= due_s:
            due_s = max(due_s, at_s - 1 / stream.looks_per_s) + 1 / stream.looks_per_s
            taken_at = began_at + timedelta(seconds=at_s)
            yield Frame(stream.id, footage.n_pictures, taken_at, DecodedPicture(decoded)), at_s


def _refresh(stream: Stream, parts: Parts, tally: Tally) -> datetime:
    """Follow the list, and where before this stream nobody is matched."""
    now = parts.clock()
    with parts.database.read() as session:
        parts.gallery.refresh(session, now)
        tally.standing.regions = masks.read_regions(session, now).get(stream.id, NOWHERE)
    return now


def _write(stream: Stream, parts: Parts, tally: Tally) -> None:
    """Record the hits. A poster is no offer of a mask: it may hang there no more."""
    tally.stood.clear()
    write_down(stream, parts, tally)


def passage_ids(path: Path, stream: Stream, began_at: datetime) -> Callable[[], UUID]:
    """Makes the ids of a recording's passages: the same ones each time, so that a second replay finds nothing new."""
    of = uuid5(NAMESPACE_OID, f"patrol replay {_print_of(path)} {stream.id} {began_at.isoformat()}")
    numbers = iter(range(2**63))
    return lambda: uuid5(of, str(next(numbers)))


def _print_of(path: Path) -> str:
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(SAMPLE_BYTES))
        file.seek(max(0, size - SAMPLE_BYTES))
        digest.update(file.read())
    return f"{size}-{digest.hexdigest()}"
