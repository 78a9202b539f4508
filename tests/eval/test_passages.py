"""Open-set searches by passage: who plays which part, and what each rule finds."""

from dataclasses import replace

import numpy as np
import pytest

from patrol.eval.following import Followed, follow
from patrol.eval.passages import Outcome, Plan, draw, fnir_intervals, measure, search
from patrol.eval.probes import RULES, Rule, probes_of
from patrol.eval.refusals import CannotMeasure
from patrol.matching.budget import Entries, members_of
from patrol.matching.cohort import scores
from tests.eval.walked import PRIOR, name_of, portraits, recorded
from tests.faces.walkers import Walker

PLAN = Plan(gallery=30, cohort=20, splits=4)
N_WALKERS = 16
BY_NAME = {rule.name: rule for rule in RULES}


def hall(noise: float = 0.6, hidden: tuple[int, ...] = ()) -> list[Followed]:
    """Sixteen people, two in each of eight videos; some are never seen well enough."""

    def walker(person: int, y: float, speed: float) -> Walker:
        never = [(0.0, 99.0)] if person in hidden else []
        return Walker(person, lambda second: (960 + speed * (second - 2), y), blurred=never, noise=noise)

    pairs = [(walker(2 * n, 300, 300), walker(2 * n + 1, 800, -300)) for n in range(N_WALKERS // 2)]
    return [follow(*recorded(pair, 4), 5) for pair in pairs]


def people(followed: list[Followed]) -> list[str]:
    return [passage.person for video in followed for passage in video.truth.passages]


def outcome(followed: list[Followed], rule: str = "fused", portrait_noise: float = 0.3) -> Outcome:
    known = portraits(90, portrait_noise)
    return measure(people(followed), known, probes_of(followed, BY_NAME[rule]), PLAN, PRIOR)


def test_half_of_the_walkers_are_enrolled_and_nobody_of_the_cohort_is() -> None:
    names = [name_of(person) for person in range(N_WALKERS)]
    split = draw(names, portraits(90), PLAN, 0)
    assert len(split.mated) == len(split.strangers) == N_WALKERS // 2
    assert len(split.entries) == 30
    assert len(split.cohort) == 20
    assert not set(split.cohort) & set(split.entries)
    assert [names[number] for number in split.mated] == [name_of(split.entries[mate]) for mate in split.mates]


def test_who_walks_without_a_portrait_is_always_a_stranger() -> None:
    names = [name_of(person) for person in (1, 2, 3, 500)]
    assert all(3 in draw(names, portraits(40), PLAN, number).strangers for number in range(8))


def test_the_same_seed_draws_the_same_split() -> None:
    names = [name_of(person) for person in range(N_WALKERS)]
    one, same, other = (draw(names, portraits(90), PLAN, number) for number in (0, 0, 1))
    assert np.array_equal(one.entries, same.entries)
    assert not np.array_equal(one.entries, other.entries)


@pytest.mark.parametrize("names", [[], ["P001", "P002", "P003"], ["Ada", "Ben", "Cleo", "Dan"]])
def test_too_few_who_walk_or_are_known_cannot_be_measured(names: list[str]) -> None:
    with pytest.raises(CannotMeasure, match="too_few_walkers_known"):
        draw(names, portraits(40), PLAN, 0)


@pytest.mark.parametrize("rule", list(BY_NAME))
def test_good_looks_are_found_by_every_rule(rule: str) -> None:
    assert outcome(hall(noise=0.4), rule).fnir(0.15) == 0.0


def test_looks_fused_find_more_than_the_best_of_them() -> None:
    poor = hall(noise=1.2)
    fused, best = (outcome(poor, rule, portrait_noise=2.5).fnir(0.15) for rule in ("fused", "best_frame"))
    assert fused < 0.8 * best


def test_scores_are_those_of_a_worker_with_this_list_and_the_cohort_for_volunteers() -> None:
    followed, known = hall(noise=0.4), portraits(90)
    probes = probes_of(followed, BY_NAME["fused"])
    split = draw(people(followed), known, PLAN, 0)
    entries = known.vectors[split.entries]
    cohort = PRIOR.cohort(members_of(Entries(entries, np.zeros(len(entries), bool)), known.vectors[split.cohort]))
    held = scores(entries, cohort.offsets(entries), probes.vectors, cohort.offsets(probes.vectors))
    found = search(split, known, probes, N_WALKERS, PRIOR)
    for number, top in zip(split.strangers, found.top_scores, strict=True):
        assert top == held[probes.passages == number].max()


def test_the_lead_that_is_asked_for_is_the_priors() -> None:
    followed, known = hall(noise=0.4), portraits(90)
    split, probes = draw(people(followed), known, PLAN, 0), probes_of(followed, BY_NAME["decided"])
    found = search(split, known, probes, N_WALKERS, replace(PRIOR, margin=2.0))
    assert (found.found_scores == -np.inf).all()


def test_a_passage_without_a_usable_look_is_a_miss() -> None:
    followed = hall(noise=0.4, hidden=tuple(range(0, N_WALKERS, 2)))
    done = outcome(followed)
    for split, searches in done.splits:
        unseen = split.mated % 2 == 0
        assert (searches.found_scores[unseen] == -np.inf).all()
        assert (searches.found_scores[~unseen] > 0).all()


def test_nobody_seen_at_all_finds_nobody() -> None:
    done = outcome(hall(hidden=tuple(range(N_WALKERS))))
    assert done.fnir(0.15) == 1.0


def test_the_decision_takes_no_template_whose_looks_point_elsewhere() -> None:
    followed = hall(noise=0.4)
    probes = probes_of(followed, BY_NAME["decided"])
    strangers_looks = np.roll(probes.look_vectors, len(probes.look_vectors) // 2, axis=0)
    turned = type(probes)(probes.vectors, probes.passages, strangers_looks, probes.looks)
    split = draw(people(followed), portraits(90), PLAN, 0)
    found = search(split, portraits(90), turned, N_WALKERS, PRIOR)
    assert (found.found_scores == -np.inf).mean() > 0.8


def test_a_rule_of_ones_own_can_be_held_against_the_others() -> None:
    followed = hall()
    nothing = Rule("nothing", lambda _trail: [])
    assert measure(people(followed), portraits(90), probes_of(followed, nothing), PLAN, PRIOR).fnir(0.15) == 1.0


def test_intervals_hold_the_rates_and_what_is_saved() -> None:
    poor = hall(noise=1.2)
    best, fused = (outcome(poor, rule, portrait_noise=2.5) for rule in ("best_frame", "fused"))
    intervals = fnir_intervals([best, fused], 0.15)
    for interval, rate in zip(intervals, (best.fnir(0.15), fused.fnir(0.15)), strict=False):
        assert interval.low <= rate <= interval.high
    assert intervals[2].high > 0
