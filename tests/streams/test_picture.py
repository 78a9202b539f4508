"""Decoded pictures: planes first, BGR when asked."""

import av
import numpy as np
import pytest

from patrol.streams.picture import DecodedPicture, luma_of


def decoded(bgr: tuple[int, int, int], width: int = 66, height: int = 34) -> av.VideoFrame:
    """A picture of one colour, in the planes a decoder makes."""
    pixels = np.full((height, width, 3), bgr, np.uint8)
    return av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format="yuv420p")


@pytest.mark.parametrize("bgr", [(0, 0, 0), (255, 255, 255), (200, 30, 30), (30, 30, 200)])
def test_the_colours_come_back_in_the_order_blue_green_red(bgr: tuple[int, int, int]) -> None:
    pixels = DecodedPicture(decoded(bgr)).bgr()
    assert (pixels.shape, pixels.dtype) == ((34, 66, 3), np.uint8)
    assert np.abs(pixels.astype(int) - bgr).max() <= 6  # planes hold 16..235, and colour at half the width


def test_a_picture_is_converted_once_and_nobody_can_change_it() -> None:
    picture = DecodedPicture(decoded((1, 2, 3)))
    pixels = picture.bgr()
    assert picture.bgr() is pixels
    assert picture.resolution_wh == (66, 34)
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0, 0] = 1


def test_brightness_of_ten_bits_a_sample_is_that_of_eight() -> None:
    eight = decoded((40, 150, 220))
    ten = eight.reformat(format="yuv420p10le")
    assert luma_of(ten, 4).dtype == np.uint8
    assert np.abs(luma_of(ten, 4).astype(int) - luma_of(eight, 4)).max() <= 1


def test_brightness_is_sampled_without_the_padding_of_the_planes() -> None:
    luma = luma_of(decoded((255, 255, 255)), step_px=4)
    assert luma.shape == (9, 17)
    assert luma.min() > 220
