"""Self-tests: what one needs, following it from the match to the groups' chats, and the alarm where it stops.

The worker's part, from the camera's loop to the confirmed hit, is in patrol/selftest.py.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from patrol import words
from patrol.chats.table import LIMITS
from patrol.dispatch import exercises, pauses, wording
from patrol.dispatch.notices import MAINTENANCE
from patrol.dispatch.outcomes import error_code
from patrol.dispatch.plain_messages import chats_of, message, parts_of
from patrol.dispatch.record import record
from patrol.store import alarms
from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import (
    Decision,
    Delivery,
    Exercise,
    Group,
    GroupChat,
    Hit,
    Person,
    Policy,
    Portrait,
    Routing,
    StreamState,
    Watchlist,
)
from patrol.values import PatrolError

SELF_TEST = "self_test"
#: In this order; the first five are the worker's.
STAGES = ("taken", "injected", "matched", "recorded", "confirmed", "queued", "accepted")
WITHIN = timedelta(seconds=60)  # ten times what it takes on two cores; a hit that needs longer is no use
FAILED, IMPOSSIBLE = "self_test_failed", "self_test_impossible"  # alarms


class SelfTestImpossible(PatrolError):
    """Something that a self-test needs is not there."""

    def __init__(self, site_id: str, reason: str) -> None:
        super().__init__(words.say(f"alarms.{IMPOSSIBLE}.{reason}", "en", site_id=site_id))
        self.site_id = site_id
        self.reason = reason  #: code: no_group, paused, no_live_stream, no_entry, no_policy


def begin(session: Session, site_id: str, group_ids: Sequence[str], by: str, now: datetime) -> Exercise:
    """Start a self-test of a site; SelfTestImpossible says what is missing."""
    if not group_ids:
        raise SelfTestImpossible(site_id, "no_group")
    if _is_paused(session, site_id, now):
        raise SelfTestImpossible(site_id, "paused")
    stream_id, person_id = _stream(session, site_id, now), _entry(session, site_id, now)
    more = {"stream_id": stream_id, "person_id": person_id}
    exercise = exercises.begin(session, SELF_TEST, by, now, now + WITHIN, group_ids, **more)
    alarms.clear(session, IMPOSSIBLE, f"site:{site_id}", now)
    exercises.say(session, exercise, "started", now, by=by, site_id=site_id, stream_id=stream_id)
    return exercise


def _is_paused(session: Session, site_id: str, now: datetime) -> bool:
    """Whether its messages would be held back."""
    return any(pause.scope == "all" or pause.ref == site_id for pause in pauses.standing(session, now))


def say_impossible(session: Session, error: SelfTestImpossible, now: datetime) -> None:
    alarms.sound(session, IMPOSSIBLE, f"site:{error.site_id}", now, site_id=error.site_id, reason=error.reason)


def groups_of_site(session: Session, site_id: str) -> list[Group]:
    """Who would be told of a hit there: every active group of the site but the maintenance."""
    groups = select(Group).where(Group.is_active, Group.level != MAINTENANCE).order_by(Group.id)
    rows = session.scalars(groups.options(selectinload(Group.chats))).all()
    return [group for group in rows if site_id in sites_of(group)]


def sites_of(group: Group) -> set[str]:
    """The sites a group stands at or covers something of."""
    covered = {cover["site"] for cover in group.covers if cover.get("site")}
    return covered | ({group.site_id} if group.site_id else set())


def _stream(session: Session, site_id: str, now: datetime) -> str:
    """The camera that shows something and was tested longest ago."""
    tested = select(Exercise.stream_id, func.max(Exercise.started_at).label("at"))
    last = tested.where(Exercise.kind == SELF_TEST).group_by(Exercise.stream_id).subquery()
    live = select(StreamState.stream_id).outerjoin(last, last.c.stream_id == StreamState.stream_id)
    live = live.where(
        StreamState.site_id == site_id, StreamState.state == "live", StreamState.updated_at > now - ALIVE_FOR
    )
    found = session.scalar(live.order_by(last.c.at.is_not(None), last.c.at, StreamState.stream_id).limit(1))
    if found is None:
        raise SelfTestImpossible(site_id, "no_live_stream")
    return found


def _entry(session: Session, site_id: str, now: datetime) -> UUID:
    """Somebody on a list marked as exercise whose policy confirms the hit."""
    portraits = select(Portrait.person_id).where(Portrait.removed_at.is_(None), Portrait.picture_key.is_not(None))
    entries = (
        select(Person.id, Person.watchlist_id)
        .join(Watchlist, Watchlist.id == Person.watchlist_id)
        .where(Watchlist.is_exercise, Watchlist.closed_at.is_(None), Watchlist.ends_at > now)
        .where(Person.removed_at.is_(None), Person.suspended_at.is_(None), Person.ends_at > now)
        .where(Person.id.in_(portraits))
    )
    rows = session.execute(entries.order_by(Person.created_at, Person.id)).all()
    in_force = select(Policy.watchlist_id).where(Policy.kind == "confirm_exercise", Policy.ends_at > now)
    allowed = set(session.scalars(in_force.where(Policy.created_at <= now)))
    found: UUID | None = next((row.id for row in rows if row.watchlist_id in allowed), None)
    if found is None:
        raise SelfTestImpossible(site_id, "no_policy" if rows else "no_entry")
    return found


def has_running(session: Session) -> bool:
    running = select(Exercise.id).where(Exercise.kind == SELF_TEST, Exercise.ended_at.is_(None))
    return session.scalar(running.limit(1)) is not None


def follow(session: Session, now: datetime) -> int:
    """Take every running self-test a step further; return how many have ended."""
    running = select(Exercise).where(Exercise.kind == SELF_TEST, Exercise.ended_at.is_(None))
    rows = session.scalars(running.with_for_update(skip_locked=True, of=Exercise)).all()
    return sum(_follow(session, exercise, now) for exercise in rows)


def _follow(session: Session, exercise: Exercise, now: datetime) -> bool:
    """Whether it has ended: by the last chat's yes, by a no for good, or by its time."""
    sent = exercises.deliveries(session, exercise)
    if "confirmed" in exercise.stages and not sent:
        sent = _deliver(session, exercise, now)
    if sent and all(it.state == "sent" for it in sent):
        exercises.note(exercise, "accepted", max(it.ended_at or now for it in sent))
        _end(session, exercise, exercises.PASSED, now)
        return True
    refused = next((it for it in sent if it.ended_at is not None and it.state != "sent"), None)
    if refused is None and now < exercise.ends_at:
        return False
    _fail(session, exercise, refused or next((it for it in sent if it.error), None), now)
    return True


