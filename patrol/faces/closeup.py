"""Looks again, enlarged, at what may be small faces: side by side in one mosaic, which costs one small inference.

Where a reduced picture was searched, the landmarks of a small face are a pixel or two off, and that is what spoils
its embedding. Faces of lfw10 put to a width into 1080p frames with noise and JPEG, told apart at the similarity that
1 in 1,000 pairs of strangers reaches (SFace; `python -m tests.faces.measurements size`): 20 px wide 24 % without and
73 % with the second look, 24 px 49 and 90 %, 28 px 75 and 96 %, 40 px 97 and 99 %.

The second look also tells faces from what resembles them: in five frames of street.mp4 every face below 64 px scored
0.7 or more in it, however low at first, but for one profile; hair, backs of heads and a painted lion 0.64 at most.
So the first look may doubt. In 1080p pictures with 360 faces of LFW scattered over halls and textures, and 30 more
textures (`patrol eval scatter`, `patrol eval detect`), candidates from 0.3 on find 33 % of the faces 16 to 20 px,
49 % of 20 to 28 px and 95 % of 28 to 40 px; from 0.1 on 50, 85 and 98 %, and no false face either way.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from patrol.faces.detections import MIN_SCORE, Detections
from patrol.values import Float32, Uint8

SMALL_PX = 64.0  # wider faces are as well placed as they get
CANDIDATE_SCORE = 0.1  # of the first look, where a face 20 px wide in 1080p often scores no more than that
LIKELY_SCORE = 0.3  # of the first look: looked at again however many there are
MAX_FAINT = 6  # of those less likely, the best so many: 4 find 77 % of the faces 20 to 28 px wide, 6 and 9 85 %
SURE_ALONE = 0.75  # of the first look: stays a face even if the second does not see it (a profile)
SURE_CLOSE = 0.68  # of the second look
FACE_PX = 60.0  # how wide a face is in its tile; 44 to 80 place it about as well, 52 tells hair from faces worse
TILE_PX = 128
MAX_COLUMNS = 3  # tiles in a mosaic are at most 3 x 3: larger ones are no cheaper by the face
MAX_AWAY = 0.35  # of FACE_PX; farther off is somebody else who stands in the tile


@dataclass(frozen=True, slots=True, eq=False)
class _Tile:
    """Where one face of the picture went in the mosaic."""

    face: int
    scale: float
    centre_xy: Float32  #: float32 (2,), of the face, pixels of the picture
    tile_xy: Float32  #: float32 (2,), the tile's middle, pixels of the mosaic

    def to_picture(self, points_xy: Float32) -> Float32:
        """Move float32 (..., 2) from the mosaic to the picture."""
        return np.asarray((points_xy - self.tile_xy) / self.scale + self.centre_xy, np.float32)


def look_again(pixels_bgr: Uint8, found: Detections, look: Callable[[Uint8], Detections]) -> Detections:
    """Place the small ones of `found` anew and drop those that are no faces; `look` is the detector at full scale."""
    boxes_xyxy, landmarks_xy = found.boxes_xyxy.copy(), found.landmarks_xy.copy()
    small = found.widths_px < SMALL_PX
    close_scores = np.where(small, 0.0, found.scores).astype(np.float32)
    places = worth_a_look(found)
    for start in range(0, len(places), MAX_COLUMNS**2):
        mosaic_bgr, tiles = _mosaic(pixels_bgr, found, places[start : start + MAX_COLUMNS**2].tolist())
        seen = look(mosaic_bgr)
        for tile, place in _recognised(tiles, seen):
            boxes_xyxy[tile.face] = tile.to_picture(seen.boxes_xyxy[place].reshape(2, 2)).ravel()
            landmarks_xy[tile.face] = tile.to_picture(seen.landmarks_xy[place])
            close_scores[tile.face] = seen.scores[place]
    is_face = np.where(small, (close_scores >= SURE_CLOSE) | (found.scores >= SURE_ALONE), found.scores >= MIN_SCORE)
    return Detections(boxes_xyxy, landmarks_xy, np.maximum(close_scores, found.scores)).of(np.flatnonzero(is_face))


def worth_a_look(found: Detections) -> npt.NDArray[np.intp]:
    """Which of the small ones to enlarge, in their order: all the likely, and the best of the faint."""
    small = np.flatnonzero(found.widths_px < SMALL_PX)
    n_likely = int((found.scores[small] >= LIKELY_SCORE).sum())
    return np.sort(small[np.argsort(-found.scores[small], kind="stable")][: n_likely + MAX_FAINT])


def _mosaic(pixels_bgr: Uint8, found: Detections, faces: list[int]) -> tuple[Uint8, list[_Tile]]:
    columns = min(MAX_COLUMNS, int(np.ceil(np.sqrt(len(faces)))))
    rows = -(-len(faces) // columns)
    mosaic_bgr = np.zeros((rows * TILE_PX, columns * TILE_PX, 3), np.uint8)
    tiles = []
    for place, face in enumerate(faces):
        x, y = place % columns * TILE_PX, place // columns * TILE_PX
        middle_xy = np.array([x + TILE_PX / 2, y + TILE_PX / 2], np.float32)
        tile = _tile(face, found.boxes_xyxy[face], middle_xy)
        mosaic_bgr[y : y + TILE_PX, x : x + TILE_PX] = _enlarged(pixels_bgr, tile)
        tiles.append(tile)
    return mosaic_bgr, tiles


def _tile(face: int, box_xyxy: Float32, middle_xy: Float32) -> _Tile:
    width, height = (float(side) for side in box_xyxy[2:] - box_xyxy[:2])
    scale = FACE_PX / max(width, height / 1.25, 1.0)  # a face is about 1.25 times as high as wide; profiles more
    return _Tile(face, scale, np.asarray((box_xyxy[:2] + box_xyxy[2:]) / 2, np.float32), middle_xy)


def _enlarged(pixels_bgr: Uint8, tile: _Tile) -> Uint8:
    shift_xy = TILE_PX / 2 - tile.scale * tile.centre_xy
    warp = np.array([[tile.scale, 0, shift_xy[0]], [0, tile.scale, shift_xy[1]]], np.float32)
    return np.asarray(cv2.warpAffine(pixels_bgr, warp, (TILE_PX, TILE_PX), flags=cv2.INTER_LINEAR), np.uint8)


def _recognised(tiles: list[_Tile], seen: Detections) -> Iterator[tuple[_Tile, int]]:
    """Each tile with the detection in its middle, where there is one."""
    centres_xy = (seen.boxes_xyxy[:, :2] + seen.boxes_xyxy[:, 2:]) / 2
    for tile in tiles:
        away = np.abs(centres_xy - tile.tile_xy).max(axis=1)
        if len(away) and away.min() < MAX_AWAY * FACE_PX:
            yield tile, int(away.argmin())
