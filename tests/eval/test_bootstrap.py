import numpy as np
import pytest

from patrol.eval.bootstrap import by_identity


def test_a_mean_over_people_has_the_interval_of_its_standard_error() -> None:
    found = np.random.default_rng(1).random(400) < 0.9
    (interval,) = by_identity(lambda w: np.array([w @ found / w.sum()]), 400, np.random.default_rng(2))
    error = 1.96 * np.sqrt(found.mean() * (1 - found.mean()) / 400)
    assert interval == pytest.approx((found.mean() - error, found.mean() + error), abs=0.006)


def test_two_photos_of_everybody_say_no_more_than_one() -> None:
    """Which is what drawing people is for: the same outcome twice is not two outcomes."""
    found = np.random.default_rng(2).random(300) < 0.8
    twice = np.concatenate([found, found])
    once = by_identity(lambda w: np.array([w @ found / w.sum()]), 300, np.random.default_rng(3))
    both = by_identity(lambda w: np.array([np.tile(w, 2) @ twice / (2 * w.sum())]), 300, np.random.default_rng(3))
    assert both[0] == pytest.approx(once[0])


def test_several_figures_share_the_draws() -> None:
    values = np.random.default_rng(4).random(50)
    low, high = by_identity(lambda w: np.array([w @ values, 2 * (w @ values)]), 50, np.random.default_rng(5), 100)
    assert high == pytest.approx([2 * limit for limit in low])


def test_what_no_draw_can_tell_is_anything() -> None:
    (interval,) = by_identity(lambda w: np.array([np.nan]), 10, np.random.default_rng(6), 20)
    assert interval == (0.0, 1.0)
