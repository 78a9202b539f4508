"""Groups in CSV and XLSX: what spreadsheets make of them is understood, and every mistake has its cell."""

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from patrol.dispatch.drafts import ChatDraft, GroupDraft, GroupRefused, MemberDraft
from patrol.dispatch.groups import draft_of, find
from patrol.dispatch.groups_file import export_groups, import_groups
from patrol.store.tables import Group
from tests.dispatch.premises import PREMISES
from tests.dispatch.scene import Scene

CSV = """\
id,name,site,latitude,longitude,covers,shifts,chats,members
gate,Gate B,mall,31.2304,121.4737,mall/north/1F,mon-fri 08:00-16:00,page; webhook https://h/x secret=h,"Gus, captain"
floor,三楼,mall,31.2304,121.4737,,,,
"""
HEAD = ["id", "name", "site", "latitude", "longitude"]
GATE, FLOOR = ["gate", "Gate B", "mall", 31.2304, 121.4737], ["floor", "三楼", "mall", 31.2304, 121.4737]


def xlsx(**sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def load(scene: Scene, content: bytes, file: str) -> list[tuple[str, str]]:
    with scene.database.write() as session:
        return import_groups(session, content, "ada", scene.now, PREMISES, file)


def stored(scene: Scene, group_id: str = "gate") -> GroupDraft:
    with scene.database.read() as session:
        return draft_of(find(session, group_id))


def mistakes(scene: Scene, content: bytes, file: str) -> list[tuple[str, str, str]]:
    """(cell, field, code) of every mistake, each said in both languages with the file's name."""
    with pytest.raises(GroupRefused) as refused:
        load(scene, content, file)
    for mistake in refused.value.mistakes:
        assert file in mistake.say("en")
        assert file in mistake.say("zh")
    with scene.database.read() as session:
        assert session.scalars(select(Group)).all() == []
    return [(it.spot.cell if it.spot else "", it.field, it.code) for it in refused.value.mistakes]


ENCODINGS = ["utf-8", "utf-8-sig", "gbk", "utf-16"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_csv_is_read_in_every_encoding_of_a_chinese_spreadsheet(scene: Scene, encoding: str) -> None:
    assert load(scene, CSV.encode(encoding), "groups.csv") == [("gate", "created"), ("floor", "created")]
    gate = stored(scene)
    assert gate.covers == ({"site": "mall", "building": "north", "floor": "1F"},)
    assert gate.shifts == {"weekly": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "16:00"}]}
    assert gate.chats == (ChatDraft("page"), ChatDraft("webhook", "https://h/x", "h"))
    assert gate.members == (MemberDraft("Gus", "captain"),)
    assert stored(scene, "floor").name == "三楼"


def test_headers_may_be_chinese_and_cells_parted_by_semicolons_or_tabs(scene: Scene) -> None:
    text = "编号;名称;地点;纬度;经度;启用\ngate;北门;mall;31.2304;121.4737;否\n"
    assert load(scene, text.encode("gbk"), "groups.csv") == [("gate", "created")]
    assert (stored(scene).name, stored(scene).is_active) == ("北门", False)
    assert load(scene, text.replace(";", "\t").encode(), "groups.txt") == [("gate", "unchanged")]


def test_a_column_that_is_not_there_changes_nothing_and_an_empty_cell_clears(scene: Scene) -> None:
    load(scene, CSV.encode(), "groups.csv")
    short = "id,name,latitude,longitude\ngate,Gate C,31.2304,121.4737\n"
    assert load(scene, short.encode(), "groups.csv") == [("gate", "changed")]
    assert (stored(scene).name, len(stored(scene).members)) == ("Gate C", 1)
    empty = "id,name,latitude,longitude,members,covers\ngate,Gate C,31.2304,121.4737,,\n"
    load(scene, empty.encode(), "groups.csv")
    assert (stored(scene).members, stored(scene).covers, len(stored(scene).chats)) == ((), (), 2)


