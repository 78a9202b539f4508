"""What an answer does: it stops clocks, moves the case, calls for help, puts a hit back to review."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from patrol.dispatch import calls_for_help, clocks, running, sightings, statuses, wording
from patrol.dispatch.members import NOT_ON_ROSTER, ReplyRefused
from patrol.dispatch.record import record
from patrol.hits.episodes import NOBODY_ANSWERS, OPEN_FOR
from patrol.hits.reasons import NOT_HIM
from patrol.hits.wrongful import suspend, was_stopped
from patrol.store import alarms, events
from patrol.store.tables import Delivery, Event, GroupChat, GroupReply, Hit
from patrol.values import ReplyKind

REFUSED = "reply.refused"  #: event
MOST_REFUSALS = 20  # recorded a minute of one group: a room full of strangers presses less often
SAID_AGAIN_AFTER = timedelta(minutes=10)  # a chat full of strangers is told once that their answers do not count


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One answer that was just written down, and what it is about."""

    session: Session
    hit: Hit
    delivery: Delivery
    received: GroupReply
    chat: GroupChat
    place: dict[str, Any]  #: what it says of a place
    hit_ids: Sequence[UUID]
    now: datetime

    def tell_back(self, code: str) -> None:
        """Say a sentence in the chat the answer came from; who answers on the page sees it there."""
        if self.chat.kind == "page":
            return
        fields = {"number": wording.short_number(self.hit.number)}
        it = statuses.status(self.chat, code, fields, self.now, hit=self.hit, follows=self.delivery)
        self.session.add(it)
        self.session.flush()
        record(self.session, [it], self.now)

    def move(self, said: GroupReply) -> None:
        """Let the case go on from where this sighting was; a clock that is ahead of ours makes nothing later."""
        at = min(said.said_at, self.now)
        group = self.chat.group
        sightings.move(self.session, self.hit, group, said.place, self.hit_ids, at, self.now)


def act(answer: Answer) -> None:
    """Let an answer take effect. What comes too late moves nothing, but a call for help is never too late."""
    received = answer.received
    if received.is_late:
        _tell_late(answer)
    else:
        clocks.stop(answer.session, answer.hit_ids, received.group_id, _kind(received), answer.now)
        if received.kind in running.AT_IT:
            _end_silence(answer)
    effect = EFFECTS.get(received.kind)
    if effect is not None and (received.kind in ALWAYS or not received.is_late):
        effect(answer)


def why_late(session: Session, hit: Hit, delivery: Delivery, now: datetime) -> str | None:
    """Why an answer moves nothing any more, as a code: the hit is withdrawn, its case closed, its time over."""
    if hit.verdict is not None and hit.verdict != "confirmed":
        return "late_withdrawn"
    episode = hit.episode
    if episode is None:
        return "late_expired" if (delivery.sent_at or now) + OPEN_FOR <= now else None
    if episode.closed_at is not None:
        return "late_ended"
    return "late_expired" if episode.deadline_at <= now else None


def record_refusal(session: Session, refused: ReplyRefused, now: datetime) -> None:
    """Write down that an answer was refused, in a transaction of its own: which kind, where and why, nothing of it.

    A member who is not on the roster is told so, once in a while; who floods us fills no table.
    """
    chat = session.get(GroupChat, refused.chat_id) if refused.chat_id is not None else None
    is_unknown = chat is not None and refused.why == NOT_ON_ROSTER and chat.kind != "page"
    if chat is not None and is_unknown and not _was_said(session, chat, now):
        told = statuses.status(chat, NOT_ON_ROSTER, {}, now, hit=None)
        session.add(told)
        session.flush()
        record(session, [told], now)
    group = chat.group if chat is not None else None
    subject = f"group:{group.id}" if group else "group:"
    if _n_recorded(session, subject, now) >= MOST_REFUSALS:
        return
    events.append(
        session,
        REFUSED,
        actor=f"group:{group.id}" if group else "system",
        subject=subject,
        now=now,
        site_id=group.site_id if group else None,
        group_id=group.id if group else None,
        chat_kind=chat.kind if chat else None,
        reply_kind=refused.reply_kind,
        why=refused.why,
    )


