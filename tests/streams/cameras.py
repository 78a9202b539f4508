"""Streams and scenes the tests of streams/ share."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction

import av
import numpy as np

from patrol.values import Site, Stream

SITE = Site("mall", "Mall", 31.23, 121.47, "Asia/Shanghai")


def stream_at(url: str, **fields: object) -> Stream:
    return Stream(**{"id": "gate", "site": SITE, "name": "Gate", "place": "north gate", "url": url, **fields})  # type: ignore[arg-type]


def clock() -> datetime:
    return datetime.now(UTC)


def encoded(pictures: Iterator[np.ndarray], *, bit_rate: int, gop: int = 50) -> io.BytesIO:
    """MP4 of uint8 (H, W) brightness pictures, 25 a second, coded at a constant rate as a camera does."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.pix_fmt, stream.bit_rate, stream.codec_context.gop_size = "gray", bit_rate, gop
        rate = str(bit_rate)
        stream.options = {"preset": "veryfast", "tune": "zerolatency", "maxrate": rate, "bufsize": rate}
        for number, pixels in enumerate(pictures):
            if number == 0:
                stream.height, stream.width = pixels.shape
            frame = av.VideoFrame.from_ndarray(pixels, format="gray")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    return file
