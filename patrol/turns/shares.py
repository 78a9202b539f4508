"""Whose turn it is: every camera has its fair share of the looking thread, key cameras a larger one."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

KEY_WEIGHT = 4.0  # of a key camera, beside 1 of any other
MOST_SAVED_S = 2.0  # who was not due for long has not saved up for more than this


class Sharing(Protocol):
    """Whoever takes turns."""

    spent_s: float  #: on its account: seconds of the looking thread, over its weight

    @property
    def is_key(self) -> bool: ...


Sharer = TypeVar("Sharer", bound=Sharing)


def in_turn(due: Iterable[Sharer]) -> list[Sharer]:
    """Who has had least of their share comes first: start-time fair queueing (Goyal, Vin and Cheng, 1996)."""
    return sorted(due, key=lambda one: one.spent_s)


def charge(one: Sharing, seconds: float) -> None:
    """Put a turn on an account."""
    one.spent_s += seconds / (KEY_WEIGHT if one.is_key else 1.0)


def forget_idleness(due: Iterable[Sharing], everybody: Iterable[Sharing]) -> None:
    """Let nobody who is due be far behind the busiest."""
    busiest_s = max((one.spent_s for one in everybody), default=0.0)
    for one in due:
        one.spent_s = max(one.spent_s, busiest_s - MOST_SAVED_S)
