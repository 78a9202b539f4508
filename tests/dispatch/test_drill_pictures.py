"""The picture of a drill is small enough for every platform and shows nobody."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from patrol.chats.table import LIMITS
from patrol.dispatch import drill_pictures
from patrol.faces.finder import open_finder
from patrol.faces.weights import WeightsMissing
from patrol.store.tables import Group
from tests.cli.terminal import MODELS


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_a_jpeg_that_every_platform_with_pictures_takes(language: str) -> None:
    jpeg = drill_pictures.draw(Group(name="East guards 东门保安", language=language))
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert (picture.format, picture.width) == ("JPEG", drill_pictures.CARD_WH[0])
    assert len(jpeg) <= min(limits.picture_bytes for limits in LIMITS.values() if limits.picture_bytes)


@pytest.mark.weights
def test_no_face_is_found_in_it() -> None:
    try:
        finder = open_finder(MODELS, precision="f32")
    except WeightsMissing as missing:
        pytest.skip(str(missing))
    jpeg = drill_pictures.draw(Group(name="East guards 东门保安", language="zh"))
    pixels_bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert pixels_bgr is not None
    assert finder.examine(np.asarray(pixels_bgr, np.uint8)) == []
