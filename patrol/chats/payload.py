"""Reading JSON that others wrote: a member's client may put anything anywhere, and none of it may trip us."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any


def part(content: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The object inside objects; empty where there is none."""
    inner: Any = content
    for name in names:
        inner = inner.get(name) if isinstance(inner, Mapping) else None
    return inner if isinstance(inner, dict) else {}


def items(content: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list; empty where there is none."""
    found = content.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def text(content: Mapping[str, Any], name: str) -> str:
    """A string, or a number as one; empty where there is neither."""
    found = content.get(name)
    is_text = isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool))
    return str(found) if is_text else ""


def whole(content: Mapping[str, Any], name: str) -> int | None:
    found = content.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def position(content: Mapping[str, Any]) -> tuple[float, float] | None:
    """Latitude and longitude in degrees; None where they are not, or are no place on the globe."""
    try:
        latitude, longitude = float(content["latitude"]), float(content["longitude"])
    except (KeyError, TypeError, ValueError):
        return None
    is_on_globe = isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return (latitude, longitude) if is_on_globe else None


def moment(since_epoch: object, now: datetime, *, per_s: int = 1) -> datetime:
    """A time as counted since 1970 in `per_s` parts of a second. It may say anything, so never later than now."""
    try:
        return min(now, datetime.fromtimestamp(float(since_epoch) / per_s, UTC))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return now
