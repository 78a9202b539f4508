"""Why each group got a hit or did not: kept with the decision, and told to whoever asks."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Literal

from patrol.dispatch.plan import Candidate
from patrol.dispatch.routing import Route

Part = Literal["told", "reserve", "refused"]
ELSEWHERE = "elsewhere"  # true of nearly every group: not kept, but said of all that are not named


def kept(found: Route) -> list[dict[str, Any]]:
    """A route as its Routing row keeps it."""
    return [_entry(part, it) for part, it in _parts(found) if it.why != ELSEWHERE]


def _parts(found: Route) -> Iterator[tuple[Part, Candidate]]:
    parts: dict[Part, tuple[Candidate, ...]] = {
        "told": found.told,
        "reserve": found.reserves,
        "refused": found.refused,
    }
    return ((part, candidate) for part, candidates in parts.items() for candidate in candidates)


def _entry(part: Part, candidate: Candidate) -> dict[str, Any]:
    until = candidate.until.isoformat() if candidate.until else None
    entry = {"part": part, **asdict(candidate), "until": until}
    return {name: value for name, value in entry.items() if value is not None}
