"""One picture of a stream, for whoever draws a mask on it. It is handed on and kept nowhere."""

from collections.abc import Callable
from datetime import datetime

import numpy as np

from patrol.streams.decode import EveryFrame
from patrol.streams.reading import read_pictures
from patrol.streams.rtsp import OPEN_TIMEOUT_S, READ_TIMEOUT_S, StreamLost, open_rtsp
from patrol.values import Stream, Uint8


def take_snapshot(
    stream: Stream,
    credentials: str | None,
    *,
    clock: Callable[[], datetime],
    open_s: float = OPEN_TIMEOUT_S,
    read_s: float = READ_TIMEOUT_S,
) -> Uint8:
    """Open a stream for its first whole picture: uint8 (H, W, 3), BGR; StreamLost where none comes.

    It is a session of its own beside the worker's: a camera that allows one only refuses it.
    """
    with open_rtsp(stream, credentials, open_s=open_s, read_s=read_s) as source:
        for _, picture in read_pictures(source, EveryFrame(), clock=clock):
            if picture is not None:
                return np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
    raise StreamLost("no_picture")
