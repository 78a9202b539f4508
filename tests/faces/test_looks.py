from datetime import timedelta

import numpy as np
import pytest

from patrol.faces.looks import MAX_LOOKS, Look, Looks, fused
from patrol.values import Template
from tests.faces.walkers import START, direction, face_at, template_of


def look(second: float, value: float = 0.5, person: int = 1, noise: float = 0.5, seed: int = 0) -> Look:
    template = template_of(person, noise, np.random.default_rng([seed, int(second * 10)]))
    return Look(face_at((100, 100), template, value=value), template, START + timedelta(seconds=second))


def test_looks_begin_with_one() -> None:
    only = look(0)
    looks = Looks(only)
    assert looks.agreeing == [only]
    assert looks.best is only
    assert np.allclose(looks.template.vector, only.template.vector)


def test_the_fused_template_is_of_unit_length_and_leans_to_the_better_look() -> None:
    poor, good = look(0, value=0.1), look(1, value=0.9)
    together = fused([poor, good])
    assert np.linalg.norm(together.vector) == pytest.approx(1.0, abs=1e-6)
    assert together.vector @ good.template.vector > together.vector @ poor.template.vector


def test_many_noisy_looks_tell_more_than_any_of_them() -> None:
    looks = [look(n, noise=1.2) for n in range(8)]
    true = direction(1)
    assert fused(looks).vector @ true > max(float(one.template.vector @ true) for one in looks)


@pytest.mark.parametrize(("format", "n_agreeing"), [("arcface", 4), ("dlib", 3)])
def test_what_is_an_outlier_follows_the_format_of_a_network_nobody_measured(format: str, n_agreeing: int) -> None:
    """Of dlib's kind even strangers have cosines of 0.9: what is one person to others is somebody else to it."""
    person, other = np.eye(2, 8, dtype=np.float32)
    stranger = np.asarray(0.85 * person + np.sqrt(1 - 0.85**2) * other, np.float32)
    templates = [Template("own-1", vector, format) for vector in (person, person, person, stranger)]
    seen = [Look(face_at((0, 0), one), one, START + timedelta(seconds=n)) for n, one in enumerate(templates)]
    looks = Looks(seen[0])
    for one in seen[1:]:
        looks.add(one)
    assert (len(looks.agreeing), looks.template.format) == (n_agreeing, format)


def test_of_two_looks_at_one_instant_the_better_stays() -> None:
    looks = Looks(look(0, 0.4))
    assert not looks.add(look(0.1, 0.3))
    assert looks.add(look(0.15, 0.8))
    assert [one.face.quality.value for one in looks.agreeing] == [0.8]


def test_the_number_of_looks_is_bounded_and_the_best_is_among_them() -> None:
    looks = Looks(look(0))
    values = np.random.default_rng(1).uniform(0.1, 0.9, 60)
    for n, value in enumerate(values, start=1):
        looks.add(look(n / 2, float(value)))
    assert len(looks.agreeing) == MAX_LOOKS
    assert looks.best.face.quality.value == values.max()


def test_kept_looks_are_spread_over_the_time_in_view() -> None:
    looks = Looks(look(0))
    for n in range(1, 60):
        looks.add(look(n / 2))
    at_s = [(one.at - START).total_seconds() for one in looks.agreeing]
    assert min(at_s) == 0.0
    assert max(np.diff(at_s)) <= 15.0


def test_a_poor_look_is_given_up_for_a_better_one() -> None:
    looks = Looks(look(0, 0.9))
    for n in range(1, MAX_LOOKS):
        looks.add(look(3 * n, 0.1 if n == 4 else 0.5))
    assert looks.add(look(40, 0.6))
    assert min(one.face.quality.value for one in looks.agreeing) == 0.5


def test_a_foreign_look_is_left_out() -> None:
    looks = Looks(look(0))
    for n in range(1, 5):
        looks.add(look(n))
    looks.add(look(6, person=2, value=0.4))
    assert len(looks.agreeing) == 5
    assert looks.template.vector @ direction(2) < 0.3


def test_looks_of_an_unknown_embedder_are_weighed_like_sface() -> None:
    template = Template("somebody's own", direction(1))
    assert Looks(Look(face_at((0, 0), template), template, START)).similarity(template) == pytest.approx(1.0)
