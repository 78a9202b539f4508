"""Groups of guards: making and changing them, and the links to their pages."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from patrol.dispatch import leases, rosters
from patrol.dispatch.checks import Others, mistakes_of
from patrol.dispatch.coverage import Premises
from patrol.dispatch.drafts import ChatDraft, GroupDraft, GroupRefused, Mistake, chat_identity
from patrol.store import alarms, events
from patrol.store.tables import Delivery, Group, GroupChat, GroupLink, GroupReply
from patrol.values import PatrolError

TOKEN_BYTES = 32  # 256 random bits: unguessable
TREE_LOCK = 7_203_114  # any fixed number but that of the events
CHAT_BROKEN, ANSWERS_UNREAD = "chat_broken", "answers_unread"  #: alarms

#: What a draft and a row hold alike.
PLAIN = (
    *("name", "site_id", "latitude", "longitude", "building", "floor", "post", "level", "parent_id", "radius_m"),
    *("is_default", "time_zone", "picture_policy", "shows_name", "keep_h", "language", "is_active"),
)


class GroupUnknown(PatrolError):
    """There is no such group."""


def create(session: Session, draft: GroupDraft, by: str, now: datetime, premises: Premises | None = None) -> Group:
    """Make a group; GroupRefused lists everything wrong with the draft. Every group has a page."""
    take_turn(session)
    others = Others.of(session)
    taken = [Mistake(("id",), "taken", draft.id)] if draft.id in others.parents else []
    _require(taken, draft, others, premises, now)
    return become(session, begin(session, draft.id, now), draft, by, now, "created")


def begin(session: Session, group_id: str, now: datetime) -> Group:
    """A group's row, to become what a draft says."""
    group = Group(id=group_id, created_at=now)
    session.add(group)
    return group


def change(
    session: Session, group_id: str, draft: GroupDraft, by: str, now: datetime, premises: Premises | None = None
) -> Group:
    """Make a group what the draft says; its id stays. Saving a chat again means it may be tried again."""
    take_turn(session)
    group = find(session, group_id)
    moved = [Mistake(("id",), "bad_id", draft.id)] if draft.id != group_id else []
    _require(moved, draft, Others.of(session), premises, now)
    return become(session, group, draft, by, now, "changed")


def remove(session: Session, group_id: str, by: str, now: datetime) -> None:
    """End a group: nothing goes to it any more, its links and its members' phones open nothing.

    Its row goes too where nothing was ever sent to it; else it stays, for what was sent must keep its reader.
    A group with groups below it is not removed: these would hang in the air.
    """
    take_turn(session)
    group = find(session, group_id)
    _require_no_children(session, group_id)
    revoke_links(session, group_id, by, now)
    _clear_broken(session, group, group.chats, now)
    if _was_used(session, group_id):
        group.is_active = False
        for member in rosters.members_of(group):
            rosters.dismiss(member, by, now)
    else:
        session.delete(group)
    session.flush()
    _record(session, group_id, by, now, "removed")


