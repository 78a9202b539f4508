"""The values that travel between rooms, and PatrolError. Standard library and numpy only.

Letters in shapes mean the same everywhere: H, W image rows and columns; N faces; D the length of an embedding;
5 landmarks in the order left eye, right eye, nose, left mouth corner, right mouth corner, as seen in the image.
"""

import inspect
import math
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Uint8 = npt.NDArray[np.uint8]
Language = Literal["en", "zh"]
PHONE = re.compile(r"\+?\d(?:[ -]?\d){2,14}")  # 3 to 15 digits: an extension, or the longest number of E.164


class PatrolError(Exception):
    """Something failed that patrol knows how to explain."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or inspect.getdoc(type(self)))


def require_aware(moment: datetime, name: str) -> None:
    """Refuse a time without a zone: a naive time is a wrong time somewhere else."""
    if moment.utcoffset() is None:
        raise ValueError(f"{name} must carry a time zone, got {moment!r}")


def require_array(array: np.ndarray, name: str, dtype: type, shape: tuple[int | None, ...]) -> None:
    """Refuse an array whose dtype or shape is not the stated one; None in `shape` stands for any length."""
    same_shape = array.ndim == len(shape) and all(
        want in (None, got) for want, got in zip(shape, array.shape, strict=True)
    )
    if array.dtype != dtype or not same_shape:
        raise ValueError(
            f"{name} must be {np.dtype(dtype)} of shape {shape}, got {array.dtype} of shape {array.shape}"
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where on a site: a building, a floor of it, a post on that floor. None is "anywhere there"."""

    building: str | None = None
    floor: str | None = None
    post: str | None = None


@dataclass(frozen=True, slots=True)
class Building:
    """A building of a site."""

    id: str
    name: str
    floors: tuple[str, ...] = ()  #: lowest first


@dataclass(frozen=True, slots=True)
class Walk:
    """How long it takes on foot between two places of a site, either way."""

    here: Place
    there: Place
    minutes: float


@dataclass(frozen=True, slots=True)
class Site:
    """A place with streams: a mall, a station hall. Coordinates are WGS-84 degrees."""

    id: str
    name: str
    latitude: float
    longitude: float
    time_zone: str  #: IANA name, e.g. Asia/Shanghai
    buildings: tuple[Building, ...] = ()
    walks: tuple[Walk, ...] = ()
    duty_phone: str | None = None  #: the duty desk's, where this site has its own


RTSP_PORTS = {"rtsp": 554, "rtsps": 322}  # IANA
DecodeMode = Literal["auto", "key_frames", "reference_frames", "every_frame"]


@dataclass(frozen=True, slots=True)
class Stream:
    """One entry of streams.yaml: one camera's feed."""

    id: str
    site: Site
    name: str
    place: str  #: in words that a guard knows: "3F escalator, towards exit B"
    url: str  #: without user and password
    credentials: str | None = None  #: the name of a secret that holds "user:password"
    transport: Literal["tcp", "udp"] = "tcp"
    is_enabled: bool = True
    latitude: float | None = None  #: the camera's own, where it differs from the site's
    longitude: float | None = None
    looks_per_s: float = 4.0  #: how often faces are looked for while somebody is in view, 2 to 5
    where: Place = Place()  #: the same place as `place`, for programs: its building, floor and post
    sub_url: str | None = None  #: a smaller stream of the same camera, to look for faces in
    decode: DecodeMode = "auto"  #: which frames are decoded while nobody is in view
    is_key: bool = False  #: looked at before others where the machine is too small for all
    max_sessions: int = 2  #: how many connections the camera allows at once; with 1 its sub-stream is left alone

    @property
    def second_url(self) -> str | None:
        """The sub-stream's address, where the camera allows whoever watches it a second connection."""
        return self.sub_url if self.max_sessions > 1 else None

    @property
    def free_sessions(self) -> int:
        """How many connections the camera allows beside those of the worker that watches it; 0 where none."""
        return self.max_sessions - (2 if self.second_url else 1)

    @property
    def position(self) -> tuple[float, float]:
        """(latitude, longitude) in degrees: the camera's own where known, else the site's."""
        if self.latitude is None or self.longitude is None:
            return self.site.latitude, self.site.longitude
        return self.latitude, self.longitude


