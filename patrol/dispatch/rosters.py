"""Who is in a group: what is wrong with a roster, and laying one over the rows it changes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from patrol.chats.table import KINDS
from patrol.dispatch.drafts import MemberDraft, Mistake
from patrol.store.tables import Group, Member
from patrol.values import PHONE

ROLES = ("captain", "member")
IDENTITY_KINDS = tuple(kind for kind in KINDS if kind != "page")  #: on the page a phone says who somebody is
LONGEST_NAME = 100
LONGEST_IDENTITY = 200
MOST_MEMBERS = 500  # WeCom's largest inner group
NOT_IN_NAMES = frozenset(",，;；=\r\n")  # they part members where these are written in one cell


def mistakes_of(members: Sequence[MemberDraft]) -> Iterator[Mistake]:
    """Everything wrong with a roster."""
    if len(members) > MOST_MEMBERS:
        yield Mistake(("members",), "too_many", len(members), {"most": MOST_MEMBERS})
    for index, member in enumerate(members[:MOST_MEMBERS]):
        yield from (mistake.at("members", index) for mistake in _mistakes_of_member(member))
    yield from _twice(members[:MOST_MEMBERS])


def lay(group: Group, members: Sequence[MemberDraft], by: str, now: datetime) -> None:
    """Keep the rows of members who stay, whoever else is on the list comes, and the others go with their phones.

    A member is the row that the draft names, or else the one with the same name.
    """
    left = {row.id: row for row in members_of(group)}
    by_name = {row.name: row for row in left.values()}
    for draft in members:
        row = left.get(draft.id) if draft.id else by_name.get(draft.name.strip())
        if row is None or left.pop(row.id, None) is None:
            row = Member(created_at=now)
            group.members.append(row)
        row.name, row.role = draft.name.strip(), draft.role
        row.phone, row.identities = draft.phone, dict(draft.identities)
    for row in left.values():
        dismiss(row, by, now)


def members_of(group: Group) -> list[Member]:
    """Who is on a group's roster now."""
    return [member for member in group.members if member.removed_at is None]


def drafts_of(group: Group) -> tuple[MemberDraft, ...]:
    return tuple(
        MemberDraft(row.name, row.role, row.phone, dict(row.identities), row.id)
        for row in sorted(members_of(group), key=lambda row: (row.role, row.name))
    )


def dismiss(member: Member, by: str, now: datetime) -> None:
    """Take somebody off the roster; their phones open nothing any more, and how to reach them is kept no longer."""
    member.removed_at, member.phone, member.identities = now, None, {}
    for phone in member.phones:
        if phone.revoked_at is None:
            phone.revoked_at, phone.revoked_by = now, f"user:{by}"


def _mistakes_of_member(member: MemberDraft) -> Iterator[Mistake]:
    is_line = member.name.isprintable() and not NOT_IN_NAMES & set(member.name)
    if not (is_line and 0 < len(member.name.strip()) <= LONGEST_NAME):
        yield Mistake(("name",), "bad_member_name", member.name, {"longest": LONGEST_NAME})
    if member.role not in ROLES:
        yield Mistake(("role",), "not_one_of", member.role, {"known": ", ".join(ROLES)})
    if member.phone is not None and not PHONE.fullmatch(member.phone):
        yield Mistake(("phone",), "bad_phone", member.phone)
    for kind, identity in member.identities.items():
        if kind not in IDENTITY_KINDS:
            yield Mistake(("identities", kind), "not_one_of", kind, {"known": ", ".join(IDENTITY_KINDS)})
        elif not _is_identity(identity):
            yield Mistake(("identities", kind), "bad_identity", identity, {"longest": LONGEST_IDENTITY})


def _is_identity(value: object) -> bool:
    if not isinstance(value, str) or NOT_IN_NAMES - {"="} & set(value):
        return False
    return 0 < len(value) <= LONGEST_IDENTITY and value == value.strip() and value.isprintable()


def _twice(members: Sequence[MemberDraft]) -> Iterator[Mistake]:
    """Two people of one name could not be told apart, and two of one identity would be one."""
    names: set[str] = set()
    identities: dict[tuple[str, str], str] = {}
    for index, member in enumerate(members):
        if member.name.strip() in names:
            yield Mistake(("members", index, "name"), "name_twice", member.name)
        names.add(member.name.strip())
        for key in member.identities.items():
            if key in identities:
                other = {"other": identities[key]}
                yield Mistake(("members", index, "identities", key[0]), "identity_taken", key[1], other)
            identities.setdefault(key, member.name)
