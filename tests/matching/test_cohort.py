"""What strangers reach with a face is taken off its similarities."""

import numpy as np
import pytest

from patrol.matching.cohort import BLOCK_ROWS, N_NEAREST, Cohort, scores
from patrol.values import Float32


def unit(rows: np.ndarray) -> Float32:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.fixture
def strangers() -> Float32:
    return unit(np.random.default_rng(0).standard_normal((500, 128)))


def test_a_face_that_is_near_to_everybody_has_the_larger_offset(strangers: Float32) -> None:
    common = unit(strangers.mean(axis=0, keepdims=True))
    rare = unit(np.random.default_rng(1).standard_normal((1, 128)))
    cohort = Cohort("sface", strangers)
    assert cohort.offsets(common)[0] > cohort.offsets(rare)[0] > 0


def test_the_offset_is_half_of_the_mean_of_the_nearest(strangers: Float32) -> None:
    template = unit(np.random.default_rng(2).standard_normal((1, 128)))
    highest = np.sort(strangers @ template[0])[-N_NEAREST:]
    assert Cohort("sface", strangers).offsets(template)[0] == pytest.approx(highest.mean() / 2, abs=1e-6)


def test_a_cohort_smaller_than_the_nearest_is_used_whole(strangers: Float32) -> None:
    few = strangers[:3]
    assert Cohort("sface", few).offsets(strangers[5:6])[0] == pytest.approx((few @ strangers[5]).mean() / 2, abs=1e-6)


def test_who_is_in_a_small_cohort_is_held_against_the_others_of_it_alone(strangers: Float32) -> None:
    few = strangers[:3]
    wanted = (few[1:] @ few[0]).mean() / 2
    assert Cohort("sface", few).offsets(few[:1])[0] == pytest.approx(wanted, abs=1e-6)
    assert Cohort("sface", few[:1]).offsets(few[:1])[0] == 0.0


def test_without_a_cohort_scores_are_cosines(strangers: Float32) -> None:
    cohort = Cohort("sface", np.empty((0, 128), np.float32))
    offsets = cohort.offsets(strangers[:4])
    assert np.allclose(scores(strangers[:4], offsets, strangers[:4], offsets).diagonal(), 1.0, atol=1e-6)


def test_scores_take_off_both_sides(strangers: Float32) -> None:
    entries, probes = strangers[:2], strangers[2:5]
    entry_offsets, probe_offsets = np.float32([0.1, 0.2]), np.float32([0.01, 0.02, 0.03])
    got = scores(entries, entry_offsets, probes, probe_offsets)
    assert got.shape == (3, 2)
    assert got[2, 1] == pytest.approx(probes[2] @ entries[1] - 0.2 - 0.03, abs=1e-6)


def test_a_cohort_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Cohort\.vectors"):
        Cohort("sface", np.zeros(128, np.float32))


def test_many_templates_have_the_offsets_that_each_has_by_itself(strangers: Float32) -> None:
    cohort, many = (
        Cohort("sface", strangers[:60]),
        unit(np.random.default_rng(4).standard_normal((BLOCK_ROWS + 3, 128))),
    )
    offsets = cohort.offsets(many)
    assert offsets.shape == (BLOCK_ROWS + 3,)
    assert np.allclose(offsets[-4:], cohort.offsets(many[-4:]), atol=1e-6)
    assert cohort.offsets(many[:0]).shape == (0,)
