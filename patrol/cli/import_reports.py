"""What became of every photo of an import, as a table for a spreadsheet."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

from patrol import words
from patrol.dispatch.sheets import disarmed
from patrol.settings import terminal_language
from patrol.values import PatrolError
from patrol.watchlist.imports import ImportRow

COLUMNS = ("line", "name", "file", "result", "reason", "explanation")
RESULTS = {(True, False): "accepted", (True, True): "weak", (False, False): "refused"}  # by is_accepted, is_weak


def write_csv(path: Path, rows: Iterable[ImportRow], explain: Callable[[ImportRow], str]) -> None:
    """One line a photo, in UTF-8 with its mark, as Excel wants it; no name is taken for a formula."""
    try:
        file = path.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise PatrolError(f"{path}: cannot be written: {error.strerror}") from None
    with file:
        writer = csv.writer(file)
        writer.writerow(_said(column) for column in COLUMNS)
        for row in rows:
            result = _said(RESULTS[row.is_accepted, row.is_weak])
            cells = (row.line or "", row.name, row.file_name, result, row.reason_code or "", explain(row))
            writer.writerow(disarmed(str(cell)) for cell in cells)


def _said(what: str) -> str:
    return words.say(f"cli.import_{what}", terminal_language())
