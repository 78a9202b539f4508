from pathlib import Path

import cv2
import numpy as np
import pytest

from patrol.eval import mistakes
from patrol.eval.cache import Cache
from patrol.eval.folder import read_folder
from patrol.eval.measurement import Measurement, Request, measure
from patrol.eval.mistakes import HEIGHT_PX, Album
from tests.eval.drawn import EMBEDDER, DrawnEyes, empty_photo, people, photo, write, write_folder


def measured(folder: Path, **asked: int) -> tuple[Measurement, Cache]:
    cache = Cache(folder / "c.db", "r", EMBEDDER)
    request = Request(splits=25, rounds=10, **asked)
    return measure(read_folder(folder), request, [DrawnEyes()], cache), cache


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 people with two photos; Zoe's photos are Yan's, and one of Abe's shows nobody."""
    folder = write_folder(tmp_path_factory.mktemp("twins"), {"Abe": 2} | people(38, 2) | {"Yan": 2, "Zoe": 2})
    for number in range(2):
        write(folder / "Zoe" / f"Zoe_{number:04}.png", photo(39, number + 2))
    write(folder / "Abe" / "Abe_0001.png", empty_photo())
    return folder


def test_the_worst_false_match_is_who_was_taken_for_whom(twins: Path) -> None:
    done, _ = measured(twins)
    worst = mistakes.false_matches(done)[0]
    assert {done.folder.name_of(worst.probe), done.folder.name_of(worst.entry[0])} == {"Yan", "Zoe"}
    assert worst.score > 0.5
    assert worst.rival == ()


def test_every_probe_comes_once_the_worst_first(twins: Path) -> None:
    done, _ = measured(twins)
    shown = mistakes.false_matches(done, n=10)
    assert len({each.probe for each in shown}) == len(shown) == 10
    found = [each.score for each in shown]
    assert found == sorted(found, reverse=True)


def test_who_has_no_face_in_a_photo_is_the_worst_miss(twins: Path) -> None:
    done, _ = measured(twins)
    worst = mistakes.misses(done)[0]
    assert done.folder.name_of(worst.probe) == "Abe"
    assert not worst.has_face
    assert worst.rival == ()


def test_of_a_miss_it_is_said_who_was_nearer(tmp_path: Path) -> None:
    """Only one photo of Bo is Bo's: the other is Ann's."""
    folder = write_folder(tmp_path, people(30, 2))
    write(folder / "P001" / "P001_0000.png", photo(0, 5))
    write(folder / "P001" / "P001_0001.png", photo(99, 0))
    done, _ = measured(folder)
    of_bo = [each for each in mistakes.misses(done) if done.folder.name_of(each.probe) == "P001"]
    assert of_bo[0].rival
    assert of_bo[0].rival_score >= of_bo[0].score


def test_the_pictures_are_of_one_height_and_show_the_look_that_was_searched_with(twins: Path) -> None:
    done, cache = measured(twins, spoil_px=8)
    album = Album(done, cache)
    number = next(iter(done.folder.people["P003"]))
    portrait, probe = (
        cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        for jpeg in (album.portrait(number), album.probe(number))
    )
    assert portrait.shape[0] == probe.shape[0] == HEIGHT_PX
    assert cv2.Laplacian(portrait, cv2.CV_64F).var() > cv2.Laplacian(probe, cv2.CV_64F).var()


def test_a_photo_that_has_gone_meanwhile_has_no_picture(tmp_path: Path) -> None:
    done, cache = measured(write_folder(tmp_path, people(10, 2)))
    done.folder.photos[0].unlink()
    assert Album(done, cache).portrait(0) == b""
