"""Tables as spreadsheets write them, CSV and XLSX, as rows of text with the address of every cell."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from patrol.values import PatrolError

DELIMITERS = (",", ";", "\t")
MOST_ROWS = 20_000
MOST_COLUMNS = 100
MOST_UNPACKED_BYTES = 50_000_000  # 1 MB of XLSX holds a few; more is a bomb
FORMULA_MARKS = "=+-@"  # a spreadsheet runs what begins with one; behind an apostrophe it does not


class TableUnread(PatrolError):
    """A file is no table that can be read."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not blank."""

    line: int  #: of the file, from 1
    number: int  #: as a spreadsheet counts, from 1
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named sheet of a workbook; a CSV has one without a name."""

    name: str
    rows: Sequence[Row]

    def address(self, row: Row, column: int) -> str:
        cell = f"{get_column_letter(column + 1)}{row.number}"
        return f"{self.name}!{cell}" if self.name else cell


def read_csv(content: bytes) -> list[Sheet]:
    text = _decoded(content)
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first_line.count)
    try:
        rows = list(_csv_rows(text, delimiter))
    except csv.Error as error:
        raise TableUnread(str(error)) from None
    return [Sheet("", rows)]


def read_xlsx(content: bytes) -> list[Sheet]:
    _require_modest(content)
    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [Sheet(sheet.title, list(_xlsx_rows(sheet.iter_rows(values_only=True)))) for sheet in workbook]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, SyntaxError, EOFError, OSError) as error:
        raise TableUnread(f"{type(error).__name__}: {str(error)[:100]}") from None


def disarmed(text: str) -> str:
    """The text as a spreadsheet may open it: what looks like a formula behind an apostrophe."""
    return f"'{text}" if text.startswith(tuple(FORMULA_MARKS)) else text


def _armed(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:2] in tuple(FORMULA_MARKS) else text


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it (Excel's "Unicode text"), else GBK, Chinese Excel's CSV."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TableUnread("neither UTF-8 nor GBK")


def _csv_rows(text: str, delimiter: str) -> Iterator[Row]:
    """A quoted cell may run over several lines, and is one row all the same."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    for number, cells in enumerate(reader, start=1):
        if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
            raise TableUnread(f"more than {MOST_ROWS} rows or {MOST_COLUMNS} columns")
        if any(cell.strip() for cell in cells):
            yield Row(start, number, [_armed(cell.strip()) for cell in cells])
        start = reader.line_num + 1


def _xlsx_rows(rows: Iterator[tuple[Any, ...]]) -> Iterator[Row]:
    for number, values in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise TableUnread(f"more than {MOST_ROWS} rows")
        cells = [_armed(_text(value)) for value in values[:MOST_COLUMNS]]
        if any(cells):
            yield Row(number, number, cells)


def _text(value: Any) -> str:
    """A cell as people see it: spreadsheets make numbers of phones, and clocks and days of their own kind."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value).strip()


def _require_modest(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            n_bytes = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise TableUnread("not an XLSX file") from None
    if n_bytes > MOST_UNPACKED_BYTES:
        raise TableUnread(f"larger than {MOST_UNPACKED_BYTES // 1_000_000} MB when unpacked")
