"""Encodes pictures as H.264 in an MP4, which every browser plays."""

import io
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction

import av
import av.error

from patrol.streams.decode import VideoPacket
from patrol.values import PatrolError

MOST_WIDTH_PX = 1280  # half of the work of 1920, and faces of 50 px are still to be recognised
INDEX_BYTES = 4_096  # the index without its rows; libav's own for one track is about 700
INDEX_ROW_BYTES = 48  # a row in every table there is: time, offset, size, chunk, key frame
KEY_EVERY = 50  # pictures: seeking decodes at most so many
OPTIONS = {"preset": "superfast", "crf": "23", "bf": "0"}  # 23: libx264's own idea of good enough


class ClipUnreadable(PatrolError):
    """The clip cannot be decoded: its file is damaged."""


def to_h264(mp4: bytes) -> bytes:
    """The same clip in H.264, at most MOST_WIDTH_PX wide; ClipUnreadable where nothing of it can be decoded."""
    try:
        with av.open(io.BytesIO(mp4), "r") as container:
            if not container.streams.video:
                raise ClipUnreadable
            video = container.streams.video[0]
            packets = container.demux(video)
            video.codec_context.thread_count = 1  # it is nobody's hurry but the reader's
            return encode_pictures(decoded(packets), video.time_base or Fraction(1, 1000), video.frames)
    except av.error.FFmpegError as error:
        raise ClipUnreadable(f"the clip cannot be decoded: {error.strerror}") from None


def encode_pictures(pictures: Iterable[av.VideoFrame], time_base: Fraction, n_most: int) -> bytes:
    """An MP4 of `n_most` pictures at most, with its index in front; ClipUnreadable without a picture."""
    file = io.BytesIO()
    n_pictures = 0
    with av.open(file, "w", format="mp4", options=room_for(n_most)) as container:
        stream = container.add_stream("libx264", rate=25, options=OPTIONS)
        stream.codec_context.time_base = time_base
        stream.thread_count, stream.gop_size, stream.pix_fmt = 1, KEY_EVERY, "yuv420p"
        for picture in pictures:
            if not n_pictures:
                stream.width, stream.height = fitting(picture.width, picture.height)
            n_pictures += 1
            fitted = picture.reformat(stream.width, stream.height, "yuv420p")
            fitted.pts, fitted.time_base = picture.pts, time_base
            fitted.pict_type = 0
            container.mux(stream.encode(fitted))
        if not n_pictures:
            raise ClipUnreadable
        container.mux(stream.encode(None))
    return file.getvalue()


def room_for(n_pictures: int) -> dict[str, str]:
    """libav's option that keeps room for the index in front, so that a browser plays before it has all."""
    return {"moov_size": str(INDEX_BYTES + INDEX_ROW_BYTES * n_pictures)}


def fitting(width: int, height: int) -> tuple[int, int]:
    """The size to encode a picture at: no wider than MOST_WIDTH_PX, and even, for its colours have half of it."""
    scale = min(1.0, MOST_WIDTH_PX / width)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def decoded(packets: Iterable[VideoPacket]) -> Iterator[av.VideoFrame]:
    """The pictures of these packets, without those that cannot be decoded."""
    for packet in packets:
        with suppress(av.error.FFmpegError):
            yield from packet.decode()
