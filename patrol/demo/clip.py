"""Keep a filmed scene as a camera would send it: H.264 in MP4, with the truth beside it, made once and cached."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import PictureType

from patrol.demo import figures, film, heads, scene, view
from patrol.demo.heads import HeadPhoto
from patrol.demo.scene import Scene, Sighting
from patrol.values import Uint8

GOP_S = 2
# One pass, no B-frames, no extra key frames at cuts: what a camera's own encoder does. superfast keeps CABAC and
# the deblocking filter, which ultrafast drops. One thread: with two, x264's rate control gives other bytes each time.
ENCODER = {"preset": "superfast", "sc_threshold": "0", "bf": "0", "threads": "1", "forced-idr": "1"}
BT601, LIMITED_RANGE = 6, 1  # what cvtColor makes, said to the decoder
THUMB_WH = (96, 54)  # enough to tell one frame of a scene from those a few steps away


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a camera is set."""

    bit_rate: int = 3_000_000  #: a 1080p camera's usual main stream is 2 to 4 Mbit/s; its peaks are a third higher
    first_gop_frames: int | None = None  #: the first group may be shorter, so that cameras do not keep step

    def options(self) -> dict[str, str]:
        most = str(self.bit_rate * 4 // 3)
        return {**ENCODER, "maxrate": most, "bufsize": most}


CAMERA = Encoding()


@dataclass(frozen=True, slots=True)
class Clip:
    """A scene on disk."""

    video: Path
    truth_file: Path
    thumbs_file: Path  #: every frame very small, to find a picture's place in the scene

    def frame_of(self, picture_bgr: Uint8) -> int:
        """The number of the frame that a picture of this scene shows. picture_bgr: uint8 (H, W, 3), BGR."""
        thumbs = np.load(self.thumbs_file).astype(np.int16)
        return int(np.abs(thumbs - _thumb(picture_bgr)).mean(axis=(1, 2)).argmin())


def make_clip(wanted: Scene, photos: Sequence[HeadPhoto], folder: Path, encoding: Encoding = CAMERA) -> Clip:
    """Film and encode a scene into `folder`, or find it there from an earlier run."""
    name = f"scene-{_key(wanted, photos, encoding)}"
    clip = Clip(*(folder / f"{name}{suffix}" for suffix in (".mp4", ".json", ".npy")))
    if not clip.video.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{name}.{os.getpid()}.mp4"
        faces, thumbs = _encode(wanted, photos, encoding, part)
        clip.truth_file.write_bytes(film.truth_of(wanted, faces).to_json())
        np.save(clip.thumbs_file, thumbs)
        part.replace(clip.video)  # last: where the video is, the rest is there too
    return clip


def _encode(
    wanted: Scene, photos: Sequence[HeadPhoto], encoding: Encoding, path: Path
) -> tuple[list[tuple[tuple[int, Sighting], ...]], Uint8]:
    """Returns the faces of each frame, and uint8 (frames, h, w): each frame very small and grey."""
    faces, thumbs = [], []
    with av.open(str(path), "w") as container:
        stream = _video_stream(container, wanted, encoding)
        for shot in film.film(wanted, photos):
            planes = cv2.cvtColor(shot.pixels_bgr, cv2.COLOR_BGR2YUV_I420)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = shot.number
            if shot.number == encoding.first_gop_frames:
                frame.pict_type = PictureType.I
            container.mux(stream.encode(frame))
            faces.append(shot.faces)
            thumbs.append(_thumb(shot.pixels_bgr).astype(np.uint8))
        container.mux(stream.encode(None))
    return faces, np.stack(thumbs)


def _thumb(pixels_bgr: Uint8) -> npt.NDArray[np.int16]:
    """int16 (h, w), 0..255: the picture very small and grey."""
    small = cv2.resize(pixels_bgr, THUMB_WH, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.int16)


def _video_stream(container: av.container.OutputContainer, wanted: Scene, encoding: Encoding) -> av.VideoStream:
    stream = container.add_stream("libx264", rate=wanted.fps, options=encoding.options())
    stream.width, stream.height = wanted.view.resolution_wh
    stream.pix_fmt = "yuv420p"
    stream.bit_rate = encoding.bit_rate
    stream.codec_context.gop_size = GOP_S * wanted.fps
    stream.codec_context.time_base = Fraction(1, wanted.fps)
    stream.codec_context.colorspace = BT601
    stream.codec_context.color_range = LIMITED_RANGE
    return stream


def _key(wanted: Scene, photos: Sequence[HeadPhoto], encoding: Encoding) -> str:
    """Name the clip by everything it is made from: the scene, the photos, and the code that films it."""
    digest = hashlib.sha256(repr((wanted, encoding, GOP_S, ENCODER, THUMB_WH)).encode())
    for module in (figures, film, heads, scene, view):
        digest.update(Path(str(module.__file__)).read_bytes())
    for photo in sorted(photos, key=lambda each: each.person):
        digest.update(photo.person.encode() + photo.landmarks_xy.tobytes() + photo.pixels_bgr.tobytes())
    return digest.hexdigest()[:16]
