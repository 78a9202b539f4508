"""What reviewers' verdicts teach: where an entry has matched strangers, and how near somebody must come there now.

A floor follows from the rows of the rejected hits each time it is read, so that a verdict that is amended, and a hit
that is deleted, take it back by themselves. Nothing is learnt from a confirmed hit.
"""

import math
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from patrol.matching.prior import Prior
from patrol.store.tables import Decision, Hit, HitProbe, Policy, Portrait, StreamState
from patrol.values import Float32, Match, Track

KEEP_NEGATIVE_ANCHORS = "keep_negative_anchors"  # kind of policy, of a site
RIGHT_PERSON = "not_listed_now"  # reason of a rejection that says nothing against the match

#: What a stranger who was rejected once may score above that when they come again, on the score's scale: one or
#: two in a hundred score more on the same day (faces 40 px wide, mean of three looks), see docs/false-alerts.md.
RETURN_SPREAD = 0.04
LEAST_FOUND = 0.5  # of an entry's good passages before a camera, whoever was rejected there

_NEWEST_REASON = (
    select(Decision.reason)
    .where(Decision.hit_id == Hit.id, Decision.round == Hit.round)
    .order_by(Decision.seat.desc())
    .limit(1)
    .scalar_subquery()
)
#: A hit of a camera's that a person rejected because it showed somebody else; exercises, replays and what was
#: entered by hand are none.
IS_FALSE_ALERT: ColumnElement[bool] = and_(
    Hit.verdict == "rejected", Hit.origin == "match", func.coalesce(_NEWEST_REASON, "") != RIGHT_PERSON
)

Spot = tuple[uuid.UUID, str]  # a person's id and a stream's


@dataclass(frozen=True, slots=True)
class Floor:
    """How near somebody must come to one entry before one camera, where that is more than anywhere else."""

    score: float
    rejected_score: float  #: of the nearest stranger who was rejected there
    n_rejected: int
    is_capped: bool  #: it would stand higher, but for the people who would not be found any more


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """A stranger who was taken for an entry, kept because the site's policy says so, and only as long as it does."""

    site_id: str
    ends_at: datetime
    vector: Float32  #: float32 (D,), unit length; the quality-weighted mean of the rejected passage's looks


@dataclass(frozen=True, slots=True, eq=False)
class Floors:
    """What is known of an embedder's mistakes at one revision. Read from many threads, never changed."""

    by_spot: Mapping[Spot, Floor] = field(default_factory=dict)
    anchors: Mapping[uuid.UUID, Sequence[Anchor]] = field(default_factory=dict)
    site_of: Mapping[str, str] = field(default_factory=dict)  #: by stream

    def least(self, person_id: uuid.UUID, stream_id: str, threshold: float) -> float:
        """The threshold for this entry before this camera: everybody's, or its floor where that is higher."""
        floor = self.by_spot.get((person_id, stream_id))
        return threshold if floor is None else max(threshold, floor.score)

    def hold(self, match: Match, track: Track, now: datetime) -> Match | None:
        """The match with the threshold that it was really held against; None where it does not reach that.

        None too where the track is more like a stranger who was once taken for this entry.
        """
        threshold = self.least(match.person_id, track.stream_id, match.threshold)
        template = track.template.vector
        if match.score < threshold or self.is_known_stranger(
            match.person_id, track.stream_id, template, match.similarity, now
        ):
            return None
        return match if threshold == match.threshold else replace(match, threshold=threshold)

    def is_known_stranger(
        self, person_id: uuid.UUID, stream_id: str, template: Float32, similarity: float, now: datetime
    ) -> bool:
        """Whether a track is more like a stranger once taken for this entry than like the entry.

        template: float32 (D,), unit length, the track's; similarity: its cosine to the entry's template.
        """
        site_id = self.site_of.get(stream_id)
        valid = [it for it in self.anchors.get(person_id, ()) if it.site_id == site_id and now < it.ends_at]
        return any(float(it.vector @ template) > similarity for it in valid)


