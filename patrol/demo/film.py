"""Film a scene: its frames one after the other, and the truth about each face in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from patrol.demo.figures import EYES_M, N_PHASES, PX_PER_M, STATURE_M, WARDROBE, bob_m, draw_walk
from patrol.demo.heads import Head, HeadPhoto, cut_head
from patrol.demo.scene import Box, Passage, Scene, Sighting, Truth, Walk
from patrol.demo.view import View, draw_hall
from patrol.values import PatrolError, Uint8

STRIDES_PER_S = 0.9
SHUTTER_S = 0.01  # 1/100 s, what an indoor camera uses under 50 Hz light
NOISE_MARGIN_PX = 64  # one field of noise, shifted at random for each frame
SHADOW_WH = (256, 64)


class FaceUnknown(PatrolError):
    """A scene names a person nobody gave a photo of."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One frame of a scene."""

    number: int
    pixels_bgr: Uint8  #: uint8 (H, W, 3), BGR
    faces: tuple[tuple[int, Sighting], ...]  #: which walk of the scene, and where its face is


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """One walk with its pictures: sprites are uint8 (h, w, 4), premultiplied BGRA."""

    walk: Walk
    head: Head
    head_sprites: tuple[Uint8, ...]  #: each half the size of the one before
    body_sprites: tuple[Uint8, ...]  #: one a phase of the stride


@dataclass(slots=True)
class _Face:
    """A face in the frame being painted; others may still walk before it."""

    walk: int
    box_xyxy: Box
    covered: float = 0.0


def film(scene: Scene, photos: Sequence[HeadPhoto]) -> Iterator[Shot]:
    """Paint every frame of the scene, far people first."""
    empty = draw_hall(scene.hall, scene.view)
    grain = _Grain(scene)
    cast = _cast(scene, photos)
    for number in range(scene.n_frames):
        at_s = number / scene.fps
        canvas = empty.copy()
        faces: list[_Face] = []
        there = [each for each in enumerate(cast) if each[1].walk.starts_s <= at_s < each[1].walk.ends_s]
        for index, actor in sorted(there, key=lambda each: -each[1].walk.place(at_s)[1]):
            _paint_actor(canvas, faces, actor, index, at_s, scene.view)
        yield Shot(number, grain.over(canvas), _sightings(faces, number, scene.view))


def truth_of(scene: Scene, shots: Sequence[tuple[tuple[int, Sighting], ...]]) -> Truth:
    """Gather the faces of all frames into passages, by the walks that made them."""
    by_walk: dict[int, list[Sighting]] = {}
    for faces in shots:
        for walk, sighting in faces:
            by_walk.setdefault(walk, []).append(sighting)
    passages = tuple(
        Passage(scene.walks[walk].person, scene.walks[walk].heading, tuple(seen)) for walk, seen in by_walk.items()
    )
    return Truth(scene.fps, scene.n_frames, scene.view.resolution_wh, scene.seed, passages)


def _cast(scene: Scene, photos: Sequence[HeadPhoto]) -> list[Actor]:
    known = {photo.person: photo for photo in photos}
    wanted = {walk.person for walk in scene.walks}
    if strangers := sorted(wanted - known.keys()):
        raise FaceUnknown(f"the scene wants {', '.join(strangers)}, but no photo of them was given")
    heads = {person: cut_head(known[person]) for person in sorted(wanted)}
    return [_actor(walk, heads[walk.person], scene.seed) for walk in scene.walks]


def _actor(walk: Walk, head: Head, seed: int) -> Actor:
    share = (head.coverage / np.float32(255))[..., None]
    sprite = np.dstack([(head.pixels_bgr * share).astype(np.uint8), head.coverage])
    sizes = [sprite]
    while min(sizes[-1].shape[:2]) > 24:
        sizes.append(np.asarray(cv2.pyrDown(sizes[-1]), np.uint8))
    bodies = draw_walk(WARDROBE[walk.clothes], head.skin_bgr, walk.heading, seed + walk.clothes)
    return Actor(walk, head, tuple(sizes), tuple(bodies))


def _paint_actor(canvas: Uint8, faces: list[_Face], actor: Actor, index: int, at_s: float, view: View) -> None:
    walk = actor.walk
    x, z = walk.place(at_s)
    per_m = view.focal_px / z
    turn = 2 * np.pi * STRIDES_PER_S * (at_s - walk.starts_s) + index
    tall = walk.stature_m / STATURE_M
    blur = _smear(walk, at_s, view)
    foot = view.to_screen((x, 0.0, z))
    _stamp(canvas, faces, _shadow(), _placed(per_m * 1.0 / SHADOW_WH[0], (128, 32), foot), (1, 1), is_solid=False)
    body = actor.body_sprites[int(turn / (2 * np.pi) * N_PHASES) % N_PHASES]
    place = _placed(per_m * tall / PX_PER_M, (body.shape[1] / 2, body.shape[0] - 1), foot)
    _stamp(canvas, faces, body, place, blur)
    eyes = view.to_screen((x, tall * (EYES_M + bob_m(turn)), z))
    place = _placed(per_m / actor.head.px_per_m, actor.head.eyes_xy, eyes, roll_rad=0.02 * float(np.sin(turn)))
    _stamp(canvas, faces, *_fitting(actor.head_sprites, place), blur)
    faces.append(_Face(index, _moved(actor.head.face_xyxy, place)))


