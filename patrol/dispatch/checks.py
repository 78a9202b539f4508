"""Everything that makes a group refused when it is saved, so that nothing is found out when the hit comes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.chats import table
from patrol.dispatch import coverage, rosters, rotas
from patrol.dispatch.coverage import Premises
from patrol.dispatch.drafts import ChatDraft, GroupDraft, Mistake, Where, chat_identity, without_query
from patrol.dispatch.shifts import is_zone
from patrol.store.tables import Group, GroupChat

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
SECRET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
RESERVED = ("export", "import")  # addresses of the API stand where an id does
LONGEST_NAME = 200
LONGEST_LEVEL = 64
LANGUAGES = ("en", "zh")
POLICIES = ("upper_body", "full_frame", "face", "with_portrait", "link", "text")
NEEDS_NO_PICTURE = ("link", "text")
MOST_KEEP_H = 31 * 24.0  # a confirmed hit's own pictures are kept that long unless told otherwise

Identity = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Others:
    """The groups there are, or will be when a whole file is taken over."""

    parents: Mapping[str, str | None] = field(default_factory=dict)  #: every group, and its parent
    chats: Mapping[Identity, str] = field(default_factory=dict)  #: every chat in use, and the group that has it

    @classmethod
    def of(cls, session: Session, drafts: Iterable[GroupDraft] = ()) -> Self:
        """What the database holds, with these drafts in the place of what they change."""
        drafts = list(drafts)
        rows = session.execute(select(Group.id, Group.parent_id))
        parents = {row.id: row.parent_id for row in rows} | {draft.id: draft.parent_id for draft in drafts}
        replaced = {draft.id for draft in drafts}
        in_use = select(GroupChat).join(Group).where(Group.is_active, GroupChat.removed_at.is_(None))
        chats = {chat_identity(row): row.group_id for row in session.scalars(in_use) if row.group_id not in replaced}
        for draft in drafts:
            for chat in draft.chats if draft.is_active else ():
                chats.setdefault(chat_identity(chat), draft.id)
        return cls(parents, chats)


def mistakes_of(draft: GroupDraft, others: Others, premises: Premises | None, now: datetime) -> Iterator[Mistake]:
    """Everything wrong with a draft; `premises` is None where sites and streams are not known."""
    yield from _mistakes_of_itself(draft)
    yield from coverage.mistakes_of(draft, premises)
    yield from _mistakes_of_parent(draft, others.parents)
    yield from _mistakes_of_chats(draft, others)
    yield from rosters.mistakes_of(draft.members)
    yield from rotas.zone_mistakes(draft.time_zone, bool(draft.shifts), draft.site_id)
    yield from rotas.mistakes_of(draft.shifts, now.astimezone(zone_of(draft, premises)).date())


def zone_of(draft: GroupDraft, premises: Premises | None) -> ZoneInfo:
    """The time zone of its shifts: its own, or else its site's; UTC where neither is known."""
    site = premises.sites.get(draft.site_id or "") if premises else None
    name = draft.time_zone or (site.time_zone if site else "UTC")
    return ZoneInfo(name if is_zone(name) else "UTC")


def _mistakes_of_itself(draft: GroupDraft) -> Iterator[Mistake]:
    if not ID.fullmatch(draft.id):
        yield Mistake(("id",), "bad_id", draft.id)
    if draft.id in RESERVED:
        yield Mistake(("id",), "taken", draft.id)
    for name, value, longest in (("name", draft.name, LONGEST_NAME), ("level", draft.level, LONGEST_LEVEL)):
        if not (0 < len(value.strip()) <= longest and value.isprintable()):
            yield Mistake((name,), "not_text", value, {"longest": longest})
    for name, degrees, most in (("latitude", draft.latitude, 90), ("longitude", draft.longitude, 180)):
        if not (isfinite(degrees) and -most <= degrees <= most):
            yield Mistake((name,), "not_degrees", degrees, {"lowest": -most, "highest": most})
    for name, value, known in (
        ("language", draft.language, LANGUAGES),
        ("picture_policy", draft.picture_policy, POLICIES),
    ):
        if value not in known:
            yield Mistake((name,), "not_one_of", value, {"known": ", ".join(known)})
    if not 0 < draft.keep_h <= MOST_KEEP_H:
        yield Mistake(("keep_h",), "not_between", draft.keep_h, {"lowest": 0, "highest": f"{MOST_KEEP_H:.0f}"})


def _mistakes_of_parent(draft: GroupDraft, parents: Mapping[str, str | None]) -> Iterator[Mistake]:
    if draft.parent_id is None:
        return
    if draft.parent_id not in parents and draft.parent_id != draft.id:
        yield Mistake(("parent",), "unknown_group", draft.parent_id)
        return
    above: str | None = draft.parent_id
    for _step in range(len(parents) + 1):
        if above == draft.id:
            yield Mistake(("parent",), "own_ancestor", draft.parent_id)
            return
        above = parents.get(above) if above else None


def _mistakes_of_chats(draft: GroupDraft, others: Others) -> Iterator[Mistake]:
    for index, chat in enumerate(draft.chats):
        yield from _mistakes_of_chat(chat, ("chats", index))
        if any(chat_identity(other) == chat_identity(chat) for other in draft.chats[:index]):
            yield Mistake(("chats", index, "address"), "twice", without_query(chat.address))
        elif draft.is_active and chat.kind != "page":
            yield from _taken(draft.id, chat, ("chats", index), others)
        yield from _beyond(draft.picture_policy, chat)


def _mistakes_of_chat(chat: ChatDraft, where: Where) -> Iterator[Mistake]:
    wrong = table.check(chat.kind, chat.address, chat.secret)
    if wrong == "kind":
        yield Mistake((*where, "kind"), "not_one_of", chat.kind, {"known": ", ".join(table.KINDS)})
    elif wrong == "address":
        yield Mistake((*where, "address"), "bad_chat_address", without_query(chat.address))
    elif wrong == "secret":
        yield Mistake((*where, "secret"), "no_chat_secret", chat.kind)
    if chat.secret and not SECRET_NAME.fullmatch(chat.secret):  # may be the secret itself: it is not repeated
        yield Mistake((*where, "secret"), "secret_not_a_name")


def _taken(group_id: str, chat: ChatDraft, where: Where, others: Others) -> Iterator[Mistake]:
    owner = others.chats.get(chat_identity(chat), group_id)
    if owner != group_id:
        is_keyed = chat_identity(chat)[2] is not None
        value = chat.secret if is_keyed else without_query(chat.address)
        yield Mistake((*where, "secret" if is_keyed else "address"), "chat_taken", value, {"other": owner})


def _beyond(policy: str, chat: ChatDraft) -> Iterator[Mistake]:
    """A platform that takes no picture cannot meet a policy that wants one."""
    platform = table.PLATFORMS.get(chat.kind)
    if platform and not platform.limits.picture_bytes and policy in POLICIES and policy not in NEEDS_NO_PICTURE:
        yield Mistake(("picture_policy",), "policy_not_met", policy, {"kind": chat.kind})
