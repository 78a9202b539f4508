"""What a hit keeps is enough for another embedder: the crop and the landmarks give the same template as the frame."""

from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.faces.align import align
from patrol.faces.embed import Embedder
from patrol.faces.finder import Finder, open_finder
from patrol.faces.runtime import choose_runtime
from patrol.faces.weights import require
from patrol.hits.evidence import take_evidence
from patrol.values import BgrPicture, Float32, Frame, Track, Uint8
from tests.faces.conftest import MODELS
from tests.hits.sightings import STREAM, track

pytestmark = [pytest.mark.weights, pytest.mark.data]

LEAST_COSINE = 0.99  # 40 photos of lfw10 gave at least 0.9975; with half the margin one gave 0.974


@pytest.fixture(scope="module")
def finder() -> Finder:
    return open_finder(MODELS)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    weights, path = require(MODELS, "sface")
    return Embedder(choose_runtime([path], "auto", "auto", 2).open(path), weights)


def seen_in(photo_bgr: Uint8, finder: Finder, now: datetime) -> Track:
    """The photo's best face as a track, the photo standing off-centre in a frame of 1280x720."""
    frame_bgr = np.full((720, 1280, 3), 90, np.uint8)
    frame_bgr[200:450, 700:950] = photo_bgr
    frame = Frame(STREAM.id, 1, now, BgrPicture(frame_bgr))
    best = max(finder.find([frame])[0], key=lambda face: face.score)
    drawn = track(now)
    return Track(
        passage_id=drawn.passage_id,
        stream_id=STREAM.id,
        first_seen_at=now,
        last_seen_at=now,
        n_faces=1,
        looks=(best,),
        best=best,
        best_frame=frame,
        best_frame_boxes_xyxy=best.box_xyxy[None],
        template=best.template or drawn.template,
        is_over=True,
    )


def embedded(pixels_bgr: Uint8, landmarks_xy: Float32, embedder: Embedder) -> Float32:
    (template,) = embedder.embed([align(pixels_bgr, landmarks_xy, embedder.chip)])
    return template.vector


def test_a_crop_gives_the_template_that_its_frame_gave(
    shared_data: Path, finder: Finder, embedder: Embedder, now: datetime
) -> None:
    cosines = []
    for folder in sorted((shared_data / "faces" / "lfw10").iterdir()):
        photo_bgr = cv2.imread(str(min(folder.glob("*.jpg"))))
        assert photo_bgr is not None
        seen = seen_in(np.asarray(photo_bgr, np.uint8), finder, now)
        evidence = take_evidence(seen)
        crop_bgr = np.asarray(cv2.imdecode(np.frombuffer(evidence.face_jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)
        in_crop_xy = seen.best.landmarks_xy - np.array(evidence.crop_xyxy[:2], np.float32)
        of_frame = embedded(seen.best_frame.picture.bgr(), seen.best.landmarks_xy, embedder)
        cosines.append(float(of_frame @ embedded(crop_bgr, in_crop_xy, embedder)))
    assert len(cosines) == 10
    assert min(cosines) >= LEAST_COSINE, cosines
