"""Groups taken over from a file, whole or not at all, with every mistake noted by its place."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from patrol.dispatch import groups, groups_export, groups_sheets, groups_yaml
from patrol.dispatch.checks import Others, mistakes_of
from patrol.dispatch.coverage import Premises
from patrol.dispatch.drafts import GroupDraft, GroupRefused, Mistake, Spot
from patrol.dispatch.group_warnings import Facts, gaps, sites_of, warnings_of
from patrol.dispatch.groups_reading import Found, groups_in
from patrol.dispatch.located import Located
from patrol.store.tables import Group

Change = Literal["created", "changed", "unchanged"]

FORM_OF = {"yaml": "yaml", "yml": "yaml", "csv": "csv", "txt": "csv", "xlsx": "xlsx"}
WRITERS = {"yaml": groups_export.to_yaml, "csv": groups_export.to_csv, "xlsx": groups_export.to_xlsx}
FORMS = tuple(WRITERS)
ALL = select(Group).options(selectinload(Group.chats), selectinload(Group.members))


def import_groups(
    session: Session,
    content: bytes | str,
    by: str,
    now: datetime,
    premises: Premises | None = None,
    file: str = "groups.yaml",
) -> list[tuple[str, Change]]:
    """Make or change every group of the file; return each id with "created", "changed" or "unchanged".

    The end of the file's name says what it is. Keys and columns that it lacks stay as they are. With any mistake in
    it nothing is changed: GroupRefused lists all of them with their places.
    """
    groups.take_turn(session)
    standing = {group.id: group for group in session.scalars(ALL)}
    found, mistakes = read(content, file, standing)
    others = Others.of(session, [it.draft for it in found])
    noted = {(mistake.spot, mistake.where[-1:]) for mistake in mistakes}
    for it in found:
        placed = (it.placed(mistake) for mistake in mistakes_of(it.draft, others, premises, now))
        mistakes += [mistake for mistake in placed if (mistake.spot, mistake.where[-1:]) not in noted]
    mistakes += _twice(found)
    if mistakes:
        raise GroupRefused(sorted(mistakes, key=lambda mistake: mistake.line or 0))
    ordered = _parents_first([it.draft for it in found])
    return [_take_over(session, standing.get(draft.id), draft, by, now) for draft in ordered]


def warnings_after(
    session: Session, group_ids: Sequence[str], premises: Premises | None, now: datetime
) -> list[tuple[str, list[Mistake]]]:
    """What is doubtful about each of these groups, and last, under no group, about the hours at their sites."""
    facts = Facts.of(session, premises)
    drafts = [groups.draft_of(group) for group in session.scalars(ALL.where(Group.id.in_(group_ids)))]
    found = [(draft.id, warnings_of(draft, facts)) for draft in sorted(drafts, key=lambda draft: draft.id)]
    sites = frozenset[str]().union(*(sites_of(draft, premises) for draft in drafts if draft.is_active))
    return [*found, ("", gaps(session, sites, premises, now))]


def export_groups(drafts: Sequence[GroupDraft], form: str) -> bytes:
    """A file that makes these groups what they are; `form` is one of FORMS."""
    return WRITERS[form](drafts)


def read(content: bytes | str, file: str, standing: Mapping[str, Group]) -> tuple[list[Found], list[Mistake]]:
    """The groups of a file, and what is wrong with its form; `standing` are the groups as they are until now."""
    form = form_of(file)
    if form is None:
        return [], [Mistake((file,), "unknown_form", file.rpartition(".")[2], spot=Spot(file, 1))]
    root, mistakes = _located(content, file, form)
    if root is None:
        return [], mistakes or [Mistake((file,), "not_a_mapping", spot=Spot(file, 1))]
    known = {id: groups.draft_of(group) for id, group in standing.items()}
    found, more = groups_in(root, known.get)
    return found, [*mistakes, *more]


def form_of(file: str) -> str | None:
    """What a file is by the end of its name; one without any is YAML."""
    end = file.rpartition(".")[2].lower() if "." in file else "yaml"
    return FORM_OF.get(end)


def _located(content: bytes | str, file: str, form: str) -> tuple[Located | None, list[Mistake]]:
    if form == "yaml":
        return groups_yaml.read(content, file)
    if len(content) > groups_yaml.LONGEST_BYTES:
        return None, [Mistake((), "too_long", len(content), {"most": groups_yaml.LONGEST_BYTES}, Spot(file, 1))]
    return groups_sheets.read(content.encode() if isinstance(content, str) else content, file, form)


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


def _take_over(
    session: Session, group: Group | None, draft: GroupDraft, by: str, now: datetime
) -> tuple[str, Change]:
    if group is None:
        groups.become(session, groups.begin(session, draft.id, now), draft, by, now, "created")
        return draft.id, "created"
    if groups.is_as(group, draft):
        return draft.id, "unchanged"
    groups.become(session, group, draft, by, now, "changed")
    return draft.id, "changed"
