from pathlib import Path

import numpy as np
import pytest

from patrol.eval import groups
from patrol.eval.folder import Folder
from patrol.eval.groups import Draw, Group, by_label, gini, max_over_geometric_mean, within
from patrol.eval.identification import NEVER, Searches
from patrol.eval.splits import Split
from patrol.matching.cohort import Cohort
from patrol.values import Float32
from tests.eval.drawn import EMBEDDER, templates

D = 12


def folder_of(names: list[str]) -> Folder:
    """One photo of each."""
    photos = tuple(Path(name) / "1.jpg" for name in names)
    return Folder(Path("drawn"), photos, {name: (number,) for number, name in enumerate(names)})


def faces(n: int, seed: int, alike: float = 0.0) -> Float32:
    """float32 (n, D), unit length; `alike` draws all of them towards one direction."""
    vectors = np.random.default_rng(seed).normal(size=(n, D))
    vectors[:, 0] += alike
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


EVERYBODY = faces(400, 1)
ALL = folder_of([f"P{number:03}" for number in range(400)])
DRAW = Draw(Cohort(EMBEDDER, faces(100, 2)), frozenset({"P000", "P001"}))


def fmr_of(vectors: Float32, names: list[str] | None = None, draw: Draw = DRAW) -> groups.Within:
    group = Group(
        folder_of(names or [f"G{number:03}" for number in range(len(vectors))]), templates(vectors, vectors)
    )
    rates = within(ALL, templates(EVERYBODY, EVERYBODY), group, [draw], np.random.default_rng(3), 100)
    return rates[0]


def test_a_group_like_all_others_matches_as_often_as_all() -> None:
    rate = fmr_of(faces(300, 4))
    assert rate.fmr_of_all == 1e-3
    assert rate.cosine_ratio == pytest.approx(1.0, abs=0.5)
    assert rate.ratio == pytest.approx(1.0, abs=0.6)
    assert rate.interval.low <= rate.fmr <= rate.interval.high


def test_a_group_of_people_who_look_alike_to_the_network_matches_more_often() -> None:
    rate = fmr_of(faces(200, 5, alike=2.0))
    assert rate.cosine_ratio > 5


def test_a_cohort_with_such_people_in_it_makes_up_for_a_part_of_it() -> None:
    vectors = faces(200, 5, alike=2.0)
    mixed = Draw(Cohort(EMBEDDER, np.concatenate([faces(50, 6), faces(50, 7, alike=2.0)])), frozenset())
    rate = fmr_of(vectors, draw=mixed)
    assert rate.ratio < 0.5 * rate.cosine_ratio


def test_nobody_is_compared_with_themselves_nor_with_the_cohort_they_are_in() -> None:
    same = np.tile(faces(1, 8), (3, 1))
    people = Folder(Path("group"), tuple(Path("A") / f"{k}.jpg" for k in range(3)), {"A": (0, 1), "P000": (2,)})
    group = Group(people, templates(same, same))
    rates = within(ALL, templates(EVERYBODY, EVERYBODY), group, [DRAW], np.random.default_rng(0), 20)
    assert np.isnan(rates[0].fmr)  # the only stranger of A's is in the cohort: there is no pair left


def searches(mate_scores: list[float], top_scores: list[float]) -> Searches:
    n = len(mate_scores)
    return Searches(
        np.array(mate_scores, np.float32),
        np.ones(n, bool),
        np.zeros(n, np.intp),
        np.full(n, NEVER),
        np.array(top_scores, np.float32),
        np.zeros(len(top_scores), np.intp),
    )


def test_errors_are_counted_by_label_at_the_threshold_of_all() -> None:
    names = [f"P{number:03}" for number in range(104)]
    folder = folder_of(names)
    split = Split(((0,), (1,), (2,), (3,)), (0, 1, 2, 3), tuple(range(4, 104)), ())
    top = [0.9, 0.8, *([0.1] * 98)]  # P004 and P005 are taken for somebody at FPIR 2 %
    labels = dict.fromkeys(names[:2], "old") | dict.fromkeys(names[2:54], "young") | {names[4]: "old"}
    told = by_label("age", labels, folder, [(split, searches([0.95, 0.05, 0.9, 0.9], top))], 0.02)
    assert {label: (rate.n, rate.of) for label, rate in told.false_positive.items()} == {
        "old": (1, 1),
        "young": (1, 49),
    }
    assert {label: (rate.n, rate.of) for label, rate in told.false_negative.items()} == {
        "old": (1, 2),
        "young": (0, 2),
    }
    assert told.mxog == pytest.approx(7.0)  # 1 over the root of 1 x 1/49
    assert told.false_positive["young"].interval.high < 0.12


@pytest.mark.parametrize(
    ("rates", "mxog", "inequality"),
    [
        ([], None, None),
        ([0.1], None, None),
        ([0.0, 0.0], None, None),
        ([0.1, 0.0], None, 1.0),
        ([0.1, 0.1, 0.1], 1.0, 0.0),
        ([0.1, 0.4], 2.0, 0.6),
    ],
)
def test_inequality_is_none_where_it_cannot_be_told(
    rates: list[float], mxog: float | None, inequality: float | None
) -> None:
    assert max_over_geometric_mean(rates) == (mxog if mxog is None else pytest.approx(mxog))
    assert gini(rates) == (inequality if inequality is None else pytest.approx(inequality))
