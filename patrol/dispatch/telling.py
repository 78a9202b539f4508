"""Making the deliveries of one hit to one group: its page always, and the first of its chats that is in use."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID, uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from patrol.chats.table import LIMITS
from patrol.dispatch import wording
from patrol.dispatch.plan import Candidate
from patrol.store.tables import Decision, Delivery, ForwardPolicy, Group, GroupChat, Hit

LANES = {"withdraw": 0, "hit": 1, "exercise": 1, "drill": 1, "status": 2, "alarm": 2, "test": 2, "bulletin": 3}
OUT = ("sending", "sent", "unknown")  # stands in the chat, or may
STANDING = ("queued", *OUT)
WITHOUT_PICTURE = ("link", "text")  # picture policies
NEXT_CHAT_AFTER = timedelta(seconds=60)  # a chat that has not taken a hit by then leaves it to the group's next one


class Because(TypedDict):
    """Why a group is told, as its rows keep it; its revision counts how often one decision was told it before."""

    revision: int
    parent_id: UUID | None
    forwarded_by: str | None
    forward_policy_id: UUID | None
    distance_m: float | None
    walk_min: float | None


def tell(
    session: Session,
    hit: Hit,
    decision: Decision,
    group: Group,
    now: datetime,
    expires_at: datetime,
    *,
    candidate: Candidate | None = None,
    parent: Delivery | None = None,
    forwarded_by: str | None = None,
    forward_policy: ForwardPolicy | None = None,
) -> list[Delivery]:
    """Queue a hit for one group; nothing where the group holds it already.

    candidate: how near it is. parent: the delivery that is forwarded, by a named person or a written policy.
    """
    if holds(session, group.id, hit.id):
        return []
    because = Because(
        revision=_next_revision(session, decision, group),
        parent_id=parent.id if parent else None,
        forwarded_by=forwarded_by,
        forward_policy_id=forward_policy.id if forward_policy else None,
        distance_m=candidate.distance_m if candidate else None,
        walk_min=candidate.walk_min if candidate else None,
    )
    chats = in_order(group)
    ways = [(page, expires_at) for page in _pages(group)]
    ways += [(chat, _until(now, expires_at, is_last=len(chats) == 1)) for chat in chats[:1]]
    made = [part for chat, until in ways for part in _message(session, hit, decision, chat, now, until, because)]
    return _added(session, made)


def tell_by_next_chat(session: Session, delivery: Delivery, now: datetime) -> list[Delivery]:
    """Queue the hit for the group's next chat, after one has failed, expired or stayed unknown.

    Nothing where its time is over, another chat has taken it or is about to, or every chat was tried.
    """
    if delivery.kind != "hit" or delivery.hit is None or delivery.chat.kind == "page":
        return []
    episode = delivery.hit.episode
    if delivery.hit.verdict != "confirmed" or (episode is not None and episode.closed_at is not None):
        return []  # taken back meanwhile, or over
    rows = [row for row in _rows_of_group(session, delivery) if row.revision == delivery.revision]
    expires_at = max(row.expires_at for row in rows)
    is_carried = any(_is_carried_by(row) for row in rows if row.id != delivery.id)
    tried = {row.chat_id for row in rows}
    left = [chat for chat in in_order(delivery.group) if chat.id not in tried]
    if is_carried or now >= expires_at or not left:
        return []
    because = Because(
        revision=delivery.revision,
        parent_id=delivery.parent_id,
        forwarded_by=delivery.forwarded_by,
        forward_policy_id=delivery.forward_policy_id,
        distance_m=delivery.distance_m,
        walk_min=delivery.walk_min,
    )
    decision = session.get_one(Decision, delivery.decision_id)
    until = _until(now, expires_at, is_last=len(left) == 1)
    return _added(session, list(_message(session, delivery.hit, decision, left[0], now, until, because)))


def is_carried_elsewhere(session: Session, delivery: Delivery) -> bool:
    """Whether another chat of the group, or the same one told anew, has taken this hit or may still."""
    others = (
        row
        for row in _rows_of_group(session, delivery)
        if row.chat_id != delivery.chat_id or row.revision > delivery.revision
    )
    return any(_is_carried_by(row) for row in others)


def holds(session: Session, group_id: str, hit_id: UUID) -> bool:
    """Whether this hit stands in a group, may stand there or is about to: told once, it is not told again.

    A group whose withdrawal is on its way does not hold it.
    """
    held = HELD.where(Delivery.group_id == group_id, Delivery.hit_id == hit_id)
    return session.scalar(select(held.exists())) or False


def holding(session: Session, episode_id: UUID) -> Sequence[str]:
    """The groups that were told of a case and still hold it."""
    held = HELD.where(Delivery.episode_id == episode_id)
    return session.scalars(held.with_only_columns(Delivery.group_id).distinct().order_by(Delivery.group_id)).all()


def in_order(group: Group) -> list[GroupChat]:
    """The chats beside the page in the order in which they are tried: a broken one comes last."""
    in_use = [chat for chat in group.chats if chat.removed_at is None and chat.kind != "page"]
    return sorted(in_use, key=lambda chat: (chat.broken_at is not None, chat.position))


def _pages(group: Group) -> list[GroupChat]:
    """The group's own page; it has one, unless somebody took it out."""
    return [chat for chat in group.chats if chat.removed_at is None and chat.kind == "page"]


