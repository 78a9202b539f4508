import base64
import re
from dataclasses import replace
from pathlib import Path

import pytest

from patrol import words
from patrol.eval.cache import Cache
from patrol.eval.figures import Figures, figures_of
from patrol.eval.folder import read_folder
from patrol.eval.groups import ByLabel, Rate
from patrol.eval.measurement import Request, measure, measure_group
from patrol.eval.mistakes import Album
from patrol.eval.proof import Kept
from patrol.eval.report import render
from patrol.matching.intervals import Interval
from patrol.values import Language
from tests.eval.drawn import EMBEDDER, DrawnEyes, people, write_folder

RUN = {"embedder": EMBEDDER, "runtime": "drawn", "seconds": 1.5, "machine": ["machine: none", "command: patrol eval"]}


def measured(folder: Path) -> tuple[Figures, Album]:
    cache = Cache(folder / "c.db", "r", EMBEDDER)
    done = measure(read_folder(folder), Request(splits=3, rounds=20), [DrawnEyes()], cache)
    group = measure_group(done, done.folder, [DrawnEyes()], cache, lambda n: None)
    return figures_of(done, group), Album(done, cache)


def page(figures: Figures, album: Album, language: Language = "en") -> str:
    def say(code: str, **fields: object) -> str:
        return words.say(f"eval.{code}", language, **fields)

    return render(figures, album, RUN, say, language)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> tuple[Figures, Album]:
    folder = tmp_path_factory.mktemp("crowd")
    return measured(write_folder(folder, people(90, 2) | {"王<b>菲": 2}, spread=60.0))


@pytest.fixture(scope="module")
def html(crowd: tuple[Figures, Album]) -> str:
    return page(*crowd)


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


def test_it_speaks_chinese(crowd: tuple[Figures, Album]) -> None:
    html = page(*crowd, "zh")
    assert 'lang="zh-Hans"' in html
    assert "被误认的陌生人" in html
    assert "People not found" not in html


def test_one_photo_each_makes_a_page_without_a_curve(tmp_path: Path) -> None:
    html = page(*measured(write_folder(tmp_path, people(90, 1))))
    assert "<svg" not in html
    assert "there is no TPIR to tell" in html


def test_labels_and_budgets_have_their_tables(crowd: tuple[Figures, Album]) -> None:
    figures, album = crowd
    by_label = ByLabel("glasses", 0.01, {"yes": Rate(4, 200, 50), "no": Rate(1, 200, 50)}, {"yes": Rate(1, 9, 9)})
    kept = Kept(0.03, 0.02, Interval(0.01, 0.03), Interval(0.015, 0.04), 0.9, 0.2, 88)
    html = page(replace(figures, by_label=(by_label,), kept=(kept,)), album)
    assert "By glasses" in html
    assert "(MXOG) 2.00, Gini coefficient 0.60" in html
    assert "budget FPIR 3 %" in html
    assert "0.67 x" in html
