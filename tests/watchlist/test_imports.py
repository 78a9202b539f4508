import io
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Person, Portrait, Watchlist
from patrol.watchlist import imports, people
from patrol.watchlist.imports import Defaults, ImportProgress, ImportReport, import_folder, import_zip
from patrol.watchlist.refusals import EntryRefused, ImportRefused
from patrol.words import say
from tests.watchlist.archives import link_zip, raw_zip, zip_of
from tests.watchlist.drawn import DrawnFinder, Oval, jpeg_of

Importer = Callable[..., ImportReport]
Given = io.BytesIO | dict[str, bytes] | Path
SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADER = "姓名,照片,事由,来源,截止日期,编号,备注\n"


def photo(person: int, look: int = 0) -> bytes:
    return jpeg_of(Oval(person, look=look))


@pytest.fixture
def defaults(now: datetime) -> Defaults:
    return Defaults(SHANGHAI, reason="theft", source="police", ends_at=now + timedelta(days=5))


@pytest.fixture
def take_in(
    database: Database,
    blobs: Blobs,
    finder: DrawnFinder,
    watchlist: Watchlist,
    defaults: Defaults,
    now: datetime,
) -> Importer:
    """Import a ZIP (an open file, or files by name) or a folder into the one list."""

    def run(
        given: io.BytesIO | dict[str, bytes] | Path, defaults: Defaults = defaults, **options: Any
    ) -> ImportReport:
        start = (database, blobs, finder, watchlist.id)
        if isinstance(given, Path):
            return import_folder(*start, given, defaults, by="rita", now=now, **options)
        archive = zip_of(given) if isinstance(given, dict) else given
        return import_zip(*start, archive, defaults, by="rita", now=now, **options)

    return run


def told(report: ImportReport) -> list[tuple[int | None, str, str | None]]:
    return [(row.line, row.file_name, row.reason_code) for row in report.rows]


def names(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.scalars(select(Person.name).where(Person.removed_at.is_(None))))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_zip_with_a_table_is_taken_in(
    database: Database, take_in: Importer, encoding: str, mark: str, now: datetime
) -> None:
    table = HEADER + "张三,张三.jpg,盗窃,派出所,2026-03-20,A-1,高个\n李四,李四/1.jpg|李四/2.jpg,诈骗,派出所,,A-2,\n"
    files = {"张三.jpg": photo(1), "李四/1.jpg": photo(2), "李四/2.jpg": photo(2, 1)}
    report = take_in({"名单.csv": table.replace(",", mark).encode(encoding), **files})
    assert (report.n_people, report.n_accepted, report.n_refused) == (2, 3, 0)
    assert told(report) == [(2, "张三.jpg", None), (3, "李四/1.jpg", None), (3, "李四/2.jpg", None)]
    with database.read() as session:
        zhang, li = session.scalars(select(Person).order_by(Person.external_ref))
        assert (zhang.name, zhang.reason, zhang.source, zhang.note) == ("张三", "盗窃", "派出所", "高个")
        assert zhang.ends_at == datetime(2026, 3, 21, tzinfo=SHANGHAI)
        assert li.ends_at == now + timedelta(days=5)
        assert len(people.living_portraits(li)) == 2


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"张三.jpg": 1, "李四.jpg": 2}, ["张三", "李四"]),
        ({"张三/1.jpg": 1, "张三/2.jpg": 1, "李四/1.jpg": 2}, ["张三", "李四"]),
        ({"张三/旧/1.jpg": 1, "李四.jpg": 2}, ["张三", "李四"]),
        ({"名单/张三.jpg": 1, "名单/李四.jpg": 2}, ["张三", "李四"]),
        ({"名单/张三/1.jpg": 1, "名单/李四/a.jpg": 2}, ["张三", "李四"]),
        ({"张三/1.jpg": 1, "张三/IMG_0002.jpg": 1}, ["张三"]),
        ({"张三/微信图片_20260302.jpg": 1}, ["张三"]),
    ],
)
def test_without_a_table_folders_and_files_name_the_people(
    database: Database, take_in: Importer, files: dict[str, int], expected: list[str]
) -> None:
    looks = {name: photo(person, look) for look, (name, person) in enumerate(files.items())}
    report = take_in(looks)
    assert report.n_refused == 0
    assert names(database) == sorted(expected)


