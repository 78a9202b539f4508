"""Reads the table of an import: CSV as spreadsheets really write it, in English or Chinese."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from patrol.watchlist.refusals import EntryRefused, ImportRefused

MAX_SHEET_BYTES = 10 * 2**20
DELIMITERS = (",", ";", "\t")
HEADERS = {
    "name": ("name", "full name", "姓名", "名字", "人员姓名"),
    "photos": ("photo", "photos", "picture", "pictures", "file", "files", "照片", "图片", "照片文件", "文件名"),
    "reason": ("reason", "事由", "原因", "布控事由", "布控原因"),
    "source": ("source", "来源", "照片来源"),
    "ends_at": ("ends_at", "ends", "end", "end date", "until", "截止日期", "截止时间", "到期日期", "有效期至"),
    "external_ref": ("external_ref", "ref", "reference", "id", "编号", "案件编号"),
    "note": ("note", "notes", "remark", "remarks", "备注", "说明"),
    "weak_reason": ("weak_reason", "weak reason", "weak", "weak because", "弱照片理由", "弱照片原因", "弱照片"),
}
NEEDED = {"name": "name (姓名)", "photos": "photo (照片)"}  # column: as its absence is told
COLUMNS = {said: column for column, words in HEADERS.items() for said in words}
DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+(\d{1,2}):(\d{2})(?::\d{2})?)?")
COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the table, in the words of the table; what is absent is empty."""

    number: int | None  #: of the line in the file, from 1; None where there is no table
    name: str = ""
    photos: str = ""
    reason: str = ""
    source: str = ""
    ends_at: str = ""
    external_ref: str = ""
    note: str = ""
    weak_reason: str = ""  #: why photos too poor for a portrait are let in as weak; empty lets none in


def read_sheet(content: bytes) -> list[Line]:
    """The people of a table; ImportRefused where it is empty, not CSV, or lacks a column that it needs."""
    if len(content) > MAX_SHEET_BYTES:
        raise ImportRefused("sheet_too_large", limit_mb=MAX_SHEET_BYTES // 2**20)
    text = _decoded(content)
    if not text.strip():
        raise ImportRefused("empty_sheet")
    try:
        rows = list(_rows(text))
    except csv.Error as error:
        raise ImportRefused("sheet_broken", problem=str(error)) from None
    columns = [_column(header) for header in rows[0][1]]
    if missing := [said for column, said in NEEDED.items() if column not in columns]:
        raise ImportRefused("missing_columns", columns=", ".join(missing), found=", ".join(rows[0][1])[:200])
    if len(rows) == 1:
        raise ImportRefused("empty_sheet")
    return [_line(number, columns, cells) for number, cells in rows[1:]]


def read_end(text: str, zone: tzinfo) -> datetime:
    """The moment a date of the table means: without a time of day, the end of that day in `zone`."""
    match = DATE.fullmatch(text.strip()) or COMPACT_DATE.fullmatch(text.strip())
    if match is None:
        raise EntryRefused("bad_date", text=text)
    year, month, day, *clock = (int(part) for part in match.groups() if part is not None)
    try:
        if clock:
            return datetime.combine(date(year, month, day), time(clock[0], clock[1]), zone)
        return datetime.combine(date(year, month, day) + timedelta(days=1), time(0), zone)
    except (ValueError, OverflowError):
        raise EntryRefused("bad_date", text=text) from None


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it (Excel's "Unicode text"), else the Chinese encodings."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ImportRefused("sheet_encoding")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row that is not blank; a quoted cell may run over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    start = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start, [cell.strip() for cell in cells]
        start = reader.line_num + 1


def _delimiter(text: str) -> str:
    """What parts the first line into the most headers that we know."""
    header = next(line for line in text.splitlines() if line.strip())
    return max(DELIMITERS, key=lambda mark: sum(_column(cell) is not None for cell in header.split(mark)))


def _column(header: str) -> str | None:
    return COLUMNS.get(header.strip().strip('"').strip().lower().rstrip("*:："))


def _line(number: int, columns: Sequence[str | None], cells: Sequence[str]) -> Line:
    said = {column: cell for column, cell in zip(columns, cells, strict=False) if column is not None}
    return Line(number, **said)