def test_a_workbook_has_a_sheet_of_groups_one_of_members_and_one_of_shifts(scene: Scene) -> None:
    content = xlsx(
        groups=[HEAD, GATE, FLOOR],
        members=[
            ["group", "name", "role", "phone", "matrix"],
            ["gate", "Gus", "captain", 13800138000, "@gus:example.org"],
            ["gate", "李娜", "队员", "+86 21 5555 0110", None],
            ["floor", "Gus", None, None, None],
        ],
        shifts=[
            ["group", "days", "from", "to", "date", "off"],
            ["gate", "mon-fri", time(8, 0), "16:00", None, None],
            ["gate", None, None, None, date(2026, 10, 1), True],
            ["gate", None, "10:00", "12:00", datetime(2026, 10, 2), None],  # noqa: DTZ001 - as Excel keeps a day
        ],
    )
    load(scene, content, "groups.xlsx")
    gate = stored(scene)
    assert gate.members == (
        MemberDraft("Gus", "captain", "13800138000", {"matrix": "@gus:example.org"}),
        MemberDraft("李娜", "member", "+86 21 5555 0110"),
    )
    assert gate.shifts == {
        "weekly": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "16:00"}],
        "exceptions": [
            {"date": "2026-10-01", "is_off": True},
            {"date": "2026-10-02", "from": "10:00", "to": "12:00"},
        ],
    }
    assert stored(scene, "floor").members == (MemberDraft("Gus"),)


def test_a_sheet_of_members_says_who_is_not_on_the_roster_any_more(scene: Scene) -> None:
    load(scene, CSV.encode(), "groups.csv")
    load(scene, xlsx(groups=[HEAD, GATE]), "groups.xlsx")
    assert len(stored(scene).members) == 1
    load(scene, xlsx(groups=[HEAD, GATE], members=[["group", "name"], ["gate", "Li Na"]]), "groups.xlsx")
    assert [member.name for member in stored(scene).members] == ["Li Na"]


WRONG_CSV = [
    (CSV.replace("31.2304,121", "north,121", 1), [("D2", "groups[0].latitude", "not_degrees")]),
    (CSV.replace("mall/north/1F", "mall/north/9F"), [("F2", "groups[0].covers[0].floor", "unknown_floor")]),
    (CSV.replace("mon-fri 08", "someday 08"), [("G2", "groups[0].shifts.weekly[0].days[0]", "not_one_of")]),
    (CSV.replace("mon-fri 08:00-16:00", "sometimes"), [("G2", "groups[0].shifts", "bad_cell")]),
    (CSV.replace("secret=h", ""), [("H2", "groups[0].chats[1].secret", "no_chat_secret")]),
    (CSV.replace("Gus, captain", "Gus, 12"), [("I2", "groups[0].members[0].phone", "bad_phone")]),
    (CSV.replace("floor,三楼", ",三楼"), [("A3", "groups[1].id", "bad_id")]),
    (CSV.replace("floor,三楼", "gate,三楼"), [("A3", "groups[1].id", "twice")]),
    (CSV.replace("covers", "covered"), [("F1", "covered", "unknown_key")]),
    (CSV.replace("latitude", "Breite"), [("A1", "", "missing_columns")]),
    ("", [("", "", "missing_columns")]),
    ('id,name\n"x', [("", "", "not_a_table")]),
]


@pytest.mark.parametrize(("text", "wrong"), WRONG_CSV)
def test_a_mistake_in_a_csv_is_named_by_its_cell(scene: Scene, text: str, wrong: list[tuple[str, str, str]]) -> None:
    assert mistakes(scene, text.encode(), "guards.csv") == wrong


def test_a_row_behind_a_cell_of_several_lines_keeps_its_line_and_its_cell(scene: Scene) -> None:
    text = CSV.replace('"Gus, captain"', '"Gus, captain\nLi Na"').replace("三楼,mall", "三楼,moon")
    with pytest.raises(GroupRefused) as refused:
        load(scene, text.encode(), "guards.csv")
    [mistake] = refused.value.mistakes
    assert (mistake.spot.line, mistake.spot.cell) == (4, "C3") if mistake.spot else False


MEMBERS = ["group", "name", "phone"]
WRONG_XLSX = [
    ({"groups": [HEAD, ["gate", "Gate B", "moon", 31.2, 121.4]]}, [("groups!C2", "groups[0].site", "unknown_site")]),
    (
        {"groups": [HEAD, GATE], "members": [MEMBERS, ["gate", "Gus", "ask him"]]},
        [("members!C2", "groups[0].members[0].phone", "bad_phone")],
    ),
    (
        {"groups": [HEAD, GATE], "members": [MEMBERS, ["gaet", "Gus", None]]},
        [("members!A2", "members.group", "no_such_row")],
    ),
    (
        {"groups": [HEAD, GATE], "shifts": [["group", "days", "from", "to"], ["gate", "mon", "8", "16:00"]]},
        [("shifts!C2", "groups[0].shifts.weekly[0].from", "bad_clock")],
    ),
    (
        {"groups": [HEAD, GATE], "shifts": [["group", "from", "to"], ["gate", "08:00", "16:00"]]},
        [("shifts!A2", "groups[0].shifts.weekly[0].days", "no_days")],
    ),
    ({"groups": [HEAD, GATE], "member": [MEMBERS]}, [("", "member", "unknown_key")]),
    ({"members": [MEMBERS], "shifts": [["group", "from", "to"]]}, [("", "", "missing_columns")]),
]


