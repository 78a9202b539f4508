"""Decodes a photo that somebody hands in, bounded before it is decoded, and encodes the one that is kept."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from patrol.values import Float32, Uint8
from patrol.watchlist.refusals import PhotoRefused

MAX_PHOTO_BYTES = 64 * 2**20  # phones write up to 40 MB for their largest JPEG
MAX_PIXELS = 64_000_000  # phones go to 50 megapixels by default; decoded as RGB this is 192 MB
MAX_SIDE_PX = 3200  # a face a tenth as wide as the photo keeps 320 px, three times what the embedders look at
KEPT_MARGIN = 1.5  # face widths and heights around the face: a head with shoulders, as on an identity card
KEPT_JPEG_QUALITY = 92
READ_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "AVIF")  # JPEG includes the MPO that many phones write
OTHER_FORMATS = (  # (first bytes, where, name): formats people hand in that we do not read
    (b"GIF8", 0, "GIF"),
    (b"II*\0", 0, "TIFF"),
    (b"MM\0*", 0, "TIFF"),
    (b"%PDF", 0, "PDF"),
    (b"8BPS", 0, "Photoshop"),
    (b"ftyphei", 4, "HEIC"),
    (b"ftyphev", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIC"),
    (b"ftypmsf1", 4, "HEIC"),
    (b"\xff\x0a", 0, "JPEG XL"),
    (b"\0\0\0\x0cJXL ", 0, "JPEG XL"),
    (b"<svg", 0, "SVG"),
    (b"PK\x03\x04", 0, "ZIP"),
)
ORIENTATION = 0x0112  # the EXIF tag
UPRIGHT = {  # EXIF orientation -> what brings the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error, MemoryError)


def read_photo(photo: bytes) -> Uint8:
    """Decode a photo as a person would see it; PhotoRefused says what is wrong with it.

    Returns uint8 (H, W, 3), BGR, upright, neither side above MAX_SIDE_PX.
    """
    if len(photo) > MAX_PHOTO_BYTES:
        raise PhotoRefused("too_large_a_file", limit_mb=MAX_PHOTO_BYTES // 2**20)
    with _opened(photo) as image:
        orientation = _orientation(image)
        rgb = _decoded(image)
    if orientation in UPRIGHT:
        rgb = rgb.transpose(UPRIGHT[orientation])
    return np.ascontiguousarray(np.asarray(rgb)[:, :, ::-1])


def head_and_shoulders(pixels_bgr: Uint8, box_xyxy: Float32) -> tuple[Uint8, Float32]:
    """Cut out the part of a photo that is kept: enough to know and to embed a face again, and few others.

    pixels_bgr: uint8 (H, W, 3), BGR. box_xyxy: float32 (4,), pixels.
    Returns the part, uint8 (h, w, 3), and where it begins, float32 (2,), x and y in pixels of the photo.
    """
    height, width = pixels_bgr.shape[:2]
    margin_wh = (box_xyxy[2:] - box_xyxy[:2]) * KEPT_MARGIN
    x1, y1 = np.maximum(np.floor(box_xyxy[:2] - margin_wh), 0).astype(int)
    x2, y2 = np.minimum(np.ceil(box_xyxy[2:] + margin_wh), (width, height)).astype(int)
    return np.ascontiguousarray(pixels_bgr[y1:y2, x1:x2]), np.array([x1, y1], np.float32)


def as_jpeg(pixels_bgr: Uint8) -> bytes:
    """Encode a picture, uint8 (H, W, 3), BGR; it carries no metadata of the photo that came."""
    file = io.BytesIO()
    rgb = Image.fromarray(np.ascontiguousarray(pixels_bgr[:, :, ::-1]))
    rgb.save(file, "JPEG", quality=KEPT_JPEG_QUALITY, subsampling=0)
    return file.getvalue()


def _opened(photo: bytes) -> Image.Image:
    """Read the header only, and refuse by its size before a pixel is decoded."""
    try:
        image = Image.open(io.BytesIO(photo), formats=READ_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # Pillow's limits lie above ours
        raise _too_large() from None
    except BROKEN:
        raise _unreadable(photo) from None
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise _too_large()
    return image


def _too_large() -> PhotoRefused:
    return PhotoRefused("too_large_a_picture", limit=MAX_PIXELS // 1_000_000)


def _unreadable(photo: bytes) -> PhotoRefused:
    if not photo:
        return PhotoRefused("empty_file")
    for magic, start, name in OTHER_FORMATS:
        if photo[start : start + len(magic)] == magic:
            return PhotoRefused("unsupported_format", format=name)
    if photo.startswith((b"\xff\xd8\xff", b"\x89PNG", b"BM")) or photo[8:12] == b"WEBP":
        return PhotoRefused("truncated")
    return PhotoRefused("not_a_picture")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except (*BROKEN, TypeError):
        return 1  # a broken note about the picture is no reason to refuse the picture


def _decoded(image: Image.Image) -> Image.Image:
    """Decode to RGB. A large JPEG is decoded at half or a quarter of its size, which costs less memory."""
    shrink = min(1.0, MAX_SIDE_PX / max(image.size))
    try:
        image.draft(None, (int(image.width * shrink), int(image.height * shrink)))
        image.load()
    except BROKEN:
        raise PhotoRefused("truncated") from None
    rgb = _to_rgb(image)
    if max(rgb.size) > MAX_SIDE_PX:
        rgb.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
    return rgb


def _to_rgb(image: Image.Image) -> Image.Image:
    """Any mode to RGB: 16-bit grey is brought to 8 bits, what is transparent lies on white."""
    if image.mode.startswith(("I", "F")):
        grey = np.asarray(image, dtype=np.float32)
        return Image.fromarray((grey / 257).clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        above = image.convert("RGBA")
        white = Image.new("RGBA", above.size, "white")
        return Image.alpha_composite(white, above).convert("RGB")
    return image.convert("RGB")
