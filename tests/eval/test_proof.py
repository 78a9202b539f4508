import numpy as np
import pytest

from patrol.eval import identification
from patrol.eval.proof import Kept, prove
from patrol.eval.splits import Split
from patrol.matching.impostors import ImpostorTail
from patrol.matching.intervals import Interval
from patrol.matching.prior import Prior
from patrol.values import Float32
from tests.eval.drawn import EMBEDDER, templates

D, N_LISTED, N_VOLUNTEERS, N_STRANGERS = 32, 100, 150, 1_000


def people(n: int, seed: int) -> Float32:
    """float32 (n, D), unit length, nobody like anybody."""
    vectors = np.random.default_rng(seed).normal(size=(n, D))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def measured_prior(n: int = 1_500) -> Prior:
    """The tail of pairs of such people, without normalisation: the cohort is the list and the volunteers."""
    some = people(n, 99)
    cohort = Prior(EMBEDDER, (), ImpostorTail((0.1, 0.01), (0.1, 0.2)), 0.0, 0.0, ((0.0, 1.0),), 0, 0, "").cohort(
        some[:250]
    )
    offsets = cohort.offsets(some)
    found = (some @ some.T - offsets - offsets[:, None])[np.triu_indices(n, 1)]
    tail = ImpostorTail.measured(found.astype(np.float32))
    return Prior(EMBEDDER, (), tail, 0.0, 0.0, ((0.0, 1.0), (1.0, 0.0)), n, n, "drawn")


def proof(fpir: float, n_splits: int = 4) -> Kept:
    everybody = people(N_LISTED + N_VOLUNTEERS + N_STRANGERS, 1)
    photos = templates(everybody, everybody)
    prior, rounds = measured_prior(), []
    for number in range(n_splits):
        order = np.random.default_rng(number).permutation(len(everybody)).tolist()
        listed, volunteers = order[:N_LISTED], order[N_LISTED : N_LISTED + N_VOLUNTEERS]
        split = Split(tuple((k,) for k in listed), (), tuple(order[N_LISTED + N_VOLUNTEERS :]), tuple(volunteers))
        gallery = identification.gallery_of(split, photos, prior)
        rounds.append((split, gallery, identification.search(split, photos, gallery)))
    return prove(fpir, rounds, np.arange(len(everybody)), prior, np.random.default_rng(0), 100)


def test_a_budget_is_kept_on_strangers_who_are_like_those_it_was_derived_from() -> None:
    kept = proof(0.03)
    assert kept.is_kept
    assert kept.ratio == pytest.approx(1.0, abs=0.6)
    assert kept.interval.low < kept.measured < kept.interval.high
    assert kept.found is None  # nobody of the list was searched for
    assert kept.n_strangers > N_STRANGERS  # others in each split


def test_a_larger_budget_asks_for_less() -> None:
    assert proof(0.1, 2).threshold < proof(0.01, 2).threshold


@pytest.mark.parametrize(
    ("measured", "is_kept", "is_within"),
    [(0.0, True, False), (0.004, True, False), (0.005, True, True), (0.02, True, True), (0.021, False, False)],
)
def test_within_twice_is_neither_more_than_double_nor_less_than_half(
    measured: float, is_kept: bool, is_within: bool
) -> None:
    kept = Kept(0.01, measured, Interval(0.0, 1.0), Interval(0.0, 1.0), None, 0.3, 100)
    assert (kept.is_kept, kept.is_within) == (is_kept, is_within)
