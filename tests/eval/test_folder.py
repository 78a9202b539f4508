import hashlib
from pathlib import Path

import pytest

from patrol.eval.folder import half_of, read_errata, read_folder, read_labels
from patrol.eval.refusals import CannotMeasure
from tests.eval.drawn import people, write_folder


def code_of(caught: pytest.ExceptionInfo[CannotMeasure]) -> str:
    return caught.value.code


def test_a_folder_has_its_people_by_name_and_their_photos_by_number(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, {"Bo": 2, "Ann": 1}))
    assert dict(folder.people) == {"Ann": (0,), "Bo": (1, 2)}
    assert [path.name for path in folder.photos] == ["Ann_0000.png", "Bo_0000.png", "Bo_0001.png"]
    assert [folder.name_of(photo) for photo in range(3)] == ["Ann", "Bo", "Bo"]
    assert folder.able(2) == ["Bo"]


def test_names_in_chinese_are_names(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, {"李安": 2, "王菲": 1}))
    assert sorted(folder.people) == ["李安", "王菲"]


def test_what_is_no_photo_and_who_has_none_is_not_there(tmp_path: Path) -> None:
    write_folder(tmp_path, {"Ann": 1})
    (tmp_path / "Ann" / "notes.txt").write_text("born in May", encoding="utf-8")
    (tmp_path / "Ann" / "._Ann_0000.png").write_bytes(b"left by a Mac")
    (tmp_path / "Empty").mkdir()
    (tmp_path / "README.md").write_text("photos", encoding="utf-8")
    folder = read_folder(tmp_path)
    assert (list(folder.people), len(folder.photos)) == (["Ann"], 1)


def test_who_is_in_the_errata_is_left_out(tmp_path: Path) -> None:
    errata = tmp_path / "errata.txt"
    errata.write_text("Bo Cy same picture under two names\n\nDee mislabelled\n", encoding="utf-8")
    folder = write_folder(tmp_path / "photos", {"Ann": 1, "Bo": 1, "Cy": 1, "Dee": 2})
    assert list(read_folder(folder, read_errata(errata)).people) == ["Ann", "Cy"]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "no_such_folder"),
        (lambda path: path.write_bytes(b""), "not_a_folder"),
        (lambda path: path.mkdir(), "no_photos"),
        (lambda path: (path / "Ann").mkdir(parents=True), "no_photos"),
    ],
)
def test_a_folder_of_nobody_is_refused_by_what_it_is(make, code: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    make(tmp_path / "given")
    with pytest.raises(CannotMeasure) as caught:
        read_folder(tmp_path / "given")
    assert code_of(caught) == code


def test_labels_are_read_by_attribute_and_an_empty_one_is_no_group(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("\ufeffname,group,glasses\nAnn,a,yes\nBo,b,\n李安,a,no\n", encoding="utf-8")
    assert read_labels(file) == {
        "group": {"Ann": "a", "Bo": "b", "李安": "a"},
        "glasses": {"Ann": "yes", "李安": "no"},
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "labels_without_columns"),
        (b"name\nAnn\n", "labels_without_columns"),
        (b"who,group\nAnn,a\n", "labels_without_columns"),
        ("name,group\n李安,a\n".encode("gb18030"), "file_not_utf8"),
    ],
)
def test_labels_that_cannot_be_read_are_refused(content: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(content)
    with pytest.raises(CannotMeasure) as caught:
        read_labels(tmp_path / "labels.csv")
    assert code_of(caught) == code


def test_errata_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotMeasure) as caught:
        read_errata(tmp_path / "none.txt")
    assert code_of(caught) == "file_unreadable"


def test_nobody_is_in_both_halves_and_everybody_in_one(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, people(30, 2)))
    one, two = half_of(folder, 1), half_of(folder, 2)
    assert not one.people.keys() & two.people.keys()
    assert one.people.keys() | two.people.keys() == folder.people.keys()
    assert min(len(one.people), len(two.people)) > 7
    for half in (one, two):
        assert all(half.name_of(photo) == name for name, photos in half.people.items() for photo in photos)
        assert sum(len(photos) for photos in half.people.values()) == len(half.photos)


def test_a_person_is_in_the_same_half_of_every_folder(tmp_path: Path) -> None:
    large, small = (half_of(read_folder(write_folder(tmp_path / str(n), people(n, 1))), 1) for n in (30, 12))
    assert small.people.keys() == {name for name in large.people if name < "P012"}


def test_a_half_without_anybody_is_refused(tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, {"Ann": 2}))
    is_in_first = hashlib.sha256(b"Ann").digest()[0] % 2 == 0
    with pytest.raises(CannotMeasure, match=r"half_of_nobody"):
        half_of(folder, 2 if is_in_first else 1)


def test_a_large_folder_is_read_in_the_same_order_every_time(tmp_path: Path) -> None:
    write_folder(tmp_path, people(30, 2))
    assert read_folder(tmp_path).photos == tuple(sorted(read_folder(tmp_path).photos))
