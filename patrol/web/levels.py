"""How long each level of groups may take before a hit is passed on."""

from typing import Annotated

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, Field

from patrol.dispatch import levels
from patrol.dispatch.clocks import Times
from patrol.store.tables import LevelClock
from patrol.web.doors import ChiefAdmin, Reviewer
from patrol.web.inputs import Line, When
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1/levels", tags=["groups"])

Seconds = Annotated[int, Field(gt=0, le=levels.LONGEST_S)]
Level = Annotated[Line, Path(min_length=1, max_length=64)]


class NewTimes(BaseModel):
    """Seconds until seen, until somebody is on the way, until an outcome; null runs no such clock."""

    seen_s: Seconds | None
    on_my_way_s: Seconds | None
    outcome_s: Seconds | None


class NewLevel(NewTimes):
    level: Line = Field(min_length=1, max_length=64)


class LevelView(NewLevel):
    is_default: bool  #: patrol's own times: nobody has set others
    updated_at: When | None
    updated_by: str | None


@router.get("")
def list_levels(visitor: Reviewer, parts: PartsHere) -> list[LevelView]:
    """Every level there is: known to patrol, in use by a group, or set by somebody."""
    with parts.database.read() as session:
        times = levels.times_by_level(session)
        return [_view(level, it, session.get(LevelClock, level)) for level, it in times.items()]


@router.put("")
def set_levels(
    new: Annotated[list[NewLevel], Field(max_length=100)], visitor: ChiefAdmin, parts: PartsHere
) -> list[LevelView]:
    """Set the times of these levels; the others stay. They hold for the clocks that start from now on."""
    with parts.database.write() as session:
        for it in new:
            times = Times(it.seen_s, it.on_my_way_s, it.outcome_s)
            levels.set_times(session, it.level, times, visitor.name, parts.clock())
    return list_levels(visitor, parts)


@router.put("/{level}")
def set_level(level: Level, new: NewTimes, visitor: ChiefAdmin, parts: PartsHere) -> LevelView:
    with parts.database.write() as session:
        times = Times(new.seen_s, new.on_my_way_s, new.outcome_s)
        return _view(level, times, levels.set_times(session, level, times, visitor.name, parts.clock()))


@router.delete("/{level}", status_code=status.HTTP_204_NO_CONTENT)
def forget_level(level: Level, visitor: ChiefAdmin, parts: PartsHere) -> None:
    """Back to patrol's own times."""
    with parts.database.write() as session:
        levels.forget_times(session, level, visitor.name, parts.clock())


def _view(level: str, times: Times, row: LevelClock | None) -> LevelView:
    return LevelView(
        level=level,
        seen_s=times.seen_s,
        on_my_way_s=times.on_my_way_s,
        outcome_s=times.outcome_s,
        is_default=row is None,
        updated_at=row.updated_at if row else None,
        updated_by=row.updated_by if row else None,
    )
