"""Parts of a file, for players that seek (RFC 9110, 14)."""

import re

from starlette.responses import Response

RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")  # of a file; longer numbers are none


def ranged(content: bytes, asked: str | None, media_type: str, **headers: str) -> Response:
    """The whole content, or the one range that a Range header asks for; 416 where it lies behind the end.

    A header with several ranges, or with what is no range, is passed over, as the RFC allows.
    """
    headers = {"Accept-Ranges": "bytes", **headers}
    found = RANGE.fullmatch((asked or "").strip())
    if found is None or not any(found.groups()) or _is_backwards(found[1], found[2]):
        return Response(content, media_type=media_type, headers=headers)
    first, last = _bounds(found[1], found[2], len(content))
    if first > last:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, headers, media_type)


def _is_backwards(first: str, last: str) -> bool:
    """The RFC calls such a range invalid, and invalid ranges are passed over."""
    return bool(first and last) and int(last) < int(first)


def _bounds(first: str, last: str, n_bytes: int) -> tuple[int, int]:
    """The first and the last byte asked for; "-500" asks for the last 500. The first is behind the last for none."""
    if not first:
        return max(0, n_bytes - int(last)), n_bytes - 1 if int(last) else -1
    end = min(int(last), n_bytes - 1) if last else n_bytes - 1
    return int(first), -1 if int(first) >= n_bytes else end
