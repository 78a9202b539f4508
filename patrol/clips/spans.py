"""Which seconds around a hit are its clip."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from patrol.store.tables import Hit
from patrol.values import Track

#: Of a passage, before its best look and after it: who stands in view for minutes is seen well enough in this. With
#: the seconds before and after it is less than the 20 s that a stream is kept compressed, and at most 30 s in all.
PASSAGE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a clip is; 0 s before and after make none."""

    before: timedelta
    after: timedelta
    most_bytes: int

    @property
    def is_on(self) -> bool:
        return self.before + self.after > timedelta(0)


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, and the moment of the best look, that the hit shows."""

    start: datetime
    moment: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment <= self.end


def span_of(first_seen_at: datetime, seen_at: datetime, last_seen_at: datetime, lengths: Lengths) -> Span:
    return Span(
        max(first_seen_at, seen_at - PASSAGE) - lengths.before,
        seen_at,
        min(last_seen_at, seen_at + PASSAGE) + lengths.after,
    )


def span_of_track(track: Track, lengths: Lengths) -> Span:
    return span_of(track.first_seen_at, track.best_frame.taken_at, track.last_seen_at, lengths)


def has_its_moment(hit: Hit) -> bool:
    """Whether the clip that a hit has shows the look that it shows."""
    if hit.clip_began_at is None or hit.clip_s is None:
        return False
    return hit.clip_began_at <= hit.seen_at <= hit.clip_began_at + timedelta(seconds=hit.clip_s)
