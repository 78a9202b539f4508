"""When a passage is somebody's."""

import numpy as np
import pytest

from patrol.matching.decision import Evidence, grade_of
from patrol.values import Grade


def graded(score: float, runner_up: float | None = 0.1, n_looks: int = 4, n_agreeing: int = 4) -> Grade | None:
    return grade_of(Evidence(score, runner_up, n_looks, n_agreeing), sure=0.5, uncertain=0.4, margin=0.05)


@pytest.mark.parametrize(
    ("score", "grade"), [(0.6, "sure"), (0.5, "sure"), (0.49, "uncertain"), (0.4, "uncertain"), (0.39, None)]
)
def test_the_score_decides_where_everything_else_speaks_for_it(score: float, grade: Grade | None) -> None:
    assert graded(score) == grade


def test_a_second_person_nearly_as_near_makes_it_uncertain() -> None:
    assert graded(0.6, runner_up=0.56) == "uncertain"


def test_a_list_of_one_has_no_second_person() -> None:
    assert graded(0.6, runner_up=None) == "sure"


def test_one_look_is_never_sure() -> None:
    assert graded(0.9, n_looks=1, n_agreeing=1) == "uncertain"


@pytest.mark.parametrize(
    ("n_looks", "n_agreeing", "grade"),
    [(2, 2, "sure"), (2, 1, "uncertain"), (4, 2, "sure"), (6, 2, "uncertain"), (10, 4, "sure"), (4, 0, "uncertain")],
)
def test_two_looks_and_more_than_a_third_must_agree_to_be_sure(n_looks: int, n_agreeing: int, grade: Grade) -> None:
    assert graded(0.6, n_looks=n_looks, n_agreeing=n_agreeing) == grade


def test_looks_that_point_to_another_person_as_often_take_the_sureness_away() -> None:
    scattered, divided = np.array([7, 7, 1, 2, 3]), np.array([7, 7, 1, 1, 3])
    evidence = [Evidence.of(0.6, 0.1, 7, nearest) for nearest in (scattered, divided)]
    assert [(each.n_looks, each.n_agreeing, each.n_rival) for each in evidence] == [(5, 2, 1), (5, 2, 2)]
    assert [each.is_agreed for each in evidence] == [True, False]


def test_no_looks_agree_on_nothing() -> None:
    assert not Evidence.of(0.6, 0.1, 7, np.array([], np.intp)).is_agreed


def test_looks_that_disagree_about_somebody_far_off_are_nobody() -> None:
    assert graded(0.45, n_looks=4, n_agreeing=1) is None


def test_a_passage_of_one_look_can_be_uncertain() -> None:
    assert graded(0.45, n_looks=1, n_agreeing=1) == "uncertain"
