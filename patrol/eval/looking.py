"""Turns one photo into templates: by itself by the steps of enrolment, as one look of several by those of video.

The seam between figures and faces: whatever changes in how patrol makes templates shows in every figure from here on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

import numpy as np

from patrol.eval.spoil import spoil
from patrol.faces.quality import Bar
from patrol.values import BgrPicture, Face, Frame, Uint8

#: No gate: a figure for all the looks there are says more than one for those that were let through.
EVERYBODY = Bar(min_eye_distance_px=0.0, min_sharpness=0.0, max_yaw=1.0, min_inside=0.0)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # photos were taken at no time that matters here


class Eyes(Protocol):
    """What of patrol.faces.finder.Finder is needed, opened with the bar EVERYBODY."""

    @property
    def embedder(self) -> str: ...

    def examine(self, pixels_bgr: Uint8) -> list[Face]: ...

    def find(self, frames: Sequence[Frame]) -> list[list[Face]]: ...


@dataclass(frozen=True, slots=True)
class Variant:
    """In which way a photo is used."""

    use: Literal["portrait", "still", "probe"]  #: a still is one look on its own, a probe one of several
    width_px: int = 0  #: how wide the face of a spoilt probe is; 0 leaves the photo as it is
    look: int = 0  #: which of several times the same photo is spoilt
    seed: int = 0  #: of the spoiling

    def __str__(self) -> str:
        spoilt = f" {self.width_px} px, look {self.look}, seed {self.seed}" if self.width_px else ""
        return self.use + spoilt


PORTRAIT = Variant("portrait")


def probe_variants(width_px: int, n_looks: int, seed: int) -> tuple[Variant, ...]:
    """The looks that make one probe: one at a photo as it is, one or several at a spoilt one."""
    if not width_px:
        return (Variant("still"),)
    if n_looks == 1:
        return (Variant("still", width_px, 0, seed),)
    return tuple(Variant("probe", width_px, look, seed) for look in range(n_looks))


def faces_of(
    eyes: Eyes, pixels_bgr: Uint8, missing: Sequence[Variant], known: Mapping[Variant, Face | None], picture: str
) -> dict[Variant, Face | None]:
    """The face that a photo is of, for each missing variant; None where none is found.

    pixels_bgr: uint8 (H, W, 3), BGR. known: what was seen in it before; a spoilt probe needs the portrait's box.
    picture: the photo's hash, which makes the spoiling the same in every run.
    """
    faces: dict[Variant, Face | None] = {}
    if PORTRAIT in missing:
        faces[PORTRAIT] = middle_face(eyes.examine(pixels_bgr), pixels_bgr)
    portrait = {**known, **faces}.get(PORTRAIT)
    for still in (variant for variant in missing if variant.use == "still"):
        faces[still] = _still(eyes, pixels_bgr, still, portrait, picture)
    probes = [variant for variant in missing if variant.use == "probe"]
    looks = [_look(pixels_bgr, variant, portrait, picture) for variant in probes]
    seen = [look for look in looks if look is not None]
    found = iter(eyes.find([_frame(look) for look in seen]) if seen else [])
    for variant, look in zip(probes, looks, strict=True):
        faces[variant] = None if look is None else middle_face(next(found), look)
    return faces


def _still(eyes: Eyes, pixels_bgr: Uint8, variant: Variant, portrait: Face | None, picture: str) -> Face | None:
    """One look on its own is examined as a portrait is; whole, it is the portrait."""
    if not variant.width_px:
        return portrait
    look = _look(pixels_bgr, variant, portrait, picture)
    return None if look is None else middle_face(eyes.examine(look), look)


def _look(pixels_bgr: Uint8, variant: Variant, portrait: Face | None, picture: str) -> Uint8 | None:
    """The photo as a probe; None where no box says how to spoil it: what is not found whole is not found small."""
    if not variant.width_px:
        return pixels_bgr
    return None if portrait is None else spoiled(pixels_bgr, portrait, variant, picture)


def spoiled(pixels_bgr: Uint8, face: Face, variant: Variant, picture: str) -> Uint8:
    """The photo as this look sees it, uint8 (h, w, 3), BGR; the same at every call."""
    random = np.random.default_rng([int(picture[:15], 16), variant.width_px, variant.look, variant.seed])
    return spoil(pixels_bgr, face.box_xyxy, variant.width_px, random)


def middle_face(faces: Sequence[Face], pixels_bgr: Uint8) -> Face | None:
    """The face nearest to the middle: whom a photo of several is of (the convention of LFW)."""
    height, width = pixels_bgr.shape[:2]

    def away(face: Face) -> float:
        return float(np.hypot(*(face.box_xyxy.reshape(2, 2).mean(axis=0) - (width / 2, height / 2))))

    return min(faces, key=away, default=None)


def _frame(pixels_bgr: Uint8) -> Frame:
    return Frame("eval", 0, _NEVER, BgrPicture(pixels_bgr))
