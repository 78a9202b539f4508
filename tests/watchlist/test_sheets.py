from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from patrol.watchlist.refusals import EntryRefused, ImportRefused
from patrol.watchlist.sheets import Line, read_end, read_sheet

SHANGHAI = ZoneInfo("Asia/Shanghai")
ENGLISH = "name,photo,reason,source,ends_at,external_ref,note\nZhang San,1.jpg,theft,police,2026-12-31,A-1,tall\n"
CHINESE = "姓名,照片,事由,来源,截止日期,编号,备注\n张三,1.jpg,盗窃,派出所,2026-12-31,A-1,高个\n"
ZHANG = Line(2, "Zhang San", "1.jpg", "theft", "police", "2026-12-31", "A-1", "tall")
ZHANG_IN_CHINESE = Line(2, "张三", "1.jpg", "盗窃", "派出所", "2026-12-31", "A-1", "高个")


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (ENGLISH.encode(), [ZHANG]),
        (ENGLISH.encode("utf-8-sig"), [ZHANG]),
        (ENGLISH.replace(",", ";").encode(), [ZHANG]),
        (ENGLISH.replace(",", "\t").encode(), [ZHANG]),
        (ENGLISH.replace(",", "\t").encode("utf-16"), [ZHANG]),
        (ENGLISH.replace("\n", "\r\n").encode(), [ZHANG]),
        (ENGLISH.replace("name,photo,", " NAME , Photos ,").encode(), [ZHANG]),
        (ENGLISH.replace("note", "shoe size").encode(), [replace(ZHANG, note="")]),
        (CHINESE.encode(), [ZHANG_IN_CHINESE]),
        (CHINESE.encode("gbk"), [ZHANG_IN_CHINESE]),
        (CHINESE.encode("gb18030"), [ZHANG_IN_CHINESE]),
        (CHINESE.replace(",", ";").encode("gbk"), [ZHANG_IN_CHINESE]),
        (CHINESE.replace("照片", "照片：").encode("utf-8-sig"), [ZHANG_IN_CHINESE]),
        (b"photo,name\n1.jpg,Zhang\n", [Line(2, "Zhang", "1.jpg")]),
        (b"name,photo\nZhang\n", [Line(2, "Zhang")]),
        (b"name,photo\nZhang,1.jpg,,,,\n", [Line(2, "Zhang", "1.jpg")]),
        (b'name,photo\n"San, Zhang","1.jpg;2.jpg"\n', [Line(2, "San, Zhang", "1.jpg;2.jpg")]),
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(content: bytes, lines: list[Line]) -> None:
    assert read_sheet(content) == lines


def test_line_numbers_are_those_an_editor_shows() -> None:
    content = b'\n\nname,photo\n\nA,1.jpg\n"two\nlines",2.jpg\n,,\nC,3.jpg\n'
    assert [(line.number, line.name) for line in read_sheet(content)] == [(5, "A"), (6, "two\nlines"), (9, "C")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_sheet"),
        (b"  \r\n \n", "empty_sheet"),
        (b"\xef\xbb\xbf", "empty_sheet"),
        (b"name,photo\n", "empty_sheet"),
        (b"name,photo\n,,\n\n", "empty_sheet"),
        (b"name,reason\nZhang,theft\n", "missing_columns"),
        (b"Zhang,1.jpg\n", "missing_columns"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "sheet_encoding"),
        (b"name,photo\nZhang\0,1.jpg\n", "sheet_encoding"),
        (b'name,photo\n"Zhang,1.jpg\n', "sheet_broken"),
        (b"name,photo\n" + b"x" * 200_000 + b",1.jpg\n", "sheet_broken"),
        (b"name,photo\n" + bytes(11 * 2**20), "sheet_too_large"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_its_reason(content: bytes, code: str) -> None:
    with pytest.raises(ImportRefused) as refusal:
        read_sheet(content)
    assert refusal.value.code == code


def test_the_missing_and_the_found_columns_are_named() -> None:
    with pytest.raises(ImportRefused) as refusal:
        read_sheet("姓名,年龄\n张三,30\n".encode())
    assert refusal.value.fields == {"columns": "photo (照片)", "found": "姓名, 年龄"}


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=SHANGHAI)),
        ("2026/12/31", datetime(2027, 1, 1, tzinfo=SHANGHAI)),
        ("2026.12.31", datetime(2027, 1, 1, tzinfo=SHANGHAI)),
        ("2026/3/5", datetime(2026, 3, 6, tzinfo=SHANGHAI)),
        ("20261231", datetime(2027, 1, 1, tzinfo=SHANGHAI)),
        ("2026年12月31日", datetime(2027, 1, 1, tzinfo=SHANGHAI)),
        (" 2026 年 3 月 5 日 ", datetime(2026, 3, 6, tzinfo=SHANGHAI)),
        ("2026-12-31 18:30", datetime(2026, 12, 31, 18, 30, tzinfo=SHANGHAI)),
        ("2026-12-31T18:30:00", datetime(2026, 12, 31, 18, 30, tzinfo=SHANGHAI)),
    ],
)
def test_a_day_lasts_to_its_end_in_the_zone_of_the_importer(text: str, end: datetime) -> None:
    assert read_end(text, SHANGHAI) == end
    assert read_end(text, SHANGHAI).astimezone(UTC) == end.astimezone(UTC)


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "31/12/2026", "12-31-2026", "2026-13-01", "2026-02-30", "2026", "46387", "9999-12-31", "25:00"],
)
def test_what_is_no_clear_date_is_refused_rather_than_guessed(text: str) -> None:
    with pytest.raises(EntryRefused) as refusal:
        read_end(text, SHANGHAI)
    assert (refusal.value.code, refusal.value.fields) == ("bad_date", {"text": text})
