"""`patrol bench cameras`: how many cameras one machine watches without losing passages, beside the usual loop.

Each number of cameras is a real RTSP server, a real `patrol watch` on a database of its own, and a minute in which it
is known who walks by where. What patrol finds is held against what the same worker finds when it decodes every frame.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from patrol.bench import machine
from patrol.bench.cameras_hits import Outcome
from patrol.bench.cameras_house import House
from patrol.bench.cameras_report import Alone, Report, Row
from patrol.bench.cameras_run import Cost, Run
from patrol.bench.cameras_scenes import MIX, Film, Filming, every_film_once, make_films, place_cameras
from patrol.bench.cameras_usual import SAMPLE_SCALE, SMALL_SCALE, Usual, measure_usual
from patrol.settings import Settings

KEEP = 0.95  # of the passages that decoding every frame finds
STEP = 4  # cameras: what lies nearer together the noise of a minute does not tell apart
MOST = 256
N_ALONE = 2  # cameras with every frame decoded at once, when recall is set: one camera a core leaves out no looks
N_USUAL = 2  # processes of the usual loop: as many as cores, which gives it the most frames

BUSY_LOAD = 0.5  # processes that run beside us: from here on the figures are not those of this machine alone

Tell = Callable[..., None]
Found = Mapping[tuple[str, int], bool]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure."""

    seconds: float = 60.0  #: of each number of cameras
    first: int = 16  #: cameras to begin the search with
    step: int = STEP  #: cameras: how finely the number is searched
    only: int | None = None  #: this number of cameras and no search
    usual_s: float = 30.0
    filming: Filming = field(default_factory=Filming)
    mix: tuple[str, ...] = MIX


def measure(settings: Settings, plan: Plan, tell: Tell) -> Report:
    """Film what is missing, measure the baseline, the cameras, and the usual loop."""
    measured_on = tuple(machine.describe())  # before the load is our own
    if (load := os.getloadavg()[0]) > BUSY_LOAD:
        tell("busy", load=f"{load:.1f}")
    cache = settings.data_dir.absolute() / "bench"
    films = make_films(cache, plan.filming, tell)
    with tempfile.TemporaryDirectory(prefix="patrol-bench-") as scratch:
        house = House(settings, Path(scratch), cache / "portraits")
        tell("preparing")
        house.prepare()
        found, alone = _decode_every_frame(house, films, tell)
        rows = _Search(house, films, found, plan, tell).rows()
        usual = [_usual(films, Path(scratch), settings, plan, scale, tell) for scale in (SAMPLE_SCALE, SMALL_SCALE)]
    return Report(tuple(rows), usual[0], usual[1], alone, KEEP, measured_on)


def largest(holds: Callable[[int], bool], first: int, most: int = MOST, step: int = STEP) -> int:
    """The largest number of cameras that holds, to within `step`: double while it does, then halve the way between.

    0 where not even one step holds.
    """
    low, high, tried = 0, most + step, first
    while low < tried <= most:
        if not holds(tried):
            high = tried
            break
        low, tried = tried, min(2 * tried, most)
    while high - low > step and low < most:
        middle = max(1, (low + high) // 2)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def pooled(runs: Sequence[Run], alone: Found) -> Row:
    """One row of the report from all runs of one number of cameras; costs are those of the last."""
    last, outcomes = runs[-1], [run.outcome for run in runs]
    return Row(
        n_cameras=last.n_cameras,
        cost=last.cost,
        n_passages=sum(len(each.expected) for each in outcomes),
        n_found=sum(len(each.found) for each in outcomes),
        n_found_too=sum(_judged(each, alone, each.found) for each in outcomes),
        n_to_find=sum(_judged(each, alone, range(len(each.expected))) for each in outcomes),
        n_wrong=sum(each.n_wrong for each in outcomes),
        capture_to_hit_s=tuple(seconds for each in outcomes for seconds in each.capture_to_hit_s),
        large_to_hit_s=tuple(seconds for each in outcomes for seconds in each.large_to_hit_s),
        n_dropped=sum(run.cost.n_dropped for run in runs),
        n_live=min(run.cost.n_live for run in runs),
        missed=tuple(passage for each in outcomes for passage in each.missed),
    )


def _judged(outcome: Outcome, alone: Found, numbers: Iterable[int]) -> int:
    """How many of a run's passages decoding every frame finds too: each as it was found in its film, once."""
    return sum(alone.get(outcome.expected[number].key, True) for number in numbers)


def _decode_every_frame(
    house: House, films: Mapping[str, Sequence[Film]], tell: Tell
) -> tuple[dict[tuple[str, int], bool], Alone]:
    """What is found in each film with all frames decoded, by film and passage; and the sums of it."""
    cameras, costs = every_film_once(films), list[Cost]()
    found: dict[tuple[str, int], bool] = {}
    for begin in range(0, len(cameras), N_ALONE):
        some = cameras[begin : begin + N_ALONE]
        tell("every_frame", n=begin + len(some), total=len(cameras))
        run = house.measure(some, max(camera.film.whole_s for camera in some), decode="every_frame")
        for number, passage in enumerate(run.outcome.expected):
            found.setdefault(passage.key, number in run.outcome.found)
        costs.append(run.cost)
    n_dropped, n_looks = sum(cost.n_dropped for cost in costs), sum(cost.n_looks for cost in costs)
    return found, Alone(sum(found.values()), len(found), n_dropped, n_looks)


@dataclass(slots=True)
class _Search:
    """The search for the largest number of cameras, and all runs that it made."""

    house: House
    films: Mapping[str, Sequence[Film]]
    alone: Found
    plan: Plan
    tell: Tell
    runs: dict[int, list[Run]] = field(default_factory=dict)

    def rows(self) -> list[Row]:
        """One row for each number of cameras that was tried, in order."""
        if self.plan.only:
            self._try(self.plan.only)
        else:
            largest(self._holds, self.plan.first, step=self.plan.step)
            self._confirm()
        return [self._row(n_cameras) for n_cameras in sorted(self.runs)]

    def _holds(self, n_cameras: int) -> bool:
        """What fails is run again and counted together."""
        return self._try(n_cameras) or self._try(n_cameras)

    def _confirm(self) -> None:
        """Run the largest that holds again too, or else luck would count for it alone; where it fails, the next."""
        for n_cameras in sorted(self.runs, reverse=True):
            if self._row(n_cameras).holds(KEEP) and (len(self.runs[n_cameras]) > 1 or self._try(n_cameras)):
                return

    def _try(self, n_cameras: int) -> bool:
        """Run once more, and say whether all its runs together hold."""
        self.tell("watching", n=n_cameras)
        cameras = place_cameras(self.films, n_cameras, self.plan.mix)
        self.runs.setdefault(n_cameras, []).append(self.house.measure(cameras, self.plan.seconds))
        row = self._row(n_cameras)
        self.tell("watched", **row.told())
        return row.holds(KEEP)

    def _row(self, n_cameras: int) -> Row:
        return pooled(self.runs[n_cameras], self.alone)


def _usual(
    films: Mapping[str, Sequence[Film]], folder: Path, settings: Settings, plan: Plan, scale: float, tell: Tell
) -> Usual:
    tell("usual", scale=scale)
    cameras = place_cameras(films, N_USUAL, plan.mix)
    return measure_usual(cameras, folder, settings.models_dir, plan.usual_s, scale)
