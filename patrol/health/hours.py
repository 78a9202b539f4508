"""What the passages of one stream looked like, hour by hour: counts in bins, and no face, template or moment.

An hour is the finest time that is kept: a bin with one passage in it names nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from patrol.store.tables import StreamHour
from patrol.values import PassageEnd, Stream

#: Lower edges of the bins of each measure, in its own unit; what lies below the first counts into it. Finer where a
#: bar of faces/quality.py lies, so that the share on either side of it can be told.
BINS: Mapping[str, tuple[float, ...]] = {
    "eye_distance_px": (0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 32, 40, 52, 68, 90),
    "face_width_px": (0, 6, 9, 12, 15, 18, 21, 24, 28, 32, 40, 50, 60, 80, 100, 130, 170, 220),
    "sharpness": (0, 0.5, 1, 1.5, 2, 3, 5, 8, 12, 20, 35, 60, 100, 200),
    "yaw_deg": (0, 5, 10, 15, 20, 25, 30, 35, 40, 45),  # either way
    "pitch_deg": (-45, -35, -31, -25, -20, -15, -10, -5, 0, 5, 10, 15, 20, 25, 31, 35, 40, 45),
    "under_exposure": (0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8),
    "over_exposure": (0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8),
    "dynamic_range_bits": (0, 2, 3, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5),
}
LACKS = "lacks"  #: under this name: what the best look of the passages without a usable one was refused for
#: What a lack is of: of the passages that lack it this measure is counted by itself, under "LACK MEASURE".
MEASURE_OF = {"too_small": "eye_distance_px", "blurred": "sharpness", "turned_away": "yaw_deg"}

Counts = dict[str, dict[str, int]]  #: {measure: {lower edge of the bin: passages}}


def count(session: Session, stream: Stream, ended: Sequence[PassageEnd], watched_s: float, now: datetime) -> None:
    """Add passages to the hours they ended in, and to this hour how long the stream was watched.

    One stream has one worker: nobody else adds to its hours meanwhile.
    """
    by_hour: dict[datetime, list[PassageEnd]] = {hour_of(now): []} if watched_s else {}
    for passage in ended:
        by_hour.setdefault(hour_of(passage.at), []).append(passage)
    for hour, passages in by_hour.items():
        row = _row(session, stream, hour)
        row.n_passages += len(passages)
        row.n_usable += sum(passage.is_usable for passage in passages)
        row.watched_s += watched_s if hour == hour_of(now) else 0.0
        if passages:
            row.counts = merged([row.counts, binned(passages)])


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def binned(passages: Sequence[PassageEnd]) -> Counts:
    """The passages counted into the bins of every measure."""
    counts: Counts = {}
    for passage in passages:
        edges = {name: f"{edge_of(name, value):g}" for name, value in _measures(passage).items()}
        for name, edge in edges.items():
            _add(counts, name, edge)
        for lack in () if passage.is_usable else passage.quality.refusals:
            _add(counts, LACKS, lack)
            if lack in MEASURE_OF:
                _add(counts, f"{lack} {MEASURE_OF[lack]}", edges[MEASURE_OF[lack]])
    return counts


def merged(many: Sequence[Mapping[str, Mapping[str, int]]]) -> Counts:
    """The sum of counts; none of them is changed."""
    total: Counts = {}
    for counts in many:
        for name, bins in counts.items():
            for edge, n in bins.items():
                _add(total, name, edge, n)
    return total


def median(counts: Mapping[str, Mapping[str, int]], name: str, lack: str = "") -> float | None:
    """The median of a measure, as exactly as its bins are: halfway along the bin where that lies; None of nothing.

    lack: of the passages alone that lack it.
    """
    bins = sorted((float(edge), n) for edge, n in counts.get(f"{lack} {name}".strip(), {}).items())
    half, before = sum(n for _, n in bins) / 2, 0.0
    for edge, n in bins:
        if n and before + n >= half:
            return edge + (_next_edge(name, edge) - edge) * (half - before) / n
        before += n
    return None


def edge_of(name: str, value: float) -> float:
    """The lower edge of the bin that a value falls into."""
    edges = BINS[name]
    return max((edge for edge in edges if edge <= value), default=edges[0])


def forget(session: Session, before: datetime) -> None:
    """Delete the hours that began before then."""
    session.execute(delete(StreamHour).where(StreamHour.hour < before))


def _measures(passage: PassageEnd) -> dict[str, float]:
    measures = {**passage.quality.measures(), "face_width_px": passage.face_width_px}
    measures["yaw_deg"] = abs(measures["yaw_deg"])
    return {name: measures[name] for name in BINS}


def _next_edge(name: str, edge: float) -> float:
    """Where a bin ends; the last one counts as wide as the one before it."""
    edges = BINS[name]
    later = [other for other in edges if other > edge]
    return later[0] if later else edge + (edges[-1] - edges[-2])


def _row(session: Session, stream: Stream, hour: datetime) -> StreamHour:
    row = session.get(StreamHour, (stream.id, hour))
    if row is None:
        row = StreamHour(
            stream_id=stream.id,
            hour=hour,
            site_id=stream.site.id,
            n_passages=0,
            n_usable=0,
            watched_s=0.0,
            counts={},
        )
        session.add(row)
    return row


def _add(counts: Counts, name: str, edge: str, n: int = 1) -> None:
    bins = counts.setdefault(name, {})
    bins[edge] = bins.get(edge, 0) + n
