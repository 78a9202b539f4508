"""Closing a case with an outcome, and what that says of its hits."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from patrol.hits import episodes, review
from patrol.hits.episodes import OtherSitesToo, Outcome
from patrol.store.tables import Episode, User


def close(
    session: Session,
    episode_id: uuid.UUID,
    outcome: Outcome,
    note: str,
    user: User,
    now: datetime,
    sites: Collection[str] | None = None,
) -> Episode:
    """Close a case as a reviewer. "Not him" overrules the yes to every hit of it, so that all are withdrawn;
    OtherSitesToo where one of them is at a site that is not the reviewer's.
    """
    review.require_reviewer(user)
    episodes.find(session, episode_id, sites)
    overruled = review.confirmed_hits(session, episode_id) if outcome == "not_him" else ()
    if sites is not None and any(hit.site_id not in sites for hit in overruled):
        raise OtherSitesToo(
            f"case {episode_id} has confirmed hits at other sites: who sees those too takes them back"
        )
    episode = episodes.close(session, episode_id, outcome, note, user.name, now, sites)
    for hit in overruled:
        review.overrule(session, hit, user, f"#{episode.first_hit_number:04}", now)
    return episode