def _until(now: datetime, expires_at: datetime, *, is_last: bool) -> datetime:
    """When a chat has had its time: the last one has all there is."""
    return expires_at if is_last else min(expires_at, now + NEXT_CHAT_AFTER)


def _message(
    session: Session,
    hit: Hit,
    decision: Decision,
    chat: GroupChat,
    now: datetime,
    expires_at: datetime,
    because: Because,
) -> Iterator[Delivery]:
    """One row where the platform has captions or no picture is sent, else a text and then a picture."""
    updates_id = _first_message(session, hit, chat)
    for part, words in _parts(hit, chat, now).items():
        yield Delivery(
            id=uuid4(),
            kind="hit",
            decision_id=decision.id,
            verdict=decision.verdict,
            hit=hit,
            group=chat.group,
            chat=chat,
            part=part,
            lane=LANES["hit"],
            state="queued",
            next_try_at=now,
            expires_at=expires_at,
            text=words,
            episode_id=hit.episode_id,
            updates_id=updates_id,
            created_at=now,
            **because,
        )


def _parts(hit: Hit, chat: GroupChat, now: datetime) -> dict[str, str]:
    """The text of each part, by its name."""
    limits = LIMITS[chat.kind]
    is_stale = chat.kind == "page"  # which stays open: it says itself how long ago it was
    text = wording.hit_text(hit, wording.language_of(chat.group), limits, now=None if is_stale else now)
    if limits.has_caption:
        return {"hit": text}
    has_picture = limits.picture_bytes > 0 and chat.group.picture_policy not in WITHOUT_PICTURE
    return {"text": text, "picture": ""} if has_picture else {"text": text}


def _first_message(session: Session, hit: Hit, chat: GroupChat) -> UUID | None:
    """The first message of this hit's case that stands in the same chat: what an update is an update to."""
    if hit.episode_id is None:
        return None
    earlier = HELD.where(Delivery.episode_id == hit.episode_id, Delivery.chat_id == chat.id)
    first = earlier.where(Delivery.hit_id != hit.id, Delivery.part != "picture").order_by(Delivery.created_at)
    return session.scalar(first.with_only_columns(Delivery.id).limit(1))


def _next_revision(session: Session, decision: Decision, group: Group) -> int:
    """0, save where this decision has been told to the group before and did not reach it."""
    earlier = select(func.max(Delivery.revision)).where(
        Delivery.decision_id == decision.id, Delivery.group_id == group.id, Delivery.kind == "hit"
    )
    newest = session.scalar(earlier)
    return 0 if newest is None else newest + 1


def _rows_of_group(session: Session, delivery: Delivery) -> Sequence[Delivery]:
    """Everything that was made for one group of the same decision."""
    same = (Delivery.decision_id == delivery.decision_id, Delivery.group_id == delivery.group_id)
    return session.scalars(select(Delivery).where(*same, Delivery.kind == "hit")).all()


def _is_carried_by(row: Delivery) -> bool:
    """Whether a chat has taken the hit, or may still."""
    is_open = row.state in ("queued", "sending") or (row.state == "unknown" and row.ended_at is None)
    return row.chat.kind != "page" and (is_open or row.state == "sent")


def _added(session: Session, made: list[Delivery]) -> list[Delivery]:
    session.add_all(made)
    session.flush()
    return made


def _held() -> Select[Delivery]:
    """What went out of hits or is about to, and is not being withdrawn."""
    withdraw, told = aliased(Delivery), aliased(Delivery)
    of_it = (told.decision_id == Delivery.decision_id, told.chat_id == Delivery.chat_id)
    withdrawn = select(withdraw.id).join(told, withdraw.cancels_id == told.id).where(*of_it).exists()
    return select(Delivery).where(Delivery.kind == "hit", Delivery.state.in_(STANDING), ~withdrawn)


HELD = _held()  # built once: putting it together takes a dozen milliseconds, and a route asks it three times
