"""Rows as the record writes them, for tests that need many hits and no pictures."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from patrol.store.tables import Decision, Hit, HitProbe, Policy, StreamState
from patrol.watchlist.floors import KEEP_NEGATIVE_ANCHORS
from tests.hits.sightings import EMBEDDER, SITE, STREAM, Cast, template

STRANGER = 7  # a template's seed


def hit_of(session: Session, people: Cast, now: datetime, score: float | None = 0.3, **more: object) -> Hit:
    """A hit of Wanda's as `record` writes one, rejected unless said otherwise, its passage's template kept."""
    site = {"site_id": SITE.id, "site_name": SITE.name, "time_zone": SITE.time_zone}
    seen = {"first_seen_at": now, "last_seen_at": now, "seen_at": now, "recorded_at": now}
    drawn = {key: [0] for key in ("box_xyxy", "landmarks_xy", "other_boxes_xyxy", "frame_wh", "crop_xyxy")}
    row = {
        "id": uuid.uuid4(), "number": number_of(session), "origin": "match", "grade": "sure", "stream_id": STREAM.id,
        "stream_name": "Gate", "place": "3F", "latitude": 0.0, "longitude": 0.0,
        "watchlist_id": people.watchlist.id, "person_id": people.wanda.id, "portrait_id": people.portrait.id,
        "passage_id": uuid.uuid4(), "n_looks": 3, "track_length_s": 2.0, "similarity": 0.5, "score": score,
        "threshold": 0.2, "embedder": EMBEDDER, "quality": 0.7, "verdict": "rejected", **site, **seen, **drawn,
        **more,
    }  # fmt: skip
    hit = Hit(**row)
    session.add(hit)
    session.flush()
    vector = template(STRANGER).vector.astype("<f4").tobytes()
    session.add(HitProbe(hit_id=hit.id, embedder=hit.embedder, vector=vector, quality=0.7))
    session.flush()
    return hit


def number_of(session: Session) -> int:
    return session.query(Hit).count() + 1


def said(session: Session, people: Cast, hit: Hit, reason: str | None, now: datetime) -> None:
    decision = Decision(hit_id=hit.id, round=hit.round, verdict="rejected", reason=reason, decided_at=now)
    decision.release_at, decision.user_id, decision.user_name = now, people.rita.id, "rita"
    session.add(decision)
    session.flush()


def keeping(session: Session, now: datetime, days: int = 9, site_id: str = SITE.id) -> Policy:
    policy = Policy(site_id=site_id, kind=KEEP_NEGATIVE_ANCHORS, text="twins at work", written_by="user:ada")
    policy.created_at, policy.ends_at = now, now + timedelta(days=days)
    session.add(policy)
    session.flush()
    return policy


def watched(session: Session, now: datetime, stream_id: str = STREAM.id, site_id: str = SITE.id) -> None:
    state = StreamState(stream_id=stream_id, site_id=site_id, worker_id="w1", state="live")
    state.since = state.updated_at = now
    session.add(state)
    session.flush()
