"""A font that has Chinese: the one that comes with patrol's packages, else the system's."""

import importlib.util
from functools import cache
from pathlib import Path

from PIL import ImageFont

from patrol.values import PatrolError

PACKAGE, FILE = "noto_cjk_sans_otc", "NotoSansCJK-Regular.ttc"
SYSTEM = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),  # Debian: fonts-noto-cjk
    Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"),  # Debian: fonts-wqy-zenhei
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),  # Debian: fonts-droid-fallback
)
SIMPLIFIED = 2  # the face of the Noto collection with Simplified Chinese forms; 0 is Japanese


class FontMissing(PatrolError):
    """No font with Chinese letters: install the package noto-cjk-sans-otc, or fonts-noto-cjk on Debian."""


@cache
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """The font at a height in pixels."""
    path = font_file()
    return ImageFont.truetype(path, size_px, index=SIMPLIFIED if path.name == FILE else 0)


@cache
def font_file() -> Path:
    package = importlib.util.find_spec(PACKAGE)
    packaged = [Path(folder) / FILE for folder in (package.submodule_search_locations or ())] if package else []
    for path in (*packaged, *SYSTEM):
        if path.is_file():
            return path
    raise FontMissing