def _smear(walk: Walk, at_s: float, view: View) -> tuple[int, int]:
    """Pixels (x, y) that the person moves while the shutter is open, at least 1."""
    begin, end = ((p[0], EYES_M, p[1]) for p in (walk.place(at_s), walk.place(at_s + SHUTTER_S)))
    (left, top), (right, bottom) = view.to_screen(begin), view.to_screen(end)
    return max(1, round(abs(right - left))), max(1, round(abs(bottom - top)))


def _placed(
    zoom: float, anchor_xy: tuple[float, float], at_xy: tuple[float, float], roll_rad: float = 0.0
) -> np.ndarray:
    """float64 (2, 3): scale and roll a sprite so that its anchor comes to lie at a point of the frame."""
    cos, sin = zoom * np.cos(roll_rad), zoom * np.sin(roll_rad)
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn, np.array(at_xy) - turn @ np.array(anchor_xy)])


def _fitting(sprites: Sequence[Uint8], place: np.ndarray) -> tuple[Uint8, np.ndarray]:
    """Take the size of sprite that is shrunk to no less than half, and the placing that belongs to it."""
    zoom = float(np.hypot(place[0, 0], place[1, 0]))
    level = int(np.clip(np.floor(-np.log2(zoom)), 0, len(sprites) - 1))
    scaled = place.copy()
    scaled[:, :2] *= 2**level
    return sprites[level], scaled


def _stamp(
    canvas: Uint8,
    faces: Sequence[_Face],
    sprite: Uint8,
    place: np.ndarray,
    blur: tuple[int, int],
    is_solid: bool = True,
) -> None:
    """Lay a sprite over the canvas where it reaches into it, and note the faces it hides."""
    height, width = sprite.shape[:2]
    left, top, right, bottom = _moved((0, 0, width, height), place)
    x0, y0 = max(0, int(left) - blur[0]), max(0, int(top) - blur[1])
    x1 = min(canvas.shape[1], int(right) + blur[0] + 2)
    y1 = min(canvas.shape[0], int(bottom) + blur[1] + 2)
    if x1 <= x0 or y1 <= y0:
        return
    inside = place - np.array([[0, 0, x0], [0, 0, y0]])
    painted = cv2.warpAffine(sprite, inside, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
    if max(blur) > 1:
        painted = cv2.blur(painted, blur)
    region = canvas[y0:y1, x0:x1]
    clear = cv2.merge([255 - painted[..., 3]] * 3)
    cv2.add(cv2.multiply(region, clear, scale=1 / 255), painted[..., :3], dst=region)
    if is_solid:
        _hide(faces, painted[..., 3], x0, y0)


def _moved(box: Box, place: np.ndarray) -> Box:
    """The box around a box after placing."""
    x0, y0, x1, y1 = box
    corners = place[:, :2] @ np.array([[x0, x1, x1, x0], [y0, y0, y1, y1]]) + place[:, 2:]
    (left, top), (right, bottom) = corners.min(axis=1), corners.max(axis=1)
    return float(left), float(top), float(right), float(bottom)


def _hide(faces: Sequence[_Face], coverage: Uint8, x0: int, y0: int) -> None:
    for face in faces:
        left, top, right, bottom = (round(value) for value in face.box_xyxy)
        over = coverage[max(0, top - y0) : max(0, bottom - y0), max(0, left - x0) : max(0, right - x0)]
        area = max(1, (right - left) * (bottom - top))
        face.covered = max(face.covered, float(over.sum(dtype=np.int64)) / 255 / area)


def _sightings(faces: Sequence[_Face], number: int, view: View) -> tuple[tuple[int, Sighting], ...]:
    width, height = view.resolution_wh
    return tuple(
        (face.walk, Sighting(number, _rounded(face.box_xyxy), round(face.covered, 2)))
        for face in faces
        if face.box_xyxy[0] >= 0
        and face.box_xyxy[1] >= 0
        and face.box_xyxy[2] <= width
        and face.box_xyxy[3] <= height
    )


def _rounded(box: Box) -> Box:
    return round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1)


def _shadow() -> Uint8:
    """A soft dark oval for the floor: uint8 (h, w, 4), premultiplied BGRA."""
    width, height = SHADOW_WH
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    depth = np.clip(1 - (x**2 + y**2), 0, 1)
    sprite = np.zeros((height, width, 4), np.uint8)
    sprite[..., 3] = (140 * depth).astype(np.uint8)
    return sprite


class _Grain:
    """The sensor's noise: brightness only, another shift of one field in each frame."""

    def __init__(self, scene: Scene) -> None:
        width, height = scene.view.resolution_wh
        self.rng = np.random.default_rng(scene.seed)
        shape = (height + NOISE_MARGIN_PX, width + NOISE_MARGIN_PX)
        field = 128 + scene.noise_sigma * self.rng.standard_normal(shape, np.float32)
        self.field = cv2.merge([np.clip(field, 0, 255).astype(np.uint8)] * 3)
        self.shape_hw = (height, width)

    def over(self, canvas: Uint8) -> Uint8:
        y, x = (int(value) for value in self.rng.integers(0, NOISE_MARGIN_PX, 2))
        height, width = self.shape_hw
        return np.asarray(cv2.addWeighted(canvas, 1, self.field[y : y + height, x : x + width], 1, -128), np.uint8)