def cap_of(prior: Prior | None) -> float:
    """The score above which no floor stands: half of the good passages of the people looked for reach it.

    None, where thresholds are given and scores are cosines, has no such score: infinite.
    """
    return math.inf if prior is None else prior.score_found_by(LEAST_FOUND)


def read_floors(session: Session, embedder: str, cap: float, now: datetime) -> Floors:
    """Read what the rejected hits of one embedder teach; no floor stands above `cap`."""
    return Floors(floors_of(session, embedder, cap), _anchors(session, embedder, now), _sites(session))


def floors_of(
    session: Session, embedder: str, cap: float, people: Iterable[uuid.UUID] | None = None
) -> dict[Spot, Floor]:
    """The floors of some people, or of everybody. What a portrait matched that was taken away since is over.

    A hit of before scores were made has a cosine only, and teaches nothing.
    """
    query = (
        select(Hit.person_id, Hit.stream_id, func.max(Hit.score), func.count(Hit.score))
        .join(Portrait, Portrait.id == Hit.portrait_id)
        .where(IS_FALSE_ALERT, Hit.embedder == embedder, Portrait.removed_at.is_(None))
        .group_by(Hit.person_id, Hit.stream_id)
    )
    query = query if people is None else query.where(Hit.person_id.in_(list(people)))
    rows = session.execute(query).all()
    return {(person, stream): _floor(score, n, cap) for person, stream, score, n in rows if score is not None}


def _floor(rejected_score: float, n_rejected: int, cap: float) -> Floor:
    wanted = rejected_score + RETURN_SPREAD
    return Floor(min(wanted, cap), rejected_score, n_rejected, wanted > cap)


def may_be_kept(now: datetime) -> ColumnElement[bool]:
    """Whether a hit's templates may stay as a negative anchor: it was a false alert, and its site's policy stands."""
    stands = select(Policy.id).where(
        Policy.site_id == Hit.site_id,
        Policy.kind == KEEP_NEGATIVE_ANCHORS,
        Policy.created_at <= now,
        Policy.ends_at > now,
    )
    return and_(IS_FALSE_ALERT, stands.exists())


def _anchors(session: Session, embedder: str, now: datetime) -> dict[uuid.UUID, list[Anchor]]:
    policies = select(Policy.site_id, func.max(Policy.ends_at)).where(
        Policy.kind == KEEP_NEGATIVE_ANCHORS, Policy.created_at <= now, Policy.ends_at > now
    )
    ends_at = dict(session.execute(policies.group_by(Policy.site_id)).all())
    query = (
        select(Hit.id, Hit.person_id, Hit.site_id, HitProbe.vector, HitProbe.quality)
        .join(HitProbe, HitProbe.hit_id == Hit.id)
        .where(may_be_kept(now), HitProbe.embedder == embedder)
    )
    looks = defaultdict(list)
    for hit_id, person_id, site_id, vector, quality in session.execute(query).all():
        looks[hit_id, person_id, site_id].append((np.frombuffer(vector, "<f4"), quality))
    anchors: dict[uuid.UUID, list[Anchor]] = defaultdict(list)
    for (_, person_id, site_id), theirs in looks.items():
        anchors[person_id].append(Anchor(site_id, ends_at[site_id], _mean(theirs)))
    return dict(anchors)


def _mean(looks: Sequence[tuple[Float32, float]]) -> Float32:
    """The quality-weighted mean, as a track's own template is made. Returns float32 (D,), unit length."""
    mean = np.sum([vector * max(quality, 1e-3) for vector, quality in looks], axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), np.float32)


def _sites(session: Session) -> dict[str, str]:
    """By stream: where it stands, as its worker says."""
    rows = session.execute(select(StreamState.stream_id, StreamState.site_id))
    return dict(rows.all())
