"""Groups in a table: a CSV with a row a group, or an XLSX with sheets of groups, members and shifts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from patrol.dispatch import cells
from patrol.dispatch.drafts import Mistake, Spot
from patrol.dispatch.groups_reading import GROUP_KEYS, NEEDED
from patrol.dispatch.located import Located
from patrol.dispatch.rosters import IDENTITY_KINDS
from patrol.dispatch.sheets import Row, Sheet, TableUnread, read_csv, read_xlsx

#: Names of columns in Chinese, and in the file's own words.
CHINESE = (
    {"编号": "id", "名称": "name", "层级": "level", "级别": "level", "上级": "parent", "地点": "site", "场所": "site"}
    | {"楼栋": "building", "楼层": "floor", "点位": "post", "岗位": "post", "纬度": "latitude", "经度": "longitude"}
    | {"负责区域": "covers", "半径": "radius_m", "默认": "default", "时区": "time_zone", "班次": "shifts"}
    | {"图片策略": "picture_policy", "显示姓名": "shows_name", "保留小时": "keep_h", "语言": "language"}
    | {"启用": "active", "渠道": "chats", "名单": "members", "成员": "members", "群组": "group", "姓名": "name"}
    | {"角色": "role", "电话": "phone", "手机": "phone", "星期": "days", "开始": "from", "结束": "to"}
    | {"日期": "date", "休息": "off"}
)
NUMBERS = ("latitude", "longitude", "radius_m", "keep_h")
YES_OR_NO = ("default", "shows_name", "active")
SAID = {"true": True, "yes": True, "是": True, "1": True, "false": False, "no": False, "否": False, "0": False}
MEMBER_COLUMNS = ("group", "name", "role", "phone", *IDENTITY_KINDS)
SHIFT_COLUMNS = ("group", "days", "from", "to", "date", "off")
SHEETS = {"groups": GROUP_KEYS, "members": MEMBER_COLUMNS, "shifts": SHIFT_COLUMNS}
LISTS: Mapping[str, Callable[[str], Any]] = {
    "chats": cells.read_chats,
    "covers": cells.read_covers,
    "shifts": cells.read_shifts,
    "members": cells.read_members,
}


def read(content: bytes, file: str, form: str) -> tuple[Located | None, list[Mistake]]:
    """The groups of a table as a groups.yaml would hold them, and what is wrong with it as a table."""
    try:
        sheets = read_csv(content) if form == "csv" else read_xlsx(content)
    except TableUnread as error:
        return None, [Mistake((), "not_a_table", "", {"problem": str(error)}, Spot(file, 1))]
    book = _Book(file)
    named = book.named(sheets)
    if "groups" not in named:
        return None, [*book.mistakes, Mistake((), "missing_columns", "", _columns(NEEDED, ()), Spot(file, 1))]
    groups = book.groups(named["groups"])
    if "members" in named:
        book.add_members(groups, named["members"])
    if "shifts" in named:
        book.add_shifts(groups, named["shifts"])
    root = Located({"groups": Located(groups, Spot(file, 1))}, Spot(file, 1))
    return (None if book.is_unusable else root), book.mistakes


Record = dict[str, Located]  #: the filled cells of a row by column


@dataclass
class _Book:
    """A file of sheets being read, and what is wrong so far."""

    file: str
    mistakes: list[Mistake] = field(default_factory=list)
    is_unusable: bool = False

    def named(self, sheets: Sequence[Sheet]) -> dict[str, Sheet]:
        """The sheets by what they hold; the only one holds the groups, whatever it is called."""
        filled = [sheet for sheet in sheets if sheet.rows]
        if len(filled) == 1:
            return {"groups": filled[0]}
        named: dict[str, Sheet] = {}
        for sheet in filled:
            name = _column(sheet.name)
            name = "groups" if name == "group" else name
            if name in SHEETS:
                named[name] = sheet
            else:
                more = {"known": ", ".join(SHEETS)}
                self.mistakes.append(Mistake((sheet.name,), "unknown_key", "", more, Spot(self.file, 1)))
        return named

    def groups(self, sheet: Sheet) -> list[Located]:
        records = self._records(sheet, GROUP_KEYS, NEEDED)
        return [self._group(index, record, spot) for index, (record, spot) in enumerate(records)]

    def _group(self, index: int, record: Record, spot: Spot) -> Located:
        for key, cell in record.items():
            if key in LISTS:
                record[key] = self._listed(("groups", index, key), key, cell)
        return Located(record, spot)

    def _listed(self, where: tuple[str | int, ...], key: str, cell: Located) -> Located:
        try:
            return _located(LISTS[key](cell.raw), cell.spot)
        except cells.CellUnread as error:
            more = {"example": cells.EXAMPLES[key]}
            self.mistakes.append(Mistake(where, "bad_cell", error.entry, more, cell.spot))
            return Located({} if key == "shifts" else [], cell.spot)

    def add_members(self, groups: Sequence[Located], sheet: Sheet) -> None:
        rosters: dict[str, list[Located]] = {_id(group): [] for group in groups}
        for record, spot in self._records(sheet, MEMBER_COLUMNS, ("group", "name")):
            roster = self._of_group(rosters, "members", record, spot)
            identities = {kind: record.pop(kind) for kind in IDENTITY_KINDS if kind in record and record[kind].raw}
            if role := cells.ROLES.get(record["role"].raw.lower()) if "role" in record else None:
                record["role"] = _scalar(role, record["role"])
            roster.append(Located({**_filled(record), "identities": Located(identities, spot)}, spot))
        for group in groups:
            group.value["members"] = Located(rosters[_id(group)], group.spot)

    def add_shifts(self, groups: Sequence[Located], sheet: Sheet) -> None:
        weekly: dict[str, list[Located]] = {_id(group): [] for group in groups}
        exceptions: dict[str, list[Located]] = {id: [] for id in weekly}
        for record, spot in self._records(sheet, SHIFT_COLUMNS, ("group", "from", "to")):
            is_exception = bool(record.get("date") and record["date"].raw)
            entries = self._of_group(exceptions if is_exception else weekly, "shifts", record, spot)
            entries.append(Located(_shift(record), spot))
        for group in groups:
            found = (("weekly", weekly[_id(group)]), ("exceptions", exceptions[_id(group)]))
            lists = {key: Located(entries, group.spot) for key, entries in found if entries}
            group.value["shifts"] = Located(lists, group.spot)

    def _of_group(self, lists: Mapping[str, list[Located]], sheet: str, record: Record, spot: Spot) -> list[Located]:
        """The list of the group that a row names; a row of no group is noted, and its list is thrown away."""
        group = record.pop("group", Located("", spot))
        if group.raw not in lists:
            self.mistakes.append(Mistake((sheet, "group"), "no_such_row", group.raw, {}, group.spot))
        return lists.get(group.raw, [])

    def _records(self, sheet: Sheet, known: Sequence[str], needed: Sequence[str]) -> list[tuple[Record, Spot]]:
        """Every row as its cells by column, with the place of each."""
        head, *rows = sheet.rows
        columns = [_column(cell) for cell in head.cells]
        if missing := [column for column in needed if column not in columns]:
            spot = Spot(self.file, head.line, sheet.address(head, 0))
            self.mistakes.append(Mistake((), "missing_columns", "", _columns(missing, head.cells), spot))
            self.is_unusable = True
            return []
        self._refuse_columns(sheet, head, columns, known)
        columns = [column if column in known else "" for column in columns]
        return [self._record(sheet, columns, row) for row in rows]

    def _refuse_columns(self, sheet: Sheet, head: Row, columns: Sequence[str], known: Sequence[str]) -> None:
        for index, column in enumerate(columns):
            spot = Spot(self.file, head.line, sheet.address(head, index))
            if column and column not in known:
                more = {"known": ", ".join(known)}
                self.mistakes.append(Mistake((head.cells[index],), "unknown_key", "", more, spot))
            elif column and column in columns[:index]:
                self.mistakes.append(Mistake((column,), "twice", head.cells[index], {}, spot))

    def _record(self, sheet: Sheet, columns: Sequence[str], row: Row) -> tuple[Record, Spot]:
        texts = [*row.cells, *[""] * (len(columns) - len(row.cells))]
        record = {
            column: _cell(column, text, Spot(self.file, row.line, sheet.address(row, index)))
            for index, (column, text) in enumerate(zip(columns, texts, strict=False))
            if column
        }
        return record, Spot(self.file, row.line, sheet.address(row, 0))


def _column(header: str) -> str:
    text = header.strip().rstrip("*:：").strip().lower()
    return CHINESE.get(text, text)


def _cell(column: str, text: str, spot: Spot) -> Located:
    """A cell's text as its column means it; an empty one says that there is none."""
    if not text and column not in LISTS:
        return Located(None, spot)
    if column in NUMBERS:
        return Located(_number(text), spot, text)
    if column in YES_OR_NO or column == "off":
        return Located(SAID.get(text.lower(), text), spot, text)
    return Located(text, spot, text)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _shift(record: Record) -> Record:
    """A row of the sheet of shifts as an entry of the rota."""
    clocks = {key: record[key] for key in ("from", "to") if record[key].raw}
    entry = {key: _scalar(cells.read_clock(clock.raw), clock) for key, clock in clocks.items()}
    if record.get("off") and record["off"].value is not None:
        entry["is_off"] = record["off"]
    if record.get("date") and record["date"].raw:
        return {"date": record["date"], **entry}
    days = record.get("days")
    return {"days": _located(cells.read_days(days.raw), days.spot), **entry} if days else entry


def _filled(record: Record) -> Record:
    return {key: cell for key, cell in record.items() if cell.value is not None}


def _id(group: Located) -> str:
    return str(group.value["id"].raw)


def _scalar(text: str, like: Located) -> Located:
    return Located(text, like.spot, text)


def _located(value: Any, spot: Spot) -> Located:
    """Plain values that all stand in one cell."""
    if isinstance(value, list):
        return Located([_located(item, spot) for item in value], spot)
    if isinstance(value, dict):
        return Located({key: _located(item, spot) for key, item in value.items()}, spot)
    return Located(value, spot, str(value))


def _columns(missing: Sequence[str], found: Sequence[str]) -> dict[str, object]:
    return {"columns": ", ".join(missing), "found": ", ".join(found)[:200] or "-"}
