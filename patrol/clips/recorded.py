"""Clips of the hits of a recording, cut out of its file when it has been looked through."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import av
import av.error
import structlog

from patrol.clips.keeping import find_in_need, keep
from patrol.clips.spans import Lengths, Span, span_of
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.streams.decode import VideoPacket
from patrol.streams.remux import ClipImpossible, remux
from patrol.streams.ring import Codec, Gop, Ring

HOLD = 2  # times the bytes of a clip: where it is cut, it is cut around its moment

log = structlog.get_logger()


def clip_recording(
    path: Path,
    began_at: datetime,
    hit_ids: Iterable[UUID],
    database: Database,
    blobs: Blobs,
    lengths: Lengths,
    *,
    actor: str,
    clock: Callable[[], datetime],
) -> int:
    """Write the clips of these hits of a recording that began at `began_at`; return how many.

    What cannot be cut out of the file is logged, and its hit has no clip.
    """
    n_kept = 0
    for hit_id in hit_ids if lengths.is_on else ():
        hit = find_in_need(database, hit_id)
        if hit is None:
            continue
        span = span_of(hit.first_seen_at, hit.seen_at, hit.last_seen_at, lengths)
        try:
            clip = remux(_gops_of(path, began_at, span, lengths), span.moment, span.end, lengths.most_bytes)
            n_kept += keep(database, blobs, hit_id, clip, actor=actor, now=clock())
        except (ClipImpossible, av.error.FFmpegError, OSError) as error:
            log.info("no clip", hit=str(hit_id), why=str(error))
    return n_kept


def _gops_of(path: Path, began_at: datetime, span: Span, lengths: Lengths) -> Sequence[Gop]:
    """The file's groups of pictures of these seconds, each packet at the time when its picture was taken."""
    ring = Ring(most_s=float("inf"), most_bytes=HOLD * lengths.most_bytes)
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        ring.begin(Codec.of(video))
        for at_s, packet in _packets(container, video, (span.start - began_at).total_seconds()):
            taken_at = began_at + timedelta(seconds=at_s)
            if taken_at > span.end:
                break
            ring.append(packet, taken_at)
    return ring.between(span.start, span.end)


def _packets(
    container: av.container.InputContainer, video: av.VideoStream, from_s: float
) -> Iterator[tuple[float, VideoPacket]]:
    """Packets with their seconds from the first picture, from a key frame before `from_s` on."""
    first_s = float((video.start_time or 0) * (video.time_base or 0))
    container.seek(int((first_s + max(0.0, from_s)) * av.time_base), backward=True)
    at_s = 0.0
    for packet in container.demux(video):
        if packet.size:
            at_s = float(packet.pts * packet.time_base) - first_s if packet.pts is not None else at_s
            yield at_s, packet