@pytest.mark.parametrize(("sheets", "wrong"), WRONG_XLSX)
def test_a_mistake_in_a_workbook_is_named_by_sheet_and_cell(
    scene: Scene, sheets: dict[str, list[list[Any]]], wrong: list[tuple[str, str, str]]
) -> None:
    assert mistakes(scene, xlsx(**sheets), "guards.xlsx") == wrong


def zip_bomb() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 60_000_000)
    return content.getvalue()


def with_entities() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(groups=[HEAD, GATE]))) as book, zipfile.ZipFile(content, "w") as archive:
        for entry in book.infolist():
            text = book.read(entry)
            if entry.filename == "xl/workbook.xml":
                text = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + text
            archive.writestr(entry.filename, text)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 no zip", b"id,name", zip_bomb(), xlsx(groups=[HEAD, GATE])[:-500], with_entities()],
    ids=["empty", "broken", "csv", "bomb", "cut off", "entities"],
)
def test_what_is_no_workbook_is_refused(scene: Scene, content: bytes) -> None:
    assert [code for _, _, code in mistakes(scene, content, "guards.xlsx")] == ["not_a_table"]


def test_a_file_of_an_unknown_kind_is_refused_by_its_name(scene: Scene) -> None:
    assert mistakes(scene, b"x", "guards.docx") == [("", "guards.docx", "unknown_form")]


FULL = GroupDraft(
    id="gate",
    name="=Gate 'B', \"north\"; 门",
    latitude=31.23041,
    longitude=-121.4737,
    site_id="mall",
    building="north",
    floor="1F",
    post="gate-b",
    level="guards",
    parent_id="lead",
    covers=({"site": "mall", "building": "north"}, {"stream": "escalator"}),
    radius_m=150.5,
    is_default=True,
    time_zone="Asia/Shanghai",
    shifts={
        "weekly": [
            {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "22:00", "to": "06:00"},
            {"days": ["sat", "sun"], "from": "06:00", "to": "24:00"},
        ],
        "exceptions": [
            {"date": "2026-10-01", "is_off": True},
            {"date": "2026-10-02", "from": "10:00", "to": "12:00"},
        ],
    },
    picture_policy="link",
    shows_name=True,
    keep_h=2.5,
    language="zh",
    is_active=False,
    chats=(ChatDraft("webhook", "https://h/x?room=1", "hook"), ChatDraft("page"), ChatDraft("wecom_robot", "", "r")),
    members=(
        MemberDraft("Gus Guard", "captain", "+86 138 0013 8000", {"matrix": "@gus:example.org"}),
        MemberDraft("李娜", "member", None, {}),
    ),
)
LEAD = GroupDraft("lead", "+Heads", 31.2304, 121.4737, chats=(ChatDraft("page"),))


@pytest.mark.parametrize("form", ["yaml", "csv", "xlsx"])
def test_what_is_exported_and_imported_again_changes_nothing(scene: Scene, form: str) -> None:
    file = f"groups.{form}"
    content = export_groups([FULL, LEAD], form)
    assert load(scene, content, file) == [("lead", "created"), ("gate", "created")]
    assert (stored(scene), stored(scene, "lead")) == (FULL, LEAD)
    again = export_groups([stored(scene), stored(scene, "lead")], form)
    assert load(scene, again, file) == [("lead", "unchanged"), ("gate", "unchanged")]


@pytest.mark.parametrize("form", ["yaml", "csv", "xlsx"])
def test_no_groups_are_exported_too(scene: Scene, form: str) -> None:
    assert load(scene, export_groups([], form), f"groups.{form}") == []


def test_nothing_in_an_exported_table_is_a_formula(scene: Scene) -> None:
    csv_text = export_groups([FULL, LEAD], "csv").decode("utf-8-sig")
    assert "'=Gate" in csv_text
    assert "'+Heads" in csv_text
    with zipfile.ZipFile(io.BytesIO(export_groups([FULL, LEAD], "xlsx"))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