Part = tuple[float, float, float, float]  #: x, y, x, y, each 0..1 of a picture's width and height


class Picture(Protocol):
    """Decoded pixels, kept as the decoder made them and converted when asked."""

    @property
    def resolution_wh(self) -> tuple[int, int]: ...

    def bgr(self) -> Uint8:
        """uint8 (H, W, 3), BGR, 0..255, read-only; the same array at every call."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class BgrPicture:
    """A picture that already is an array: uint8 (H, W, 3), BGR."""

    pixels_bgr: Uint8

    def __post_init__(self) -> None:
        require_array(self.pixels_bgr, "BgrPicture.pixels_bgr", np.uint8, (None, None, 3))
        self.pixels_bgr.setflags(write=False)

    @property
    def resolution_wh(self) -> tuple[int, int]:
        height, width = self.pixels_bgr.shape[:2]
        return width, height

    def bgr(self) -> Uint8:
        return self.pixels_bgr


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture of one stream."""

    stream_id: str
    number: int  #: counts decoded pictures since the stream was opened
    taken_at: datetime  #: UTC, when its packet arrived
    picture: Picture
    part: Part | None = None  #: where faces are looked for; None is everywhere

    def __post_init__(self) -> None:
        require_aware(self.taken_at, "Frame.taken_at")


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """An embedding with its embedder's name. Templates of two embedders are never compared."""

    embedder: str
    vector: Float32  #: float32 (D,), unit length
    format: str = "arcface"  #: of the embedder's weights: how far apart its cosines lie, where nobody measured it

    def __post_init__(self) -> None:
        require_array(self.vector, "Template.vector", np.float32, (None,))


