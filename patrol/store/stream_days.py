"""Counts of one stream on one day of its site. A count names nobody, so it is kept of strangers too."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy.orm import Session

from patrol.store.tables import StreamDay


@dataclass(frozen=True, slots=True)
class Counts:
    """What a worker has seen in one stream, since it started to watch it."""

    n_looks: int = 0
    n_faces: int = 0
    n_too_small: int = 0  #: faces under the bar: counted, never matched
    n_masked: int = 0  #: faces under a mask: counted, never matched
    n_passages: int = 0
    n_unusable: int = 0  #: passages without one look good enough for a template

    def __sub__(self, before: "Counts") -> "Counts":
        earlier = asdict(before)
        return Counts(**{name: value - earlier[name] for name, value in asdict(self).items()})


def count(session: Session, stream_id: str, site_id: str, day: date, more: Counts) -> None:
    """Add to a day's counts; the row is made by whoever counts first. One stream has one worker."""
    if more == Counts():
        return
    row = session.get(StreamDay, (stream_id, day))
    if row is None:
        session.add(StreamDay(stream_id=stream_id, day=day, site_id=site_id, **asdict(more)))
        return
    for name, value in asdict(more).items():
        setattr(row, name, getattr(row, name) + value)
