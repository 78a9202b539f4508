import numpy as np
import pytest

from patrol.eval import identification
from patrol.eval.identification import NEVER, Searches
from patrol.eval.splits import Split
from patrol.matching.prior import prior_of
from patrol.values import Float32
from tests.eval.drawn import EMBEDDER, templates

PRIOR = prior_of(EMBEDDER)  # nobody has measured it: the cohort is the list and the volunteers


def unit(*rows: tuple[float, ...]) -> Float32:
    vectors = np.array(rows, np.float32)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)


def searches(found: list[float], top: list[float]) -> Searches:
    """An outcome in which every mate is at rank 1."""
    n = len(found)
    return Searches(
        mate_scores=np.array(found, np.float32),
        is_first=np.ones(n, bool),
        rivals=np.zeros(n, np.intp),
        rival_scores=np.full(n, NEVER),
        top_scores=np.array(top, np.float32),
        top_entries=np.zeros(len(top), np.intp),
    )


# Photos 0 and 1 are Ann's, 2 and 3 Bo's, 4 is a stranger's, 5 one of the cohort.
PORTRAITS = unit((1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1), (0, 0, 1))
PROBES = unit((1, 0, 0), (0.9, 0.1, 0), (0, 1, 0), (0.8, 0.6, 0), (0.6, 0, 0.8), (0, 0, 1))
SPLIT = Split(entries=((0,), (2,)), probes=(1, 3), strangers=(4,), cohort=(5,))


def test_a_search_finds_the_mate_or_says_who_was_nearer() -> None:
    photos = templates(PORTRAITS, PROBES)
    gallery = identification.gallery_of(SPLIT, photos, PRIOR)
    found = identification.search(SPLIT, photos, gallery, is_plain=True)
    assert found.mate_scores == pytest.approx([0.9939, 0.6], abs=1e-4)
    assert found.is_first.tolist() == [True, False]
    assert found.rivals.tolist() == [1, 0]
    assert found.rival_scores == pytest.approx([0.1104, 0.8], abs=1e-4)
    assert (found.top_scores[0], found.top_entries[0]) == (pytest.approx(0.6), 0)
    assert found.found_scores[1] == NEVER


def test_what_the_cohort_reaches_is_taken_off_half_on_each_side() -> None:
    photos = templates(PORTRAITS, PROBES)
    gallery = identification.gallery_of(SPLIT, photos, PRIOR)
    found = identification.search(SPLIT, photos, gallery)
    of_probe = np.mean([0.6, 0.0, 0.8]) / 2  # with Ann, Bo and the volunteer
    of_ann = np.mean([0.0, 0.0]) / 2  # with Bo and the volunteer
    assert found.top_scores[0] == pytest.approx(0.6 - of_ann - of_probe)


def test_an_entry_is_the_mean_of_its_portraits_at_unit_length() -> None:
    photos = templates(unit((1, 0, 0), (0, 1, 0), (0, 0, 1)), PROBES[:3])
    split = Split(entries=((0, 1),), probes=(2,), strangers=(2,), cohort=())
    entries = identification.gallery_of(split, photos, PRIOR).entries
    assert entries[0] == pytest.approx([0.7071, 0.7071, 0.0], abs=1e-4)


def test_who_failed_to_enrol_and_a_probe_without_a_face_are_never_found() -> None:
    portraits, probes = PORTRAITS.copy(), PROBES.copy()
    portraits[0] = 0.0
    probes[3] = probes[4] = 0.0
    photos = templates(portraits, probes)
    gallery = identification.gallery_of(SPLIT, photos, PRIOR)
    found = identification.search(SPLIT, photos, gallery)
    assert found.found_scores.tolist() == [NEVER, NEVER]
    assert found.top_scores.tolist() == [NEVER]


def test_one_portrait_without_a_face_leaves_the_other() -> None:
    portraits = PORTRAITS.copy()
    portraits[0] = 0.0
    split = Split(entries=((0, 1),), probes=(1,), strangers=(4,), cohort=())
    gallery = identification.gallery_of(split, templates(portraits, PROBES), PRIOR)
    assert gallery.is_enrolled.tolist() == [True]
    assert gallery.entries[0] == pytest.approx([1, 0, 0])