def test_the_top_of_a_folder_on_disk_is_nobodys_name(database: Database, take_in: Importer, tmp_path: Path) -> None:
    root = tmp_path / "obama"
    (root / "张三").mkdir(parents=True)
    (root / "张三" / "1.jpg").write_bytes(photo(1))
    (root / "李四.jpg").write_bytes(photo(2))
    assert take_in(root).n_people == 2
    assert names(database) == ["张三", "李四"]


def test_a_chinese_zip_of_an_old_windows_is_read(database: Database, take_in: Importer) -> None:
    table = (HEADER + "张三,张三.jpg,盗窃,派出所,2026-03-20,A-1,\n").encode("gbk")
    archive = raw_zip(("名单.csv".encode("gbk"), table), ("照片\\张三.jpg".encode("gbk"), photo(1)))
    assert told(take_in(archive)) == [(2, "照片/张三.jpg", None)]
    assert names(database) == ["张三"]


BAD_LINES = [
    ("张三,没有.jpg,盗窃,派出所,2026-03-20,A-1,", "photo_missing"),
    ("张三,,盗窃,派出所,2026-03-20,A-1,", "no_photo"),
    (",good.jpg,盗窃,派出所,2026-03-20,A-1,", "no_name"),
    ("张三,good.jpg,盗窃,派出所,昨天,A-1,", "bad_date"),
    ("张三,good.jpg,盗窃,派出所,2026-03-01,A-1,", "end_past"),
    ("张三,good.jpg,盗窃,派出所,2026-05-01,A-1,", "end_after_list"),
    ("张三,good.jpg,盗窃,派出所,2026-03-20,GOOD-1,", "duplicate_external_ref"),
    ("张三,note.jpg,盗窃,派出所,2026-03-20,A-1,", "not_a_picture"),
    ("张三,empty.jpg,盗窃,派出所,2026-03-20,A-1,", "empty_file"),
    ("张三,nobody.jpg,盗窃,派出所,2026-03-20,A-1,", "no_face"),
    ("张三,first.jpg,盗窃,派出所,2026-03-20,A-1,", "looks_like_another"),
    ("张三,../../good.jpg,盗窃,派出所,2026-03-20,A-1,", "photo_missing"),
]


@pytest.mark.parametrize(("line", "code"), BAD_LINES)
def test_one_bad_line_is_told_by_its_number_and_stops_nobody_else(
    database: Database, take_in: Importer, line: str, code: str
) -> None:
    table = (
        HEADER
        + "第一,first.jpg,盗窃,派出所,2026-03-20,GOOD-1,\n"
        + f"{line}\n"
        + "最后,last.jpg,盗窃,派出所,2026-03-20,GOOD-2,\n"
    )
    files = {
        "first.jpg": photo(1),
        "last.jpg": photo(2),
        "good.jpg": photo(3),
        "note.jpg": b"a note, not a photo",
        "empty.jpg": b"",
        "nobody.jpg": jpeg_of(),
    }
    report = take_in({"list.csv": table.encode(), **files})
    assert names(database) == ["最后", "第一"]
    assert report.n_people == 2
    ((line_number, _, said),) = [row for row in told(report) if row[0] == 3]
    assert (line_number, said) == (3, code)
    assert {name for _, name, reason in told(report) if reason == "not_in_sheet"} <= files.keys()


def test_good_photos_count_where_others_of_the_same_person_do_not(database: Database, take_in: Importer) -> None:
    table = HEADER + "张三,1.jpg;2.jpg;3.jpg;gone.jpg,盗窃,派出所,2026-03-20,A-1,\n"
    report = take_in({"a.csv": table.encode(), "1.jpg": photo(1), "2.jpg": b"x", "3.jpg": photo(1, 1)})
    assert told(report) == [
        (2, "1.jpg", None),
        (2, "2.jpg", "not_a_picture"),
        (2, "3.jpg", None),
        (2, "gone.jpg", "photo_missing"),
    ]
    assert (report.n_people, report.n_accepted, report.n_refused) == (1, 2, 2)


