"""Exercises sent by hand: every group gets a message marked as one, and the clock runs until it answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from patrol import words
from patrol.dispatch import exercises, pauses, wording
from patrol.dispatch.notices import MAINTENANCE
from patrol.dispatch.plain_messages import message, parts_of, ways_to
from patrol.dispatch.reach import PAGE
from patrol.dispatch.record import record
from patrol.store.tables import Delivery, Exercise, Group, GroupReply
from patrol.values import PatrolError

LONGEST_MIN = 120  # a drill that runs longer is no drill
BEST_FIRST = ("accepted", "queued", "failed")
DRILL = "drill"


class DrillRefused(PatrolError):
    """There is nobody to drill: no such group, none with a way to reach it, or sending is paused."""


@dataclass(frozen=True, slots=True)
class ChatScore:
    """What became of the exercise in one chat of a group."""

    kind: str
    state: str  #: queued, accepted or failed
    error: str | None  #: code and words, of the newest try that did not succeed
    accepted_after_s: float | None  #: from the start


@dataclass(frozen=True, slots=True)
class Score:
    """How one group did."""

    group_id: str
    name: str
    chats: tuple[ChatScore, ...]
    seen_after_s: float | None  #: from the start until the first answer, or until a chat said it was read
    answer: str | None  #: kind of the first answer; None where there was none
    member: str

    @property
    def state(self) -> str:
        """Of the chat that did best; the page, which rings nobody, stands for a group that has no other."""
        ringing = [chat for chat in self.chats if chat.kind != PAGE] or self.chats
        states = {chat.state for chat in ringing}
        return next((state for state in BEST_FIRST if state in states), "failed")


@dataclass(frozen=True, slots=True)
class Report:
    """How a drill stands, or ended."""

    id: UUID
    started_at: datetime
    started_by: str
    ends_at: datetime
    is_over: bool
    scores: tuple[Score, ...]  #: by time to the first "seen", who has not answered last


def start(
    session: Session,
    group_ids: Collection[str],
    now: datetime,
    *,
    by: str,
    site_id: str | None = None,
    within: timedelta = timedelta(minutes=5),
) -> Exercise:
    """Queue the exercise for these groups; without any, for all of a site, or for all there are but maintenance."""
    groups = _not_paused(session, _chosen(session, group_ids, site_id), now, are_named=bool(group_ids))
    exercise = exercises.begin(session, DRILL, by, now, now + within, [group.id for group in groups])
    made = [
        message(DRILL, chat, text, now, within, part=part, exercise_id=exercise.id)
        for group in groups
        for chat in ways_to(group)
        for part, text in parts_of(chat, drill_text(group, within))
    ]
    session.add_all(made)
    session.flush()
    record(session, made, now, actor=by)
    exercises.say(session, exercise, "started", now, by=by, n_groups=len(groups))
    return exercise


def _not_paused(session: Session, groups: Sequence[Group], now: datetime, *, are_named: bool) -> list[Group]:
    """Without those at a site whose sending is paused; nobody who was named is left out without a word."""
    standing = pauses.standing(session, now)
    if any(pause.scope == "all" for pause in standing):
        raise DrillRefused("sending is paused for everything; nothing was sent")
    sites = {pause.ref for pause in standing if pause.scope == "site"}
    held = [group for group in groups if group.site_id in sites]
    if held and (are_named or len(held) == len(groups)):
        where = ", ".join(sorted({str(group.site_id) for group in held}))
        raise DrillRefused(f"sending is paused at {where}; nothing was sent")
    return [group for group in groups if group not in held]


def drill_text(group: Group, within: timedelta) -> str:
    """Marked as an exercise in both languages: a message that is passed on must not frighten anybody."""
    language = wording.language_of(group)
    minutes = round(within.total_seconds() / 60) or 1
    return words.say("health.drill", language, minutes=minutes)


def report(session: Session, exercise: Exercise, now: datetime) -> Report:
    """How it stands. It is over once every group has answered or been given up, or its time has passed."""
    sent = exercises.deliveries(session, exercise)
    said = exercises.answers(session, exercise)
    groups = session.scalars(select(Group).where(Group.id.in_(exercise.group_ids)).order_by(Group.id)).all()
    scores = [_score(exercise, group, sent, said) for group in groups]
    is_over = now >= exercise.ends_at or all(it.seen_after_s is not None or it.state == "failed" for it in scores)
    ranked = sorted(scores, key=lambda it: (it.seen_after_s is None, it.seen_after_s or 0.0, it.group_id))
    return Report(exercise.id, exercise.started_at, exercise.started_by, exercise.ends_at, is_over, tuple(ranked))


def recent(session: Session, limit: int = 20) -> Sequence[Exercise]:
    """The newest drills."""
    drills = select(Exercise).where(Exercise.kind == DRILL).order_by(Exercise.started_at.desc(), Exercise.id)
    return session.scalars(drills.limit(limit)).all()


def sites_of(session: Session, exercise: Exercise) -> set[str | None]:
    """The sites of the groups that were drilled; None is among them where a group stands at none."""
    return set(session.scalars(select(Group.site_id).where(Group.id.in_(exercise.group_ids))))


def _chosen(session: Session, group_ids: Collection[str], site_id: str | None) -> Sequence[Group]:
    query = select(Group).where(Group.is_active).order_by(Group.id).options(selectinload(Group.chats))
    if group_ids:
        query = query.where(Group.id.in_(group_ids))
    else:
        query = query.where(Group.level != MAINTENANCE)
        query = query.where(Group.site_id == site_id) if site_id else query
    groups = session.scalars(query).all()
    if unknown := set(group_ids) - {group.id for group in groups}:
        raise DrillRefused(f"no active group is called {', '.join(sorted(unknown))}")
    if not any(ways_to(group) for group in groups):
        raise DrillRefused("there is no active group with a page or a chat that works; nothing was sent")
    return groups


def _score(exercise: Exercise, group: Group, sent: Sequence[Delivery], said: Sequence[GroupReply]) -> Score:
    own = [delivery for delivery in sent if delivery.group_id == group.id]
    first = next((reply for reply in said if reply.group_id == group.id), None)
    read = [delivery.read_at for delivery in own if delivery.read_at is not None]
    seen_at = min([*read, *([first.received_at] if first else [])], default=None)
    return Score(
        group.id,
        group.name,
        tuple(_chat_score(exercise, [it for it in own if it.chat_id == id]) for id in _chats(own)),
        _after_s(exercise, seen_at),
        first.kind if first else None,
        first.member if first else "",
    )


def _chats(own: Sequence[Delivery]) -> list[UUID]:
    """Each chat once, in the order in which it was told."""
    return list(dict.fromkeys(delivery.chat_id for delivery in own))


def _chat_score(exercise: Exercise, parts: Sequence[Delivery]) -> ChatScore:
    """A message of two parts has arrived when both have."""
    error = next((part.error for part in parts if part.error), None)
    kind = parts[0].chat.kind
    if all(part.state == "sent" for part in parts):
        return ChatScore(
            kind, "accepted", None, _after_s(exercise, max(part.ended_at or part.created_at for part in parts))
        )
    has_failed = any(part.ended_at is not None and part.state != "sent" for part in parts)
    return ChatScore(kind, "failed" if has_failed else "queued", error, None)


def _after_s(exercise: Exercise, at: datetime | None) -> float | None:
    return None if at is None else max(0.0, round((at - exercise.started_at).total_seconds(), 3))
