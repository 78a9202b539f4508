"""What so many looks a second give: who was followed, who was found by which rule, and how sure that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from patrol.eval.following import Followed, follow
from patrol.eval.passages import Outcome, Plan, Portraits, fnir_intervals, measure
from patrol.eval.probes import RULES, probes_of
from patrol.eval.recording import Recording
from patrol.eval.truth import Truth
from patrol.matching.intervals import clopper_pearson, poisson
from patrol.matching.prior import Prior

FPIRS = (0.01, 0.03, 0.1)
SECONDS_A_DAY = 86_400.0
MIN_ALERTS = 1  # an FPIR is told where the strangers of a split allow so many alerts


@dataclass(frozen=True, slots=True, eq=False)
class Pace:
    """One number of looks a second, over all videos."""

    looks_per_s: float
    followed: tuple[Followed, ...]
    outcomes: tuple[Outcome, ...]  #: one a rule, in the order of RULES

    @property
    def people(self) -> list[str]:
        return people_of([video.truth for video in self.followed])

    def total(self, count: Callable[[Followed], int]) -> int:
        return sum(count(video) for video in self.followed)


def people_of(truths: Sequence[Truth]) -> list[str]:
    """Who walked, of each passage of all videos."""
    return [passage.person for truth in truths for passage in truth.passages]


def measure_pace(
    recorded: Sequence[tuple[Recording, Truth]], looks_per_s: float, portraits: Portraits, plan: Plan, prior: Prior
) -> Pace:
    """Follow everybody at this pace, then search by every rule. prior: what is known of the embedder."""
    followed = tuple(follow(recording, truth, looks_per_s) for recording, truth in recorded)
    people = people_of([truth for _, truth in recorded])
    outcomes = tuple(measure(people, portraits, probes_of(followed, rule), plan, prior) for rule in RULES)
    return Pace(looks_per_s, followed, outcomes)


def figures(pace: Pace) -> dict[str, object]:
    """What `--json` prints of one pace; rates 0..1 with their intervals at 95 %."""
    n = len(pace.people)
    n_acquired = pace.total(lambda video: len(video.acquired))
    n_strangers = len(pace.outcomes[0].splits[0][0].strangers)
    return {
        "looks_per_s": pace.looks_per_s,
        "looks": pace.total(lambda video: video.n_looks),
        "tracks": pace.total(lambda video: len(video.trails)),
        "switches": pace.total(lambda video: video.n_switches),
        "mixed_tracks": pace.total(lambda video: video.n_mixed),
        "fragments": pace.total(lambda video: video.n_fragments),
        "false_tracks": pace.total(lambda video: video.n_false_tracks),
        "false_faces": pace.total(lambda video: video.n_false_faces),
        "fta": round(1 - n_acquired / n, 4),
        "fta_interval": _rounded(clopper_pearson(n - n_acquired, n)),
        "at_fpir": {f"{fpir:g}": _at(pace, fpir) for fpir in FPIRS if fpir * n_strangers >= MIN_ALERTS},
    }


def _at(pace: Pace, fpir: float) -> dict[str, object]:
    """FNIR by rule at one FPIR, what each saves of the misses of the best frame, and the alerts that come with it."""
    intervals = fnir_intervals(pace.outcomes, fpir)
    rates = [outcome.fnir(fpir) for outcome in pace.outcomes]
    names = [rule.name for rule in RULES]
    saved = dict(zip(names[1:], intervals[len(names) :], strict=True))
    n_alerts = round(fpir * len(pace.outcomes[0].splits[0][0].strangers))
    days = sum(video.truth.length_s for video in pace.followed) / SECONDS_A_DAY
    return {
        "fnir": {name: round(rate, 4) for name, rate in zip(names, rates, strict=True)},
        "fnir_interval": {name: _rounded(each) for name, each in zip(names, intervals, strict=False)},
        "misses_saved": {
            name: round(1 - rate / max(rates[0], 1e-9), 4) for name, rate in zip(names[1:], rates[1:], strict=True)
        },
        "misses_saved_interval": {name: _rounded(each) for name, each in saved.items()},
        "false_alerts_per_camera_day": round(n_alerts / days, 1),
        "false_alerts_per_camera_day_interval": _rounded(poisson(n_alerts, days), 1),
    }


def _rounded(interval: Sequence[float], digits: int = 4) -> list[float]:
    return [round(end, digits) for end in interval]
