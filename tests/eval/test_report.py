import base64
import re
from pathlib import Path

import pytest

from patrol import words
from patrol.eval.cache import Cache
from patrol.eval.figures import figures_of
from patrol.eval.folder import read_folder
from patrol.eval.measurement import Request, measure, measure_group
from patrol.eval.mistakes import Album
from patrol.eval.report import render
from patrol.values import Language
from tests.eval.drawn import EMBEDDER, DrawnEyes, people, write_folder

RUN = {"embedder": EMBEDDER, "runtime": "drawn", "seconds": 1.5, "machine": ["machine: none", "command: patrol eval"]}


def page(folder: Path, language: Language = "en") -> str:
    cache = Cache(folder / "c.db", "r", EMBEDDER)
    done = measure(read_folder(folder), Request(splits=3, rounds=20), [DrawnEyes()], cache)
    group = measure_group(done, done.folder, [DrawnEyes()], cache, lambda n: None)
    figures = figures_of(done, group)

    def say(code: str, **fields: object) -> str:
        return words.say(f"eval.{code}", language, **fields)

    return render(figures, Album(done, cache), RUN, say, language)


@pytest.fixture(scope="module")
def html(crowd: Path) -> str:
    return page(crowd)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("crowd"), people(90, 2) | {"王<b>菲": 2}, spread=60.0)


def test_the_page_needs_nothing_from_anywhere(html: str) -> None:
    assert not re.findall(r"""(?:src|href)="(?!data:)""", html)
    assert "<script" not in html
    pictures = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', html)
    assert len(pictures) > 20
    assert all(base64.b64decode(picture).startswith(b"\xff\xd8") for picture in pictures)


def test_it_has_figures_curve_mistakes_and_how_it_was_measured(html: str) -> None:
    assert html.count("<svg") == 1
    for part in (
        "at FPIR 10 %",
        "Strangers taken for somebody",
        "People not found",
        "Within the group",
        "FPIR: searches",
    ):
        assert part in html
    assert "command: patrol eval" in html


def test_a_name_is_text_whatever_it_holds(html: str) -> None:
    assert "王<b>" not in html


def test_it_speaks_chinese(crowd: Path) -> None:
    html = page(crowd, "zh")
    assert 'lang="zh-Hans"' in html
    assert "被误认的陌生人" in html
    assert "People not found" not in html


def test_one_photo_each_makes_a_page_without_a_curve(tmp_path: Path) -> None:
    html = page(write_folder(tmp_path, people(90, 1)))
    assert "<svg" not in html
    assert "there is no TPIR to tell" in html