@pytest.mark.parametrize(
    ("fpir", "n_allowed"),
    [(0.0, 0), (0.005, 0), (0.01, 1), (0.019, 1), (0.03, 3), (1.0, 99)],
)
def test_a_threshold_is_reached_by_no_more_strangers_than_allowed(fpir: float, n_allowed: int) -> None:
    top = np.arange(100, dtype=np.float32)
    if n_allowed < 99:
        threshold = identification.threshold_at(fpir, top)
        assert int((top >= threshold).sum()) == n_allowed


def test_strangers_with_one_score_are_all_allowed_or_none() -> None:
    top = np.array([0.5] * 10 + [0.1] * 90, np.float32)
    assert identification.threshold_at(0.05, top) > 0.5
    assert identification.threshold_at(0.1, top) == pytest.approx(0.1)


def test_the_rate_found_is_over_all_mated_searches() -> None:
    one = searches([0.9, 0.8, 0.2, NEVER], top=[0.0] * 98 + [0.5, 0.85])
    assert identification.tpir_at(0.01, one) == 0.5
    assert identification.tpir_at(0.001, one) == 0.25
    other = searches([0.9, 0.9, 0.9, 0.9], top=[0.0] * 100)
    assert identification.mean_tpir(0.01, [one, other]) == 0.75


@pytest.mark.parametrize(("n", "carried"), [(0, []), (29, []), (30, [0.1]), (1565, [0.1, 0.03, 0.01, 0.003])])
def test_a_rate_is_told_only_where_the_strangers_carry_it(n: int, carried: list[float]) -> None:
    assert identification.carried(n) == carried


def test_the_curve_falls_as_more_false_alerts_are_allowed() -> None:
    random = np.random.default_rng(0)
    one = searches(random.normal(0.6, 0.1, 300).tolist(), random.normal(0.3, 0.1, 500).tolist())
    points = identification.curve([one])
    fnirs = [fnir for _, fnir in points]
    assert points[0][0] == pytest.approx(1 / 500)
    assert fnirs == sorted(fnirs, reverse=True)
    assert fnirs[0] > fnirs[-1]


def test_the_curve_of_one_stranger_is_no_crash() -> None:
    assert identification.curve([searches([0.5], [0.4])]) == [(0.5, 0.0)]


def drawn_split(n: int, seed: int, mean: float) -> tuple[Split, Searches]:
    """n mated people, 2n strangers; photo and person numbers are the same."""
    random = np.random.default_rng(seed)
    split = Split(tuple((k,) for k in range(n)), tuple(range(n)), tuple(range(n, 3 * n)), ())
    return split, searches(random.normal(mean, 0.1, n).tolist(), random.normal(0.2, 0.1, 2 * n).tolist())


def test_the_interval_holds_the_figure_and_narrows_with_more_people() -> None:
    def width(n: int) -> float:
        pairs = [drawn_split(n, seed, 0.5) for seed in range(4)]
        people = np.arange(3 * n)
        (interval,) = identification.tpir_intervals([0.03], pairs, people, np.random.default_rng(1), 200)
        assert interval.low <= identification.mean_tpir(0.03, [each for _, each in pairs]) <= interval.high
        return interval.high - interval.low

    assert width(400) < 0.7 * width(100)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    """Of 60 experiments with a true TPIR of 0.5 at a threshold far from any stranger, 95 % hold it: 51 at least."""
    held = 0
    for seed in range(60):
        found = np.random.default_rng(seed).random(200) < 0.5
        outcome = searches(np.where(found, 0.9, 0.1).tolist(), [0.2] * 100)
        split = Split(tuple((k,) for k in range(200)), tuple(range(200)), tuple(range(200, 300)), ())
        random = np.random.default_rng(seed)
        (interval,) = identification.tpir_intervals([0.03], [(split, outcome)], np.arange(300), random, 200)
        held += interval.low <= 0.5 <= interval.high
    assert held >= 51
