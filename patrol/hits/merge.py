"""Which hit a sighting belongs to, and what of it may take the place of what the hit shows."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from patrol.store.tables import Decision, Hit, HitPassage
from patrol.values import Match, Stream, Track

#: What the cooldown runs from: the newest decision, or the last sight of the person where nobody has decided.
LAST_STIR = func.coalesce(
    select(func.max(Decision.decided_at)).where(Decision.hit_id == Hit.id).scalar_subquery(), Hit.last_seen_at
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One call's subject: a track that matched, where, and as what it counts."""

    stream: Stream
    track: Track
    match: Match
    origin: str
    cooldown: timedelta
    actor: str
    now: datetime


def find_hit(session: Session, sighting: Sighting, *, is_locking: bool) -> Hit | None:
    """The hit that this sighting belongs to: its passage's, or the person's at this stream within the cooldown.

    While a hit waits, whoever comes and goes before the camera stays that one hit. Once it is decided the cooldown
    runs out even for somebody who keeps coming, so that guards hear again where the person is. In a recording it runs
    from the last sight of the person there, whenever somebody decides.
    """
    track, match = sighting.track, sighting.match
    is_recorded = sighting.origin == "replay"  # decisions are of today, what it shows is not
    of_person = select(Hit).where(Hit.person_id == match.person_id, Hit.origin == sighting.origin).limit(1)
    of_passage = of_person.where(Hit.id.in_(hits_of(track.passage_id))).order_by(Hit.number.desc())
    nearby = of_person.where(
        Hit.stream_id == sighting.stream.id,
        track.first_seen_at - sighting.cooldown <= (Hit.last_seen_at if is_recorded else LAST_STIR),
        Hit.first_seen_at <= track.last_seen_at + sighting.cooldown,
    ).order_by(Hit.number.desc())
    for query in (of_passage, nearby):
        query = query.with_for_update(of=Hit, key_share=True) if is_locking else query
        if (hit := session.scalar(query.execution_options(populate_existing=True))) is not None:
            return hit if absorbs(session, hit, sighting) else None
    return None


def absorbs(session: Session, hit: Hit, sighting: Sighting) -> bool:
    """Whether the sighting counts into this hit, or has to come before a reviewer as a new one.

    What a person rejected or was unsure of swallows what is no stronger, or a look-alike who stays in view would
    fill the queue. It never swallows a stronger match: that may be the person really looked for. Somebody
    rejected as a different person stays that for the rest of the passage.
    """
    if hit.pictures_shed_at is not None:
        return False
    if hit.verdict in (None, "confirmed"):
        return True
    if hit.passage_id == sighting.track.passage_id and newest_reason(session, hit) == "different_person":
        return True
    return not is_stronger(sighting.match, hit)


def newest_reason(session: Session, hit: Hit) -> str | None:
    newest = select(Decision.reason).where(Decision.hit_id == hit.id).order_by(Decision.round.desc()).limit(1)
    return session.scalar(newest)


def is_stronger(match: Match, hit: Hit) -> bool:
    """Sure beats uncertain, then the nearer beats the less near; two embedders are never compared.

    A hit of before scores were made has its cosine only, and is compared by that.
    """
    nearness = (match.similarity, hit.similarity) if hit.score is None else (match.score, hit.score)
    mine, theirs = (match.grade == "sure", nearness[0]), (hit.grade == "sure", nearness[1])
    return match.embedder == hit.embedder and mine > theirs


def may_improve(session: Session, hit: Hit) -> bool:
    """Nothing replaces what a person decided on: the record must show what they saw, and groups were sent it."""
    is_decided = session.scalar(select(exists().where(Decision.hit_id == hit.id)))
    return not is_decided and hit.pictures_shed_at is None


def has_better_shot(hit: Hit, sighting: Sighting) -> bool:
    """Of one passage the look with the better quality; of another only with the stronger match it belongs to."""
    if hit.passage_id == sighting.track.passage_id:
        return sighting.track.best.quality.value > hit.quality
    return is_stronger(sighting.match, hit)


def hits_of(passage_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(HitPassage.hit_id).where(HitPassage.passage_id == passage_id)