def test_what_a_table_does_not_say_holds_for_everybody(database: Database, take_in: Importer, now: datetime) -> None:
    take_in({"a.csv": b"name,photo\nZhang,1.jpg\n", "1.jpg": photo(1)})
    with database.read() as session:
        (zhang,) = session.scalars(select(Person))
    assert (zhang.reason, zhang.source, zhang.ends_at) == ("theft", "police", now + timedelta(days=5))


@pytest.mark.parametrize(
    ("defaults", "code"),
    [
        (Defaults(SHANGHAI, source="s", ends_at=datetime(2026, 3, 20, tzinfo=SHANGHAI)), "no_reason"),
        (Defaults(SHANGHAI, reason="r", ends_at=datetime(2026, 3, 20, tzinfo=SHANGHAI)), "no_source"),
        (Defaults(SHANGHAI, reason="r", source="s"), "no_end"),
    ],
)
def test_nobody_is_taken_in_without_reason_source_and_end(
    database: Database, take_in: Importer, defaults: Defaults, code: str
) -> None:
    assert told(take_in({"张三.jpg": photo(1)}, defaults)) == [(None, "张三.jpg", code)]
    assert names(database) == []


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "nothing_to_import"),
        ({".DS_Store": b""}, "nothing_to_import"),
        ({"a.csv": b"", "1.jpg": b"x"}, "empty_sheet"),
        ({"a.csv": b"name,age\nZhang,3\n"}, "missing_columns"),
        ({"a.csv": b"\xff\xd8\xff\x00"}, "sheet_encoding"),
        ({"a.csv": b"name,photo\n", "b.CSV": b"name,photo\n"}, "many_sheets"),
        ({"名单.xlsx": b"PK\3\4", "1.jpg": b"x"}, "workbook"),
    ],
)
def test_what_cannot_be_read_as_a_whole_is_refused_as_a_whole(
    database: Database, take_in: Importer, files: dict[str, bytes], code: str
) -> None:
    with pytest.raises(ImportRefused) as refusal:
        take_in(files)
    assert refusal.value.code == code
    assert names(database) == []


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (raw_zip((b"../../zhang.jpg", b"x")), "unsafe_path"),
        (raw_zip((b"/zhang.jpg", b"x")), "unsafe_path"),
        (link_zip(b"zhang.jpg", b"/etc/passwd"), "symlink"),
        (raw_zip((b"zhang.jpg", b"x" * 40), flags=1), "encrypted"),
        (raw_zip((b"zhang.jpg", bytes(5_000_000)), method=8), "bomb"),
        (zip_of({"more.zip": b"PK"}), "nested_archive"),
        (raw_zip((b"zhang.jpg", photo(1)), claimed=5), "damaged_entry"),
    ],
)
def test_a_dangerous_entry_stands_in_the_report_with_its_reason(
    database: Database, take_in: Importer, archive: io.BytesIO, code: str
) -> None:
    report = take_in(archive)
    assert [row.reason_code for row in report.rows] == [code]
    assert names(database) == []


def test_a_dangerous_entry_that_a_table_names_is_told_at_its_line(take_in: Importer) -> None:
    table = b"name,photo\nZhang,more.zip\nLi,li.jpg\n"
    report = take_in({"a.csv": table, "more.zip": b"PK", "li.jpg": photo(1)})
    assert told(report) == [(2, "more.zip", "nested_archive"), (3, "li.jpg", None)]


def test_a_table_that_is_encrypted_is_not_passed_over(take_in: Importer) -> None:
    with pytest.raises(ImportRefused, match="encrypted"):
        take_in(raw_zip((b"list.csv", b"name,photo\nZhang,1.jpg\n"), flags=1))


def test_the_same_import_twice_doubles_nobody(database: Database, blobs: Blobs, take_in: Importer) -> None:
    files = {"a.csv": b"name,photo,ref\nZhang,1.jpg,A-1\nLi,2.jpg,\n", "1.jpg": photo(1), "2.jpg": photo(2)}
    assert take_in(files).n_people == 2
    again = take_in(files)
    assert [row.reason_code for row in again.rows] == ["ref_taken", "looks_like_another"]
    assert names(database) == ["Li", "Zhang"]
    assert len(blobs.keys()) == 2