def take_turn(session: Session) -> None:
    """Wait until nobody else is changing groups: a tree is right as a whole, or not at all.

    On SQLite the transaction holds the only write lock already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": TREE_LOCK})


def find(session: Session, group_id: str) -> Group:
    group = session.get(Group, group_id)
    if group is None:
        raise GroupUnknown(f"no group is called {group_id!r}")
    return group


def draft_of(group: Group) -> GroupDraft:
    """The draft a group would be made from, to change a part of it."""
    return GroupDraft(
        **{name: getattr(group, name) for name in PLAIN},
        id=group.id,
        covers=tuple(dict(cover) for cover in group.covers),
        shifts=dict(group.shifts),
        chats=tuple(ChatDraft(c.kind, c.address, c.secret) for c in group.chats if c.removed_at is None),
        members=rosters.drafts_of(group),
    )


def is_as(group: Group, draft: GroupDraft) -> bool:
    """Whether a group is already what a draft says, and none of its chats waits to be tried again."""
    is_broken = any(chat.broken_at for chat in group.chats if chat.removed_at is None)
    return not is_broken and draft_of(group) == _normal(draft)


def new_link(session: Session, group_id: str, by: str, now: datetime) -> str:
    """Make a link to the group's page and return its token, which is kept nowhere and cannot be shown again."""
    find(session, group_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(GroupLink(token_hash=_hash(token), group_id=group_id, created_at=now, created_by=by))
    session.flush()
    _record(session, group_id, by, now, "linked")
    return token


def group_of_link(session: Session, token: str) -> Group | None:
    """The group whose page a token opens; None for an unknown or revoked one, or a group that has ended."""
    link = session.get(GroupLink, _hash(token))
    if link is None or link.revoked_at is not None or not link.group.is_active:
        return None
    return link.group


def has_link(session: Session, group_id: str) -> bool:
    """Whether any link opens the group's page."""
    open_links = select(GroupLink.token_hash).where(GroupLink.group_id == group_id, GroupLink.revoked_at.is_(None))
    return session.scalar(open_links.limit(1)) is not None


def revoke_links(session: Session, group_id: str, by: str, now: datetime) -> int:
    """Close every link to the group's page and return how many there were."""
    find(session, group_id)
    links = session.scalars(
        select(GroupLink).where(GroupLink.group_id == group_id, GroupLink.revoked_at.is_(None))
    ).all()
    for link in links:
        link.revoked_at = now
    if links:
        session.flush()
        _record(session, group_id, by, now, "unlinked")
    return len(links)


def _hash(token: str) -> str:
    """A plain hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def _require(
    mistakes: list[Mistake], draft: GroupDraft, others: Others, premises: Premises | None, now: datetime
) -> None:
    mistakes = [*mistakes, *mistakes_of(draft, others, premises, now)]
    if mistakes:
        raise GroupRefused(mistakes)


def _require_no_children(session: Session, group_id: str) -> None:
    below = select(Group.id).where(Group.parent_id == group_id, Group.is_active).order_by(Group.id)
    if children := session.scalars(below).all():
        raise GroupRefused([Mistake(("id",), "has_children", group_id, {"children": ", ".join(children)})])


def become(session: Session, group: Group, draft: GroupDraft, by: str, now: datetime, what: str) -> Group:
    """Lay a draft that was found right over a group."""
    draft = _normal(draft)
    for name in PLAIN:
        setattr(group, name, getattr(draft, name))
    group.covers = [dict(cover) for cover in draft.covers]
    group.shifts = dict(draft.shifts)
    _lay_chats(group, draft, now)
    rosters.lay(group, draft.members, by, now)
    if what != "created":
        _clear_broken(session, group, group.chats, now)
    session.flush()
    _record(session, group.id, by, now, what)
    return group


def _normal(draft: GroupDraft) -> GroupDraft:
    """The draft as a row comes to hold it: with its page, and the captains first."""
    has_page = any(chat.kind == "page" for chat in draft.chats)
    return replace(
        draft,
        name=draft.name.strip(),
        level=draft.level.strip(),
        chats=draft.chats if has_page else (*draft.chats, ChatDraft("page")),
        members=tuple(sorted(draft.members, key=lambda member: (member.role, member.name))),
    )


def _lay_chats(group: Group, draft: GroupDraft, now: datetime) -> None:
    """Keep the rows of chats that stay, take out the others, add the new."""
    rows = {chat_identity(chat): chat for chat in group.chats}
    for row in rows.values():
        row.removed_at = row.removed_at or now
    for position, chat in enumerate(draft.chats):
        kept = rows.get(chat_identity(chat))
        if kept is None:
            kept = GroupChat(kind=chat.kind, address=chat.address)
            group.chats.append(kept)
        kept.secret, kept.position, kept.removed_at = chat.secret, position, None


def _clear_broken(session: Session, group: Group, chats: Collection[GroupChat], now: datetime) -> None:
    for chat in chats:
        chat.broken_at = chat.broken_reason = None
        if chat.removed_at is None:
            leases.reconnect(session, chat, now)
    for alarm in (CHAT_BROKEN, ANSWERS_UNREAD):
        alarms.clear(session, alarm, f"group:{group.id}", now)


def _was_used(session: Session, group_id: str) -> bool:
    queries = (
        select(Delivery.id).where(Delivery.group_id == group_id),
        select(GroupReply.id).where(GroupReply.group_id == group_id),
        select(Group.id).where(Group.parent_id == group_id),
    )
    return any(session.scalar(query.limit(1)) is not None for query in queries)


def _record(session: Session, group_id: str, by: str, now: datetime, what: str) -> None:
    subject, body = f"group:{group_id}", {"group_id": group_id, "change": what}
    events.append(session, "group.changed", actor=f"user:{by}", subject=subject, now=now, **body)
