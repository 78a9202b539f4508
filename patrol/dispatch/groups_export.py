"""Groups written to a file that an import reads back: YAML, CSV, XLSX."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import yaml
from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from patrol.dispatch import cells
from patrol.dispatch.drafts import ChatDraft, GroupDraft, MemberDraft
from patrol.dispatch.groups_reading import GROUP_KEYS, READERS
from patrol.dispatch.groups_sheets import MEMBER_COLUMNS, SHIFT_COLUMNS
from patrol.dispatch.rosters import IDENTITY_KINDS
from patrol.dispatch.sheets import disarmed

IN_SHEETS_OF_THEIR_OWN = ("members", "shifts")
WIDTHS = {"name": 24, "covers": 32, "chats": 40, "days": 16, "date": 12, "phone": 18, "time_zone": 16}
USUAL_WIDTH = 11

Cell = str | float | bool | None


def to_yaml(drafts: Sequence[GroupDraft]) -> bytes:
    entries = [_entry(draft) for draft in drafts]
    return yaml.safe_dump({"groups": entries}, allow_unicode=True, sort_keys=False, width=118).encode()


def to_csv(drafts: Sequence[GroupDraft]) -> bytes:
    """UTF-8 with its mark, by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(GROUP_KEYS)
    writer.writerows([disarmed(_written(cell)) for cell in _row(draft, GROUP_KEYS)] for draft in drafts)
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(drafts: Sequence[GroupDraft]) -> bytes:
    book = Workbook(write_only=True)
    columns = [key for key in GROUP_KEYS if key not in IN_SHEETS_OF_THEIR_OWN]
    _add_sheet(book, "groups", columns, (_row(draft, columns) for draft in drafts))
    members = (_member_row(draft, member) for draft in drafts for member in draft.members)
    _add_sheet(book, "members", MEMBER_COLUMNS, members)
    _add_sheet(book, "shifts", SHIFT_COLUMNS, (row for draft in drafts for row in _shift_rows(draft)))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _entry(draft: GroupDraft) -> dict[str, Any]:
    """A group as groups.yaml has it: every key, for a key that is left out stays as it is."""
    entry = {"id": draft.id} | {key: getattr(draft, name) for key, (name, _) in READERS.items()}
    return entry | {
        "covers": [dict(cover) for cover in draft.covers],
        "shifts": dict(draft.shifts),
        "chats": [_chat(chat) for chat in draft.chats],
        "members": [_member(member) for member in draft.members],
    }


def _chat(chat: ChatDraft) -> dict[str, str]:
    said = {"kind": chat.kind, "address": chat.address, "secret": chat.secret}
    return {key: value for key, value in said.items() if value}


def _member(member: MemberDraft) -> dict[str, Any]:
    said = {"name": member.name, "role": member.role, "phone": member.phone, "identities": dict(member.identities)}
    return {key: value for key, value in said.items() if value}


def _row(draft: GroupDraft, columns: Iterable[str]) -> list[Cell]:
    entry = _entry(draft) | {
        "covers": cells.write_covers(draft.covers),
        "shifts": cells.write_shifts(draft.shifts),
        "chats": cells.write_chats(draft.chats),
        "members": cells.write_members(draft.members),
    }
    return [entry[column] for column in columns]


def _member_row(draft: GroupDraft, member: MemberDraft) -> list[Cell]:
    identities = [member.identities.get(kind) for kind in IDENTITY_KINDS]
    return [draft.id, member.name, member.role, member.phone, *identities]


def _shift_rows(draft: GroupDraft) -> list[list[Cell]]:
    weekly = [
        [draft.id, cells.write_days(turn["days"]), turn["from"], turn["to"], None, None]
        for turn in draft.shifts.get("weekly", ())
    ]
    exceptions = [
        [draft.id, None, entry.get("from"), entry.get("to"), entry["date"], entry.get("is_off")]
        for entry in draft.shifts.get("exceptions", ())
    ]
    return [*weekly, *exceptions]


def _written(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return "" if cell is None else str(cell)


def _add_sheet(book: Workbook, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for index, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = WIDTHS.get(column, USUAL_WIDTH)
    sheet.append([_cell(sheet, column, is_bold=True) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: Cell, *, is_bold: bool = False) -> SheetCell:
    """Text stays text, so that a phone keeps its plus and nothing is taken for a formula."""
    cell: SheetCell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type, cell.number_format = "s", "@"
    if is_bold:
        cell.font = Font(bold=True)
    return cell