def test_two_people_of_one_name_are_two_people(database: Database, take_in: Importer) -> None:
    take_in({"a.csv": "姓名,照片\n张伟,1.jpg\n张伟,2.jpg\n".encode(), "1.jpg": photo(1), "2.jpg": photo(2)})
    assert names(database) == ["张伟", "张伟"]


def test_a_list_that_is_closed_takes_nobody_in(
    database: Database, take_in: Importer, finder: DrawnFinder, watchlist: Watchlist, now: datetime
) -> None:
    with database.write() as session:
        people.close_watchlist(session, people.find_watchlist(session, watchlist.id), by="rita", now=now)
    with pytest.raises(EntryRefused, match="list_closed"):
        take_in({"张三.jpg": photo(1)})
    assert finder.n_examined == 0


def test_a_folder_that_is_not_there_is_told(take_in: Importer, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="not_a_folder"):
        take_in(tmp_path / "nowhere")


def test_a_database_that_fails_for_one_person_fails_for_nobody_else(
    database: Database, blobs: Blobs, take_in: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol = imports.enrol_person

    def fail_for_zhang(*args: Any, **options: Any) -> Any:
        if args[4].name == "张三":
            raise OperationalError("INSERT", {}, Exception("disk I/O error"))
        return enrol(*args, **options)

    monkeypatch.setattr(imports, "enrol_person", fail_for_zhang)
    report = take_in({"张三.jpg": photo(1), "李四.jpg": photo(2)})
    assert told(report) == [(None, "张三.jpg", "not_stored"), (None, "李四.jpg", None)]
    assert names(database) == ["李四"]
    assert len(blobs.keys()) == 1


def test_progress_is_told_after_every_person(take_in: Importer) -> None:
    steps: list[ImportProgress] = []
    take_in({"张三.jpg": photo(1), "李四.jpg": b"x", "王五.jpg": photo(3)}, progress=steps.append)
    assert [(step.n_done, step.n_total, step.n_accepted) for step in steps] == [(1, 3, 1), (2, 3, 1), (3, 3, 2)]


def test_an_import_that_is_broken_off_keeps_whole_people_only(
    database: Database, blobs: Blobs, take_in: Importer
) -> None:
    def break_off(step: ImportProgress) -> None:
        if step.n_done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in({f"人{i}.jpg": photo(i) for i in range(5)}, progress=break_off)
    assert len(names(database)) == 2
    with database.read() as session:
        assert sorted(session.scalars(select(Portrait.picture_key))) == blobs.keys()


@pytest.mark.slow
def test_hundreds_of_photos_take_the_memory_of_a_few(take_in: Importer) -> None:
    """150 photos of 400 KB each are 60 MB; one at a time is in memory."""
    padding = bytes(400_000)
    photos = {f"{i}.jpg": photo(i % 30) + padding + str(i).encode() for i in range(150)}
    archive = zip_of(photos)
    tracemalloc.start()
    report = take_in(archive)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(report.rows) == 150
    assert report.n_people == 30
    assert peak_bytes < 20 * 2**20


def test_every_row_of_a_report_can_be_said(take_in: Importer) -> None:
    report = take_in({"a.txt": b"x", "b.jpg": jpeg_of(), "c.zip": b"", "d.jpg": photo(1), "e.jpg": photo(1, 1)})
    for row in report.rows:
        if row.reason_code is not None:
            assert say(f"enrolment.{row.reason_code}", "zh", **row.fields)


def test_the_table_lets_poor_photos_in_as_weak_for_a_reason(take_in: Importer) -> None:
    table = "姓名,照片,弱照片理由\n张三,a.jpg,只有监控截图\n李四,b.jpg,\n王五,c.jpg,只有监控截图\n"
    pale = {name: jpeg_of(Oval(person, is_pale=True)) for person, name in ((1, "a.jpg"), (2, "b.jpg"))}
    report = take_in({"名单.csv": table.encode(), **pale, "c.jpg": photo(3)})
    assert [(row.is_accepted, row.is_weak, row.may_be_weak) for row in report.rows] == [
        (True, True, False),
        (False, False, True),
        (True, False, False),
    ]
    assert (report.n_weak, report.n_with_one_portrait) == (1, 2)
    assert all(row.find_rate is not None for row in report.rows[:2])
