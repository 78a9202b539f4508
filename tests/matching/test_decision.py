"""When a passage is somebody's."""

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


@pytest.mark.parametrize(("n_agreeing", "grade"), [(3, "sure"), (2, "uncertain"), (0, "uncertain")])
def test_most_of_the_looks_must_agree_to_be_sure(n_agreeing: int, grade: Grade) -> None:
    assert graded(0.6, n_looks=4, n_agreeing=n_agreeing) == grade


def test_looks_that_disagree_about_somebody_far_off_are_nobody() -> None:
    assert graded(0.45, n_looks=4, n_agreeing=2) is None
