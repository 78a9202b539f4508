import csv
from pathlib import Path

import pytest

from patrol.cli.import_reports import write_csv
from patrol.values import PatrolError
from patrol.watchlist.imports import ImportRow

ROWS = [
    ImportRow(2, "a.jpg", "张三", True),
    ImportRow(3, "b.jpg", "李四", True, is_weak=True),
    ImportRow(None, "=cmd|c.jpg", "", False, "no_face"),
]


@pytest.mark.parametrize(
    ("language", "head", "results"),
    [
        ("en_GB.UTF-8", "line", ["accepted", "accepted as weak", "refused"]),
        ("zh_CN.UTF-8", "行", ["已收录", "作为弱照片收录", "未收录"]),
    ],
)
def test_every_photo_is_a_line_in_the_terminals_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, head: str, results: list[str]
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "PATROL_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", language)
    write_csv(tmp_path / "answers.csv", ROWS, lambda row: f"why {row.reason_code}" if row.reason_code else "")
    assert (tmp_path / "answers.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        first, *lines = csv.reader(file)
    assert first[0] == head
    assert [line[3] for line in lines] == results
    assert lines[2] == ["", "", "'=cmd|c.jpg", results[2], "no_face", "why no_face"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PatrolError, match=r"nowhere.*cannot be written"):
        write_csv(tmp_path / "nowhere" / "answers.csv", ROWS, lambda _row: "")
