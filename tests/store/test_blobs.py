"""Pictures are there whole or not at all, and follow the transaction that names them."""

import errno
import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from patrol.store.blobs import Blobs, PictureGone, StoredPicture
from patrol.store.engine import Database

JPEG = b"\xff\xd8\xff picture \xff\xd9"


class Failed(Exception):
    pass


def test_an_empty_folder_holds_nothing(blobs: Blobs) -> None:
    assert (blobs.keys(), blobs.stored(), blobs.total_bytes()) == ([], [], 0)


def test_a_picture_comes_back_by_its_key(blobs: Blobs, now: datetime) -> None:
    key = blobs.put("face", JPEG, now)
    assert key.startswith("face/2026/03/02/")
    assert blobs.get(key) == JPEG
    assert blobs.keys() == [key]
    assert blobs.total_bytes() == len(JPEG)


def test_a_clip_lies_beside_the_pictures_under_a_name_of_its_own(blobs: Blobs, now: datetime) -> None:
    key = blobs.put("clip", b"mp4", now)
    assert (key[:5], key[-4:]) == ("clip/", ".mp4")
    assert blobs.get(key) == b"mp4"
    assert blobs.keys() == [key]
    assert blobs.total_bytes() == 3


def test_the_same_picture_twice_has_two_keys_nobody_can_guess(blobs: Blobs, now: datetime) -> None:
    assert len({blobs.put("face", JPEG, now) for _ in range(20)}) == 20


def test_a_deleted_picture_is_gone_and_may_be_deleted_again(blobs: Blobs, now: datetime) -> None:
    key = blobs.put("face", JPEG, now)
    assert blobs.has(key)
    blobs.delete(key)
    blobs.delete(key)
    assert not blobs.has(key)
    with pytest.raises(PictureGone, match=key):
        blobs.get(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "face",
        "../patrol.db",
        "face/../../patrol.db",
        "/etc/passwd",
        "face/2026/03/02/../../../../../x.jpg",
        "face/2026/03/02/" + "0" * 32 + ".jpg\n",
        "FACE/2026/03/02/" + "0" * 32 + ".jpg",
        "face/2026/03/02/" + "0" * 31 + ".jpg",
        "face/2026/03/02/" + "0" * 32 + ".mp4",
        "clip/2026/03/02/" + "0" * 32 + ".jpg",
        "clip/2026/03/02/" + "0" * 32 + ".mp4.part",
    ],
)
def test_what_is_no_key_reaches_no_file(blobs: Blobs, key: str) -> None:
    for use in (blobs.get, blobs.delete):
        with pytest.raises(ValueError, match="not a picture key"):
            use(key)


def test_a_half_written_picture_counts_as_bytes_and_not_as_a_picture(blobs: Blobs, now: datetime) -> None:
    key = blobs.put("face", JPEG, now)
    part = (blobs.folder / key).with_name("0" * 32 + ".part")
    part.write_bytes(JPEG[:5])
    assert blobs.keys() == [key]
    assert blobs.total_bytes() == len(JPEG) + 5
    (half,) = [stored for stored in blobs.stored() if not stored.is_whole]
    blobs.delete(half.key)
    assert blobs.total_bytes() == len(JPEG)


def test_a_picture_is_listed_with_its_size_and_age(blobs: Blobs, now: datetime) -> None:
    key = blobs.put("face", JPEG, now)
    os.utime(blobs.folder / key, (now.timestamp(), now.timestamp()))
    assert blobs.stored() == [StoredPicture(key, len(JPEG), now)]


def test_other_files_in_the_folder_are_none_of_ours(blobs: Blobs, now: datetime) -> None:
    blobs.put("face", JPEG, now)
    (blobs.folder / "README.txt").write_text("ours")
    assert len(blobs.stored()) == 1


def put_and_fail(database: Database, blobs: Blobs, now: datetime) -> None:
    with database.write() as session:
        blobs.put_with(session, "face", JPEG, now)
        raise Failed


def test_a_picture_stays_when_its_transaction_commits(any_database: Database, blobs: Blobs, now: datetime) -> None:
    with any_database.write() as session:
        key = blobs.put_with(session, "face", JPEG, now)
        assert blobs.get(key) == JPEG
    assert blobs.keys() == [key]


def test_a_picture_goes_when_its_transaction_fails(any_database: Database, blobs: Blobs, now: datetime) -> None:
    with pytest.raises(Failed):
        put_and_fail(any_database, blobs, now)
    assert blobs.keys() == []


def test_a_later_failure_in_the_same_session_takes_no_committed_picture(
    any_database: Database, blobs: Blobs, now: datetime
) -> None:
    with Session(any_database.engine) as session:
        session.execute(text("SELECT 1"))
        kept = blobs.put_with(session, "face", JPEG, now)
        session.commit()
        session.execute(text("SELECT 1"))
        blobs.put_with(session, "face", JPEG, now)
        session.rollback()
    assert blobs.keys() == [kept]


def test_a_savepoint_decides_nothing(any_database: Database, blobs: Blobs, now: datetime) -> None:
    old = blobs.put("face", JPEG, now)

    def replace_and_fail() -> None:
        with any_database.write() as session:
            blobs.put_with(session, "face", JPEG, now)
            blobs.delete_with(session, old)
            with session.begin_nested():
                pass
            raise Failed

    with pytest.raises(Failed):
        replace_and_fail()
    assert blobs.keys() == [old]


def test_a_picture_is_deleted_with_the_commit_and_not_before(
    any_database: Database, blobs: Blobs, now: datetime
) -> None:
    key = blobs.put("face", JPEG, now)
    with any_database.write() as session:
        blobs.delete_with(session, key)
        assert blobs.get(key) == JPEG
    assert blobs.keys() == []


def test_a_failed_transaction_deletes_nothing(any_database: Database, blobs: Blobs, now: datetime) -> None:
    key = blobs.put("face", JPEG, now)

    def delete_and_fail() -> None:
        with any_database.write() as session:
            blobs.delete_with(session, key)
            raise Failed

    with pytest.raises(Failed):
        delete_and_fail()
    assert blobs.keys() == [key]


def test_a_folder_that_vanishes_under_a_reader_is_no_error(tmp_path: Path) -> None:
    assert Blobs(tmp_path / "never made").total_bytes() == 0


def test_pictures_leave_a_part_of_the_disk_to_the_database(tmp_path: Path, now: datetime) -> None:
    greedy = Blobs(tmp_path / "pictures", reserve_bytes=shutil.disk_usage(tmp_path).total)
    with pytest.raises(OSError, match="No space left") as refused:
        greedy.put("face", JPEG, now)
    assert refused.value.errno == errno.ENOSPC
    assert greedy.stored() == []


def test_a_picture_that_could_not_be_finished_leaves_nothing(
    blobs: Blobs, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        blobs.put("face", JPEG, now)
    assert blobs.stored() == []
