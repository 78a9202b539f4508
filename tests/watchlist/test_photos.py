import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from patrol.values import Uint8
from patrol.watchlist import photos
from patrol.watchlist.refusals import PhotoRefused
from tests.watchlist.drawn import encoded

RED, BLUE = (220, 40, 40), (40, 40, 220)


def two_halves(size_wh: tuple[int, int] = (80, 60)) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", size_wh, RED)
    image.paste(BLUE, (0, size_wh[1] // 2, size_wh[0], size_wh[1]))
    return image


def is_near(pixels_bgr: Uint8, x: int, y: int, rgb: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixels_bgr[y, x, ::-1].astype(int) - rgb).max() < 40)


def claimed_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be as large as you like."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def claimed_webp(width: int, height: int) -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + struct.pack("<I", width - 1)[:3]
    body += struct.pack("<I", height - 1)[:3]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


WHOLE_JPEG = encoded(two_halves((400, 300)), "JPEG")
WHOLE_PNG = encoded(two_halves((400, 300)), "PNG")


@pytest.mark.parametrize(
    ("photo", "code"),
    [
        (b"", "empty_file"),
        (b"Zhang San, seen on Monday", "not_a_picture"),
        ("张三，周一出现".encode("gbk"), "not_a_picture"),
        (b"\xff\xd8\xff", "truncated"),
        (b"\xff\xd8\xff\xe0 garbage that only begins like a JPEG", "truncated"),
        (WHOLE_JPEG[: len(WHOLE_JPEG) // 2], "truncated"),
        (WHOLE_PNG[: len(WHOLE_PNG) // 2], "truncated"),
        (encoded(two_halves(), "GIF"), "unsupported_format"),
        (encoded(two_halves(), "TIFF"), "unsupported_format"),
        (b"%PDF-1.7 ...", "unsupported_format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "unsupported_format"),
        (claimed_png(20_000, 10_000), "too_large_a_picture"),
        (claimed_png(12_000, 8_000), "too_large_a_picture"),
        (claimed_png(8_001, 8_000), "too_large_a_picture"),
        (claimed_webp(16_383, 16_383), "too_large_a_picture"),
        (b"\xff\xd8" + bytes(photos.MAX_PHOTO_BYTES), "too_large_a_file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_good_photo_is_refused_with_its_reason(photo: bytes, code: str) -> None:
    with pytest.raises(PhotoRefused) as refusal:
        photos.read_photo(photo)
    assert refusal.value.code == code


def test_the_name_of_a_format_we_do_not_read_is_told() -> None:
    with pytest.raises(PhotoRefused) as refusal:
        photos.read_photo(b"\0\0\0\x18ftypheic\0\0\0\0")
    assert refusal.value.fields == {"format": "HEIC"}


def test_a_very_large_picture_is_refused_where_warnings_are_no_errors_too() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(PhotoRefused, match="too_large_a_picture"):
            photos.read_photo(claimed_png(12_000, 8_000))


@pytest.mark.parametrize(
    ("image", "file_format"),
    [
        (two_halves(), "JPEG"),
        (two_halves().convert("CMYK"), "JPEG"),
        (two_halves(), "PNG"),
        (two_halves().convert("RGBA"), "PNG"),
        (two_halves().convert("P"), "PNG"),
        (two_halves(), "WEBP"),
        (two_halves(), "AVIF"),
        (two_halves(), "BMP"),
        (two_halves(), "MPO"),
    ],
)
def test_a_photo_is_read_in_its_colours(image: Image.Image, file_format: str) -> None:
    pixels_bgr = photos.read_photo(encoded(image, file_format))
    assert (pixels_bgr.shape, pixels_bgr.dtype) == ((60, 80, 3), np.uint8)
    assert pixels_bgr.flags.c_contiguous
    assert is_near(pixels_bgr, 40, 10, RED)
    assert is_near(pixels_bgr, 40, 50, BLUE)


def test_what_is_transparent_lies_on_white() -> None:
    image = two_halves().convert("RGBA")
    image.putalpha(0)
    assert photos.read_photo(encoded(image, "PNG")).min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "I;16"])
def test_a_grey_photo_stays_as_bright_as_it_was(mode: str) -> None:
    ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (40, 1))
    grey = Image.fromarray(ramp.astype(np.uint16) * 257 if mode == "I;16" else ramp)
    pixels_bgr = photos.read_photo(encoded(grey.convert("1") if mode == "1" else grey, "PNG"))
    assert pixels_bgr.shape == (40, 64, 3)
    if mode != "1":
        assert np.abs(pixels_bgr[:, :, 1].astype(int) - ramp).max() <= 1


@pytest.mark.parametrize("orientation", [None, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 65535])
def test_a_phone_photo_is_turned_upright(orientation: int | None) -> None:
    """Each orientation is stored the way a phone would, so that every one shows red above and blue below."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = two_halves()
    stored = image.transpose(turns[orientation]) if orientation in turns else image
    exif = Image.Exif()
    if orientation is not None:
        exif[photos.ORIENTATION] = orientation
    pixels_bgr = photos.read_photo(encoded(stored, "JPEG", exif=exif, quality=95))
    assert pixels_bgr.shape == (60, 80, 3)
    assert is_near(pixels_bgr, 40, 10, RED)
    assert is_near(pixels_bgr, 40, 50, BLUE)


@pytest.mark.filterwarnings("ignore:.*EXIF data")
def test_broken_exif_is_no_reason_to_refuse_a_photo() -> None:
    broken = encoded(two_halves(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff garbage")
    assert photos.read_photo(broken).shape == (60, 80, 3)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_large_photo_is_brought_to_a_size_that_can_be_worked_with(file_format: str) -> None:
    pixels_bgr = photos.read_photo(encoded(two_halves((7000, 5000)), file_format))
    assert max(pixels_bgr.shape) == photos.MAX_SIDE_PX
    assert pixels_bgr.shape[1] / pixels_bgr.shape[0] == pytest.approx(1.4, abs=0.01)
    assert is_near(pixels_bgr, 1600, 100, RED)


def test_a_very_narrow_picture_is_read_too() -> None:
    assert photos.read_photo(encoded(Image.new("RGB", (60_000, 1)), "PNG")).shape == (1, 3200, 3)


@pytest.mark.parametrize(
    ("box", "origin", "kept_wh"),
    [
        ((100, 100, 140, 150), (40, 25), (160, 200)),
        ((0, 0, 40, 50), (0, 0), (100, 125)),
        ((360, 250, 420, 320), (270, 145), (130, 155)),
        ((-20, -20, 420, 320), (0, 0), (400, 300)),
    ],
)
def test_head_and_shoulders_are_kept_and_no_more(
    box: tuple[int, ...], origin: tuple[int, int], kept_wh: tuple[int, int]
) -> None:
    photo = np.zeros((300, 400, 3), np.uint8)
    kept_bgr, origin_xy = photos.head_and_shoulders(photo, np.array(box, np.float32))
    assert tuple(origin_xy) == origin
    assert (kept_bgr.shape[1], kept_bgr.shape[0]) == kept_wh


def test_what_is_kept_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker of the phone"
    pixels_bgr = photos.read_photo(encoded(two_halves(), "JPEG", exif=exif, comment=b"taken at home"))
    kept = photos.as_jpeg(pixels_bgr)
    image = Image.open(io.BytesIO(kept))
    assert dict(image.getexif()) == {}
    assert b"Maker" not in kept
    assert b"taken at home" not in kept
    assert np.abs(np.asarray(image)[:, :, ::-1].astype(int) - pixels_bgr).mean() < 3
