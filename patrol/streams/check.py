"""Tries one stream and measures it: what `patrol streams check` says in words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import av

from patrol.streams.attention import LONG_GOP_S
from patrol.streams.decode import EveryFrame, VideoPacket
from patrol.streams.handshake import Maker, greet, maker_of
from patrol.streams.reading import PICTURE_TIMEOUT_S, read_pictures
from patrol.streams.rtsp import OPEN_TIMEOUT_S, READ_TIMEOUT_S, StreamLost, open_rtsp
from patrol.streams.still import Stillness
from patrol.streams.vitals import Policy
from patrol.values import Stream

CODEC_NAMES = {"h264": "H.264", "hevc": "H.265", "mjpeg": "MJPEG", "mpeg4": "MPEG-4", "av1": "AV1"}


@dataclass(frozen=True, slots=True)
class StreamCheck:
    """What one try at a stream found. What could not be measured is None."""

    stream: Stream
    problem: str | None = None  #: a code of words/streams.json
    detail: str = ""  #: what the decoder or the network said, for whoever mends it
    watched_s: float = 0.0  #: from the first picture on
    first_frame_s: float | None = None  #: from the first knock to the first picture
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    gop_length: int | None = None  #: pictures from one key frame to the next, the longest seen
    gop_s: float | None = None
    bit_rate_kbps: float | None = None
    is_still: bool = False  #: the picture did not change while it was watched
    maker: Maker | None = None  #: who made the camera or recorder; looked for only where its menu is to be named
    is_by_worker: bool = False  #: it was not opened: these are the measures of the worker that watches it now
    sub: "StreamCheck | None" = None  #: the same of its sub-stream, where it has one that is used

    @property
    def is_gop_unknown(self) -> bool:
        """Whether pictures came, but no second key frame."""
        return self.first_frame_s is not None and self.problem is None and self.gop_s is None

    @property
    def has_rare_key_frames(self) -> bool:
        return self.is_gop_unknown or (self.gop_s is not None and self.gop_s > LONG_GOP_S)

    @property
    def needs_menu(self) -> bool:
        """Whether smart codec has to be switched off, in the stream or its sub-stream."""
        return any(done is not None and done.has_rare_key_frames for done in (self, self.sub))

    @property
    def problems(self) -> list[str]:
        """What is wrong with the stream and with its sub-stream, as codes."""
        return [done.problem for done in (self, self.sub) if done is not None and done.problem]

    @property
    def policy(self) -> Policy | None:
        """Which frames a worker will decode while nobody is in view; None where the stream gave no picture."""
        if self.first_frame_s is None:
            return None
        if self.stream.decode != "auto":
            return self.stream.decode
        if self.sub is not None and self.sub.problem is None and not self.sub.has_rare_key_frames:
            return "sub_stream"
        return "reference_frames" if self.has_rare_key_frames else "key_frames"

    def findings(self) -> list[tuple[str, dict[str, object]]]:
        """Codes of words/streams.json with their fields: what was measured, what is wrong, what should be better."""
        said: list[tuple[str, dict[str, object]]] = []
        if self.width:
            said.append(("measured" if self.gop_s else "measured_without_gop", self._measured()))
        if self.is_by_worker:
            said.append(("by_worker", {}))
        if self.problem:
            said.append((self.problem, {}))
        if self.gop_s is not None and self.has_rare_key_frames:
            said.append(("long_gop", {"gop_s": f"{self.gop_s:.1f}", "gop_length": self.gop_length}))
        elif self.has_rare_key_frames:
            said.append(("gop_unknown", {"watched_s": f"{self.watched_s:.0f}"}))
        if self.is_still:
            said.append(("still", {"watched_s": f"{self.watched_s:.0f}"}))
        return said

    def verdict(self) -> list[tuple[str, dict[str, object]]]:
        """What follows from the findings for how the stream is watched, likewise."""
        said: list[tuple[str, dict[str, object]]] = []
        if self.needs_menu:
            said.append((f"smart_codec_{self.maker or 'any'}", {}))
        if self.sub is not None and (self.sub.width or 0) >= (self.width or 0) > 0:
            said.append(("sub_not_smaller", {}))
        if self.stream.sub_url is not None and self.stream.max_sessions < 2:
            said.append(("sub_unused", {}))
        if self.policy is not None:
            said.append((f"policy_{self.policy}", {}))
        return said

    def _measured(self) -> dict[str, object]:
        """The fields of streams.measured, a dash for what is not known."""
        return {
            "codec": CODEC_NAMES.get(self.codec or "", self.codec),
            "width": self.width,
            "height": self.height,
            "fps": _written(self.fps, 1),
            "gop_length": _written(self.gop_length),
            "gop_s": _written(self.gop_s, 1),
            "bit_rate_kbps": _written(self.bit_rate_kbps),
            "first_frame_s": _written(self.first_frame_s, 1),
        }


def _written(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def check_stream(
    stream: Stream,
    credentials: str | None,
    *,
    seconds: float,
    clock: Callable[[], datetime],
    open_s: float = OPEN_TIMEOUT_S,
    read_s: float = READ_TIMEOUT_S,
    picture_s: float = PICTURE_TIMEOUT_S,
) -> StreamCheck:
    """Open a stream, watch it for `seconds` after its first picture, then its sub-stream, one after the other.

    Says what was found and raises no StreamLost. The sub-stream is left alone where a worker would not use it.
    """

    def measured(one: Stream) -> StreamCheck:
        return _measured(one, credentials, seconds, clock, open_s, read_s, picture_s)

    done = measured(stream)
    if stream.second_url and done.problem is None:
        done = replace(done, sub=measured(replace(stream, url=stream.second_url, sub_url=None)))
    return replace(done, maker=_maker(stream)) if done.needs_menu else done


def _maker(stream: Stream) -> Maker | None:
    """By the address, else by what the server says of itself."""
    if (maker := maker_of(stream.url)) is not None:
        return maker
    answer = greet(stream.url)
    return answer.maker if answer is not None else None


def _measured(
    stream: Stream,
    credentials: str | None,
    seconds: float,
    clock: Callable[[], datetime],
    open_s: float,
    read_s: float,
    picture_s: float,
) -> StreamCheck:
    probe = Probe(stream, seconds, clock)
    try:
        with open_rtsp(stream, credentials, open_s=open_s, read_s=read_s) as source:
            probe.codec = source.video.codec_context.name
            pictures = read_pictures(
                source, EveryFrame(), clock=clock, picture_timeout_s=picture_s, note_packet=probe.meter.note
            )
            for arrived_at, picture in pictures:
                if picture and probe.look(picture, arrived_at):
                    break
    except StreamLost as lost:
        return probe.result(lost.code, lost.detail)
    return probe.result()


@dataclass(slots=True)
class GopMeter:
    """Counts pictures, bytes and key frames by the stream's own clock.

    A picture may come in several packets, a key frame even in two that are both flagged key: those with the
    same time are one.
    """

    n_pictures: int = 0
    n_bytes: int = 0
    first_s: float | None = None
    last_s: float | None = None
    gop_length: int | None = None
    gop_s: float | None = None
    _key_s: float | None = None
    _key_number: int = 0
    _has_timeless_key: bool = False

    def note(self, packet: VideoPacket) -> None:
        self.n_bytes += packet.size
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None or not packet.size:
            self._has_timeless_key |= packet.is_keyframe
            return
        at_s = float(at * packet.time_base)
        if at_s != self.last_s:
            self.n_pictures += 1
        self.first_s, self.last_s = at_s if self.first_s is None else self.first_s, at_s
        if self._has_timeless_key and self._key_s is None:
            self._key_s = at_s  # libav gives the first packet no time: it is one picture before this one
        if packet.is_keyframe and at_s != self._key_s:
            self._note_key(at_s)

    def _note_key(self, at_s: float) -> None:
        if self._key_s is not None and at_s - self._key_s > (self.gop_s or 0.0):
            self.gop_s, self.gop_length = at_s - self._key_s, self.n_pictures - self._key_number
        self._key_s, self._key_number = at_s, self.n_pictures

    @property
    def span_s(self) -> float:
        return 0.0 if self.first_s is None or self.last_s is None else self.last_s - self.first_s


class Probe:
    """One check in progress."""

    def __init__(self, stream: Stream, seconds: float, clock: Callable[[], datetime]) -> None:
        self.codec: str | None = None
        self.meter = GopMeter()
        self._stream, self._seconds, self._began_at = stream, seconds, clock()
        self._stillness = Stillness(frozen_after_s=seconds / 2)
        self._first_at: datetime | None = None
        self._last_at: datetime | None = None
        self._resolution_wh: tuple[int | None, int | None] = (None, None)

    def look(self, picture: av.VideoFrame, arrived_at: datetime) -> bool:
        """Note a picture; whether enough was seen."""
        self._first_at = self._first_at or arrived_at
        self._last_at = arrived_at
        self._resolution_wh = picture.width, picture.height
        self._stillness.look(picture, arrived_at)
        return self._watched_s >= self._seconds

    @property
    def _watched_s(self) -> float:
        return (self._last_at - self._first_at).total_seconds() if self._first_at and self._last_at else 0.0

    def result(self, problem: str | None = None, detail: str = "") -> StreamCheck:
        meter, (width, height) = self.meter, self._resolution_wh
        return StreamCheck(
            self._stream,
            problem,
            detail,
            watched_s=self._watched_s,
            first_frame_s=(self._first_at - self._began_at).total_seconds() if self._first_at else None,
            codec=self.codec,
            width=width,
            height=height,
            fps=(meter.n_pictures - 1) / meter.span_s if meter.span_s else None,
            gop_length=meter.gop_length,
            gop_s=meter.gop_s,
            bit_rate_kbps=meter.n_bytes * 8 / 1000 / meter.span_s if meter.span_s else None,
            is_still=self._last_at is not None and self._stillness.is_frozen(self._last_at),
        )
