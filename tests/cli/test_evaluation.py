"""`patrol eval FOLDER` as its user sees it."""

import json
from importlib import resources
from pathlib import Path

import pytest

from patrol.faces.weights import listing
from tests.cli.terminal import MODELS, Terminal
from tests.eval.drawn import people, write_folder

SMALL = ("--cohort", "1", "--gallery", "2", "--threads", "1")


@pytest.fixture
def weights() -> None:
    absent = [listed.name for listed in listing(MODELS) if listed.weights.is_default and listed.state != "present"]
    if absent:
        pytest.skip(f"no weights in {MODELS}: run `patrol weights pull`")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere: no such folder"),
        (("a-file.jpg",), "a-file.jpg is a file; give the folder"),
        (("empty",), "empty holds no photos in folders by name"),
        (("one",), "one holds 1 people; 3 is the least"),
        (("ten", "--gallery", "9"), "so 7 is the most"),
        (("ten", "--cohort", "9"), "at most 8 can be the cohort"),
        (("ten", "--errata", "no.txt"), "no.txt cannot be read"),
        (("ten", "--group", "nowhere"), "nowhere: no such folder"),
        (("ten", "--labels", "labels.csv"), "none of its names is in ten"),
        (("one", "--half", "1"), "one holds 1 people"),
        (("ten", "--report", "no/where/page.html"), "cannot be written"),
    ],
)
def test_what_cannot_be_measured_is_said_at_once_and_without_a_traceback(
    arguments: tuple[str, ...], said: str, terminal: Terminal, tmp_path: Path
) -> None:
    (tmp_path / "a-file.jpg").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "labels.csv").write_text("name,side\nNobody,left\n", encoding="utf-8")
    write_folder(tmp_path / "one", {"Ann": 4})
    write_folder(tmp_path / "ten", people(10, 2))
    done = terminal.run("eval", *arguments)
    assert done.status == 1
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_it_says_so_in_chinese_where_the_terminal_is(terminal: Terminal) -> None:
    terminal.set("LANG", "zh_CN.UTF-8")
    assert "文件夹不存在" in terminal.complaint("eval", "nowhere")


def test_a_bare_eval_says_what_it_can_do(terminal: Terminal) -> None:
    assert "photos" in terminal.run("eval").stdout
    assert "--spoil" in terminal.answer("eval", "photos", "--help")


def test_an_embedder_that_nobody_knows_is_named(terminal: Terminal, tmp_path: Path) -> None:
    write_folder(tmp_path / "ten", people(10, 2))
    assert "'magic'" in terminal.complaint("eval", "ten", "--embedder", "magic")


@pytest.mark.weights
@pytest.mark.data
def test_faces_are_measured_and_json_is_all_there_is_on_stdout(
    terminal: Terminal, shared_data: Path, tmp_path: Path, weights: None
) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    for person in sorted((shared_data / "faces" / "lfw10").iterdir())[:5]:
        (folder / person.name).mkdir()
        for path in sorted(person.glob("*.jpg"))[:2]:
            (folder / person.name / path.name).symlink_to(path)
    page = tmp_path / "page.html"
    done = terminal.run("eval", str(folder), *SMALL, "--json", "--report", str(page))
    assert done.status == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["gallery"], told["mated"], told["nonmated"], told["rank1"]) == (2, 2, 2, 1.0)
    assert (told["tpir"], told["fte"], told["fta"]) == ({}, 0.0, 0.0)
    assert told["embedder"] == "sface-2021dec"
    assert page.stat().st_size > 20_000
    as_text = terminal.answer("eval", str(folder), *SMALL)
    assert "5 people, 10 photos" in as_text


@pytest.mark.weights
def test_another_calibration_is_taken_for_what_is_known_and_a_broken_one_is_named(
    terminal: Terminal, tmp_path: Path, weights: None
) -> None:
    write_folder(tmp_path / "ten", people(10, 2))
    (tmp_path / "own.json").write_text("{}", encoding="utf-8")
    asked = ("eval", "ten", "--threads", "1", "--prior")
    assert "the embedder's calibration cannot be used: own.json: KeyError" in terminal.complaint(*asked, "own.json")
    assert "none.json cannot be read" in terminal.complaint(*asked, "none.json")
    shipped = resources.files("patrol.matching").joinpath("priors", "dlib-resnet29-v1.json")
    assert "is of dlib-resnet29-v1, the embedder is sface-2021dec" in terminal.complaint(*asked, str(shipped))
    terminal.set("LANG", "zh_CN.UTF-8")
    assert "校准文件无法使用" in terminal.complaint(*asked, "own.json")


@pytest.mark.weights
def test_pictures_without_any_face_are_said_to_have_none(terminal: Terminal, tmp_path: Path, weights: None) -> None:
    said = terminal.complaint("eval", str(write_folder(tmp_path / "few", people(4, 2))), "--threads", "1")
    assert "no face was found in any of the 8 photos" in said
