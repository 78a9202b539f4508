"""From a budget of false alerts to thresholds."""

import numpy as np
import numpy.typing as npt
import pytest

from patrol.matching.budget import DEFAULT, Budget, Derived, Entries, derive, fmr_for, fpir_for, members_of
from patrol.matching.cohort import scores
from patrol.matching.prior import Prior, prior_of
from patrol.values import Float32

NOBODY = np.empty((0, 128), np.float32)


@pytest.fixture(scope="module")
def prior() -> Prior:
    return prior_of("sface-2021dec")


@pytest.fixture(scope="module")
def strangers(prior: Prior) -> Float32:
    """People who do not exist: other ones than the prior's cohort, of all its crowds."""
    rng = np.random.default_rng(7)
    drawn = np.concatenate([crowd.draw(1_500, rng) for crowd in prior.crowds])
    return np.asarray(rng.permutation(drawn), np.float32)


def entries_of(templates: Float32, is_weak: npt.NDArray[np.bool_] | None = None) -> Entries:
    return Entries(templates, np.zeros(len(templates), np.bool_) if is_weak is None else is_weak)


def measured_fpir(derived: Derived, entries: Entries, volunteers: Float32, prior: Prior, probes: Float32) -> float:
    cohort = prior.cohort(members_of(entries, volunteers))
    held = scores(entries.templates, cohort.offsets(entries.templates), probes, cohort.offsets(probes))
    return float((held.max(axis=1) >= derived.scale.uncertain).mean())


@pytest.mark.parametrize("n", [1, 20, 100, 800])
def test_the_rate_of_one_comparison_and_of_a_search_belong_together(n: int) -> None:
    assert fpir_for(fmr_for(0.01, n), n) == pytest.approx(0.01)
    assert fmr_for(0.01, n) == pytest.approx(0.01 / n, rel=0.01)


def test_a_budget_is_a_share_of_the_passages() -> None:
    assert Budget(5, 1_000).fpir == pytest.approx(0.005)
    assert pytest.approx(0.003) == DEFAULT.fpir


@pytest.mark.parametrize("fpir", [0.01, 0.03])
@pytest.mark.parametrize("n", [100, 300])
def test_strangers_that_were_not_used_keep_the_budget(prior: Prior, strangers: Float32, n: int, fpir: float) -> None:
    entries, volunteers, probes = entries_of(strangers[:n]), strangers[n : n + 300], strangers[n + 300 :]
    derived = derive(Budget(fpir * 1_000, 1_000), entries, volunteers, prior)
    measured = measured_fpir(derived, entries, volunteers, prior, probes)
    assert fpir / 3 < measured < fpir * 2, "the tails of people who do not exist are a little lighter"


def test_a_larger_list_has_higher_thresholds(prior: Prior, strangers: Float32) -> None:
    derived = [derive(DEFAULT, entries_of(strangers[:n]), strangers[1_000:1_300], prior) for n in (10, 100, 800)]
    thresholds = [each.scale.uncertain for each in derived]
    assert thresholds == sorted(thresholds)
    assert derived[0].belief.found.value > derived[2].belief.found.value


def test_a_list_whose_people_are_more_alike_has_higher_thresholds(prior: Prior, strangers: Float32) -> None:
    common = strangers[:200] + 0.35 * strangers[0]
    alike = np.asarray(common / np.linalg.norm(common, axis=1, keepdims=True), np.float32)
    narrow = derive(DEFAULT, entries_of(alike[1:]), NOBODY, prior)
    wide = derive(DEFAULT, entries_of(strangers[1:200]), NOBODY, prior)
    assert narrow.scale.uncertain > wide.scale.uncertain


def test_a_list_of_one_has_a_careful_answer_and_says_what_it_rests_on(prior: Prior, strangers: Float32) -> None:
    derived = derive(DEFAULT, entries_of(strangers[:1]), NOBODY, prior)
    assert derived.belief.basis == "prior"
    assert derived.belief.n_measured == 0
    assert derived.scale.uncertain > prior.tail.score_at(1e-4), "moved by the prior's caution"
    low, high = derived.belief.false_alerts_per_day[1:]
    assert low < derived.belief.false_alerts_per_day.value < high


def test_nobody_is_shown_for_a_common_likeness_because_the_list_is_short(prior: Prior, strangers: Float32) -> None:
    """Of one entry a budget said by nobody is not spent whole; one that somebody said is."""
    entry = entries_of(strangers[:1])
    said = Budget(DEFAULT.false_alerts_per_day, DEFAULT.passages_per_day)
    unsaid = derive(DEFAULT, entry, NOBODY, prior)
    assert unsaid.scale.uncertain > derive(said, entry, NOBODY, prior).scale.uncertain + 0.05
    assert unsaid.belief.false_alerts_per_day.value < 0.2


def test_many_people_are_measured_and_the_interval_says_how_surely(prior: Prior, strangers: Float32) -> None:
    belief = derive(Budget(10, 1_000), entries_of(strangers[:200]), strangers[200:500], prior).belief
    assert (belief.basis, belief.n_measured, belief.n_volunteers) == ("measured", 500, 300)
    assert belief.false_alerts_per_day.low < belief.false_alerts_per_day.value < belief.false_alerts_per_day.high
    assert 5 < belief.false_alerts_per_day.value < 15


def test_sure_is_a_tenth_of_the_budget_and_weak_portraits_are_held_to_as_much(
    prior: Prior, strangers: Float32
) -> None:
    scale = derive(DEFAULT, entries_of(strangers[:100]), strangers[100:400], prior).scale
    assert scale.sure > scale.uncertain
    assert scale.weak == scale.sure
    ratio = prior.tail.fmr(scale.uncertain) / prior.tail.fmr(scale.sure)
    assert 5 < ratio < 30


def test_who_is_on_two_lists_is_no_stranger_to_themselves(prior: Prior, strangers: Float32) -> None:
    once = strangers[:60]
    noise = np.random.default_rng(3).standard_normal(once[:20].shape).astype(np.float32) * 0.03
    again = once[:20] + noise
    twice = np.concatenate([once, again / np.linalg.norm(again, axis=1, keepdims=True)]).astype(np.float32)
    single, double = (derive(DEFAULT, entries_of(people), NOBODY, prior).scale for people in (once, twice))
    assert double.uncertain == pytest.approx(single.uncertain, abs=0.02)


def test_weak_portraits_bring_fewer_false_alerts(prior: Prior, strangers: Float32) -> None:
    strong = derive(DEFAULT, entries_of(strangers[:100]), strangers[100:400], prior).belief
    weak = derive(DEFAULT, entries_of(strangers[:100], np.ones(100, np.bool_)), strangers[100:400], prior).belief
    assert weak.false_alerts_per_day.value < strong.false_alerts_per_day.value / 2


def test_the_same_list_has_the_same_thresholds_everywhere(prior: Prior, strangers: Float32) -> None:
    first, second = (derive(DEFAULT, entries_of(strangers[:50]), strangers[50:90], prior) for _ in range(2))
    assert first == second


def test_a_great_list_is_measured_in_part(prior: Prior, strangers: Float32) -> None:
    assert len(members_of(entries_of(strangers[:1_500]), strangers[1_500:])) == 1_000


def test_an_embedder_that_nobody_measured_has_thresholds_all_the_same(strangers: Float32) -> None:
    derived = derive(DEFAULT, entries_of(strangers[:5]), NOBODY, prior_of("somebody-elses"))
    assert derived.scale.sure > derived.scale.uncertain > 0.4
    assert (derived.belief.found.low, derived.belief.found.high) == (0.0, 1.0)