def _n_recorded(session: Session, subject: str, now: datetime) -> int:
    recent = select(func.count()).where(
        Event.subject == subject, Event.kind == REFUSED, Event.at > now - timedelta(minutes=1)
    )
    return session.scalar(recent) or 0


def _was_said(session: Session, chat: GroupChat, now: datetime) -> bool:
    said = select(Delivery.id).where(
        Delivery.chat_id == chat.id, Delivery.part == NOT_ON_ROSTER, Delivery.created_at > now - SAID_AGAIN_AFTER
    )
    return session.scalar(said.limit(1)) is not None


def _tell_late(answer: Answer) -> None:
    code = why_late(answer.session, answer.hit, answer.delivery, answer.now) or "late_expired"
    answer.tell_back(code)


def _end_silence(answer: Answer) -> None:
    """Somebody goes: the duty officer need not any more."""
    for hit_id in answer.hit_ids:
        alarms.clear(answer.session, NOBODY_ANSWERS, f"hit:{hit_id}", answer.now)


def _cannot_go(answer: Answer) -> None:
    """Passed on at once, unless somebody else of the group is on the way."""
    group_id = answer.received.group_id
    if group_id not in running.at_it(answer.session, answer.hit_ids):
        clocks.pass_on_at_once(answer.session, answer.hit, answer.hit_ids, group_id, answer.now)


def _need_help(answer: Answer) -> None:
    told = {told.group_id for told in statuses.told_of(answer.session, answer.hit_ids)}
    calls_for_help.call(answer.session, answer.hit, answer.chat.group, answer.received, told)


def _sighted(answer: Answer) -> None:
    received = answer.received
    received.place = answer.place
    answer.move(received)
    if not sightings.is_specific(answer.place):
        answer.tell_back("sighted_where")


def _said_where(answer: Answer) -> None:
    """Free words soon after a sighting without a place are its place."""
    if not sightings.is_specific(answer.place):
        return
    earlier = sightings.without_place(answer.session, answer.hit_ids, answer.received)
    if earlier is not None:
        earlier.place = {**earlier.place, **answer.place}
        answer.move(earlier)


def _not_him(answer: Answer) -> None:
    """Back to review, to the top: guards stand before the wrong person. Also when the case is over already."""
    hit, session, now = answer.hit, answer.session, answer.now
    if hit.verdict != "confirmed":
        return
    hit.round, hit.verdict, hit.alarm = hit.round + 1, None, NOT_HIM
    session.flush()
    events.append(
        session,
        "hit.reopened",
        actor=f"group:{answer.received.group_id}",
        subject=f"hit:{hit.id}",
        now=now,
        site_id=hit.site_id,
        hit_id=str(hit.id),
        number=hit.number,
        group_id=answer.received.group_id,
        round=hit.round,
        alarm=NOT_HIM,
    )


def _stopped(answer: Answer) -> None:
    """Said only after a person has taken the yes back, it was a wrongful stop all the same."""
    hit = answer.hit
    is_over = hit.episode is not None and hit.episode.outcome == "not_him"
    if (hit.verdict == "rejected" or is_over) and was_stopped(answer.session, hit):
        suspend(answer.session, hit, answer.now)


def _kind(received: GroupReply) -> ReplyKind:
    kind: ReplyKind = received.kind  # type: ignore[assignment]  # the column's CHECK holds it to these
    return kind


EFFECTS: Mapping[str, Callable[[Answer], None]] = {
    "cannot_go": _cannot_go,
    "need_help": _need_help,
    "sighted": _sighted,
    "other": _said_where,
    "not_him": _not_him,
    "stopped": _stopped,
}
ALWAYS = ("need_help", "not_him", "stopped")  # these matter however late they come
