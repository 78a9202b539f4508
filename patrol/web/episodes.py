"""Episodes: the running cases, closing one with an outcome, and keeping its hits quiet while it is handled."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, Field
from sqlalchemy import select

from patrol.hits import endings, episodes, queue
from patrol.hits.episodes import HANDLED_FOR_M, LONGEST_HANDLED_M, NEED_HELP, Outcome
from patrol.store import alarms, events
from patrol.store.tables import Episode
from patrol.web.case_views import EpisodeView, episode_view
from patrol.web.doors import Reviewer, Viewer
from patrol.web.inputs import Words
from patrol.web.parts import PartsHere

router = APIRouter(prefix="/api/v1", tags=["episodes"])


class EpisodeQuery(BaseModel):
    state: Literal["open", "closed", "all"] = "open"
    limit: int = Field(50, ge=1, le=200)


class Closing(BaseModel):
    outcome: Outcome
    note: Words = Field("", max_length=2000)


class Handling(BaseModel):
    minutes: int = Field(HANDLED_FOR_M, ge=0, le=LONGEST_HANDLED_M, description="0 ends it")


@router.get("/episodes")
def list_episodes(asked: Annotated[EpisodeQuery, Query()], visitor: Viewer, parts: PartsHere) -> list[EpisodeView]:
    """Running cases, the newest first."""
    newest_first = (Episode.opened_at.desc(), Episode.first_hit_number.desc())
    query = select(Episode).where(episodes.seen_by(visitor.sites)).order_by(*newest_first).limit(asked.limit)
    if asked.state != "all":
        is_open = Episode.closed_at.is_(None)
        query = query.where(is_open if asked.state == "open" else ~is_open)
    with parts.database.read() as session:
        return [episode_view(episode) for episode in session.scalars(query)]


@router.get("/episodes/{episode_id}")
def show_episode(episode_id: uuid.UUID, visitor: Viewer, parts: PartsHere) -> EpisodeView:
    with parts.database.read() as session:
        return episode_view(episodes.find(session, episode_id, visitor.sites))


@router.post("/episodes/{episode_id}/close")
def close_episode(episode_id: uuid.UUID, said: Closing, visitor: Reviewer, parts: PartsHere) -> EpisodeView:
    """End a case; every group that was told is told to stand down. "Not him" withdraws all its hits."""
    with parts.database.write() as session:
        ended = endings.close(
            session, episode_id, said.outcome, said.note, visitor.user, parts.clock(), visitor.sites
        )
        return episode_view(ended)


@router.post("/episodes/{episode_id}/handled")
def handle_episode(episode_id: uuid.UUID, said: Handling, visitor: Reviewer, parts: PartsHere) -> EpisodeView:
    """Somebody is with the person: hits at this site are recorded, and nobody is told, for so many minutes."""
    with parts.database.write() as session:
        handled = episodes.handle(session, episode_id, said.minutes, visitor.name, parts.clock(), visitor.sites)
        return episode_view(handled)


@router.post("/hits/{hit_id}/helped", status_code=status.HTTP_204_NO_CONTENT)
def help_has_come(hit_id: uuid.UUID, visitor: Reviewer, parts: PartsHere) -> None:
    """The guard who asked for help has it: ends that alarm, and nothing else does but closing the case."""
    with parts.database.write() as session:
        hit = queue.read(session, hit_id, visitor.sites).hit
        now, subject = parts.clock(), f"hit:{hit.id}"
        alarms.clear(session, NEED_HELP, subject, now)
        body = {"hit_id": str(hit.id), "number": hit.number}
        actor = f"user:{visitor.name}"
        events.append(session, "hit.helped", actor=actor, subject=subject, site_id=hit.site_id, now=now, **body)