@dataclass(frozen=True, slots=True)
class Quality:
    """What the quality gate measured on one face, and why it refused it. Names as in ISO/IEC 29794-5."""

    value: float  #: 0..1, the weight of this look among others (unified quality score)
    eye_distance_px: float  #: inter-eye distance
    sharpness: float  #: variance of the second derivative of the aligned chip, in its weaker direction
    yaw: float  #: -1..1, 0 is frontal, from the nose's place between the eyes (head pose: yaw)
    refusals: tuple[str, ...] = ()  #: codes, what is to be mended first comes first: too_small, too_dark, blurred ..
    pitch: float = 0.0  #: -1..1, 0 is frontal, 1 looks down, from the nose's place between eyes and mouth
    roll_deg: float = 0.0  #: degrees, 0 is upright, positive leans to the right of the picture (head pose: roll)
    under_exposure: float = 0.0  #: 0..1, part of the face that is black (under-exposure prevention)
    over_exposure: float = 0.0  #: 0..1, part of the face that is white (over-exposure prevention)
    dynamic_range_bits: float = 8.0  #: entropy of the face's luminance, 0..8 (dynamic range)
    inside: float = 1.0  #: 0..1, part of the box that lies in the picture (crop of the face image)

    @property
    def yaw_deg(self) -> float:
        """About how far the head is turned: a nose stands out by about half of the distance between the eyes."""
        return math.degrees(math.atan(self.yaw))

    @property
    def pitch_deg(self) -> float:
        """About how far the head looks down; up is below 0."""
        return math.degrees(math.atan(self.pitch))

    def measures(self) -> dict[str, float]:
        """Every measure by name, rounded to what it is known to: what portraits and hits keep."""
        return {
            "eye_distance_px": round(self.eye_distance_px, 1),
            "sharpness": round(self.sharpness, 1),
            "yaw_deg": round(self.yaw_deg),
            "pitch_deg": round(self.pitch_deg),
            "roll_deg": round(self.roll_deg),
            "under_exposure": round(self.under_exposure, 3),
            "over_exposure": round(self.over_exposure, 3),
            "dynamic_range_bits": round(self.dynamic_range_bits, 2),
            "inside": round(self.inside, 2),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detection in one frame."""

    box_xyxy: Float32  #: float32 (4,), pixels of the frame
    landmarks_xy: Float32  #: float32 (5, 2), pixels of the frame
    score: float  #: the detector's, 0..1
    quality: Quality
    template: Template | None  #: None where the quality gate refused the face

    def __post_init__(self) -> None:
        require_array(self.box_xyxy, "Face.box_xyxy", np.float32, (4,))
        require_array(self.landmarks_xy, "Face.landmarks_xy", np.float32, (5, 2))


Heading = Literal["left", "right", "towards", "away"]  #: as the camera sees it; "towards" is to the camera


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One person followed in one stream, as known after the newest look; every look in it has a template."""

    passage_id: uuid.UUID  #: made when the track begins; a hit of this track carries it
    stream_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    n_faces: int  #: detections of this person, with and without a template
    looks: tuple[Face, ...]  #: the best few, spread over the track; never empty
    best: Face  #: the best of them for a person's eye
    best_frame: Frame  #: the frame `best` was seen in
    best_frame_boxes_xyxy: Float32  #: float32 (N, 4), every face in `best_frame`, so that others can be blurred
    template: Template  #: quality-weighted mean of the looks, unit length
    is_over: bool  #: the person has left the view
    heading: Heading | None = None  #: None where the person stood, or was seen too briefly

    @property
    def length_s(self) -> float:
        return (self.last_seen_at - self.first_seen_at).total_seconds()


@dataclass(frozen=True, slots=True)
class PassageEnd:
    """How well one camera could see somebody who has left its view. Who it was is not in it."""

    at: datetime  #: when they were seen last
    quality: Quality  #: of the best look, be it refused
    face_width_px: float  #: of the box of that look
    is_usable: bool  #: one look at least was good enough for a template


Grade = Literal["sure", "uncertain"]


@dataclass(frozen=True, slots=True)
class Match:
    """The nearest person of the gallery, at or above the threshold of its grade."""

    person_id: uuid.UUID
    portrait_id: uuid.UUID  #: of the person's enrolled photos the one most like the track, to be shown beside it
    similarity: float  #: cosine of the track's template and the mean of the person's portraits, -1..1
    score: float  #: `similarity` less what strangers reach with the track's template and with that mean
    threshold: float  #: what `score` was held against
    runner_up: float | None  #: the second person's score, None where the gallery holds one person
    runner_up_id: uuid.UUID | None
    embedder: str
    grade: Grade
    is_weak: bool = False  #: the photo of `portrait_id` was let in as weak


ReplyKind = Literal["seen", "on_my_way", "cannot_go", "need_help", "sighted", "not_him", "stopped", "gone", "other"]


@dataclass(frozen=True, slots=True)
class Button:
    """One answer that a member can press."""

    kind: ReplyKind
    label: str


@dataclass(frozen=True, slots=True)
class Message:
    """What one group gets: a text, and the picture as JPEG where there is one."""

    key: str  #: idempotency key: the same key never makes two messages where the platform can tell
    text: str
    hit_number: int | None = None
    picture_jpeg: bytes | None = field(default=None, repr=False)
    is_repeat: bool = False  #: an earlier try may have arrived; the text says so
    buttons: tuple[Button, ...] = ()  #: at most as many as the chat takes; the text says how to answer without
    mentions: tuple[str, ...] = ()  #: the platform's ids of the members to ring
    in_reply_to: str | None = None  #: message_ref of the message in the same chat that this one updates


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's answer to an accepted message."""

    message_ref: str
    accepted_at: datetime
    missed: tuple[str, ...] = ()  #: members the platform says it did not reach


@dataclass(frozen=True, slots=True)
class Media:
    """A photo or a voice note that came with an answer."""

    kind: Literal["photo", "voice"]
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A member's answer in a group's chat."""

    kind: ReplyKind
    member: str  #: the platform's id of who answered
    event_ref: str  #: the platform's id of the answer; the same one counts once
    said_at: datetime
    text: str = ""
    in_reply_to: str | None = None  #: message_ref of the message answered
    hit_number: int | None = None  #: where the member wrote it
    chat_address: str | None = None  #: of the chat it was said in, where one inbox serves many chats
    message_key: str | None = None  #: Message.key of the message answered, where the platform gives that back
    media: tuple[Media, ...] = ()
    position: tuple[float, float] | None = None  #: latitude and longitude in degrees, where the member shared it