def _deliver(session: Session, exercise: Exercise, now: datetime) -> list[Delivery]:
    """Queue it for every chat of its groups, to be sent like the hit it looks like."""
    hit = session.get_one(Hit, exercise.hit_id)
    decision = session.scalars(select(Decision).where(Decision.hit_id == hit.id)).one()
    groups = session.scalars(select(Group).where(Group.id.in_(exercise.group_ids)).order_by(Group.id)).all()
    made = [
        _delivery(exercise, hit, decision, chat, part, text, now)
        for group in groups
        for chat in chats_of(group)
        for part, text in parts_of(chat, exercise_text(hit, chat))
    ]
    session.add_all(made)
    told = [
        {"part": "told", "group_id": it.id, "name": it.name, "level": it.level, "why": SELF_TEST} for it in groups
    ]
    session.get_one(Routing, decision.id).explanation = told
    exercises.note(exercise, "queued", max(now, exercises.stage_at(exercise, "confirmed") or now))
    session.flush()
    record(session, made, now, actor="system")
    return made


def _told(group: Group) -> dict[str, str]:
    """Why it was told, as patrol.dispatch.explanations reads it."""
    return {"part": "told", "group_id": group.id, "name": group.name, "level": group.level, "why": SELF_TEST}


def _delivery(
    exercise: Exercise, hit: Hit, decision: Decision, chat: GroupChat, part: str, text: str, now: datetime
) -> Delivery:
    delivery = message("exercise", chat, text, now, exercise.ends_at - now, part=part, exercise_id=exercise.id)
    delivery.decision_id, delivery.verdict, delivery.hit = decision.id, decision.verdict, hit
    return delivery


def exercise_text(hit: Hit, chat: GroupChat) -> str:
    """As of a hit, marked as an exercise, and in a sentence before it that nobody is looked for."""
    language = wording.language_of(chat.group)
    first = words.say("health.self_test", language)
    return f"{first}\n{wording.hit_text(hit, language, LIMITS[chat.kind])}"


def _end(session: Session, exercise: Exercise, outcome: str, now: datetime) -> None:
    exercise.ended_at, exercise.outcome = now, outcome
    session.flush()
    site_id = site_of(session, exercise)
    if outcome == exercises.PASSED:
        alarms.clear(session, FAILED, f"site:{site_id}", now)
    exercises.say(session, exercise, "ended", now, by="system", outcome=outcome, site_id=site_id)


def _fail(session: Session, exercise: Exercise, refused: Delivery | None, now: datetime) -> None:
    stage = next((stage for stage in STAGES if stage not in exercise.stages), STAGES[-1])
    _end(session, exercise, f"failed_at_{stage}", now)
    site_id = site_of(session, exercise)
    detail = {"site_id": site_id, "stage": stage, "stream_id": exercise.stream_id, **_refusal(refused)}
    alarms.sound(session, FAILED, f"site:{site_id}", now, **detail)


def _refusal(refused: Delivery | None) -> dict[str, str]:
    """Which chat stopped it, and by what code."""
    if refused is None:
        return {}
    return {"chat_kind": refused.chat.kind, "group_id": refused.group_id, "error": error_code(refused)}


def site_of(session: Session, exercise: Exercise) -> str:
    site_id = session.scalar(select(StreamState.site_id).where(StreamState.stream_id == exercise.stream_id))
    return site_id or ""
