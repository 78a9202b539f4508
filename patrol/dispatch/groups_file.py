"""Groups taken over from a file, whole or not at all, with every mistake noted by its place."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from patrol.dispatch import groups, groups_yaml
from patrol.dispatch.checks import Others, mistakes_of
from patrol.dispatch.coverage import Premises
from patrol.dispatch.drafts import GroupDraft, GroupRefused, Mistake, Spot
from patrol.dispatch.groups_reading import Found, groups_in
from patrol.store.tables import Group


def import_groups(
    session: Session,
    content: bytes | str,
    by: str,
    now: datetime,
    premises: Premises | None = None,
    file: str = "groups.yaml",
) -> list[tuple[str, str]]:
    """Make or change every group of the file; return each id with "created", "changed" or "unchanged".

    With any mistake in the file nothing is changed: GroupRefused lists all of them with their places.
    """
    found, mistakes = read(content, file)
    others = Others.of(session, [it.draft for it in found])
    noted = {(mistake.spot, mistake.where[-1:]) for mistake in mistakes}
    for it in found:
        placed = (it.placed(mistake) for mistake in mistakes_of(it.draft, others, premises, now))
        mistakes += [mistake for mistake in placed if (mistake.spot, mistake.where[-1:]) not in noted]
    mistakes += _twice(found)
    if mistakes:
        raise GroupRefused(sorted(mistakes, key=lambda mistake: mistake.line or 0))
    return [_take_over(session, draft, by, now) for draft in _parents_first([it.draft for it in found])]


def read(content: bytes | str, file: str) -> tuple[list[Found], list[Mistake]]:
    """The groups of a file, and what is wrong with its form."""
    root, mistakes = groups_yaml.read(content, file)
    if root is None:
        return [], mistakes or [Mistake((file,), "not_a_mapping", spot=Spot(file, 1))]
    found, more = groups_in(root)
    return found, [*mistakes, *more]


def _twice(found: Sequence[Found]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for it in found:
        if it.draft.id and it.draft.id in seen:
            yield it.placed(Mistake(("id",), "twice", it.draft.id))
        seen.add(it.draft.id)


def _parents_first(drafts: Sequence[GroupDraft]) -> list[GroupDraft]:
    """In an order in which each group's parent is there before it."""
    left = {draft.id: draft for draft in drafts}
    ordered: list[GroupDraft] = []
    while left:
        ready = [draft for draft in left.values() if draft.parent_id not in left]
        ordered += ready
        for draft in ready:
            del left[draft.id]
    return ordered


def _take_over(session: Session, draft: GroupDraft, by: str, now: datetime) -> tuple[str, str]:
    group = session.get(Group, draft.id)
    if group is None:
        groups.become(session, groups.begin(session, draft.id, now), draft, by, now, "created")
        return draft.id, "created"
    if groups.is_as(group, draft):
        return draft.id, "unchanged"
    groups.become(session, group, draft, by, now, "changed")
    return draft.id, "changed"
