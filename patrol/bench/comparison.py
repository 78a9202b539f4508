"""Times several contenders on the same frames, round by round, so that a busy moment meets all of them."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from patrol.bench import machine

Look = Callable[[int], int]  #: looks at frame n of the source; how many faces it found


@dataclass(frozen=True, slots=True)
class Timing:
    """One contender's result."""

    s_per_frame: float  #: mean over the frames of the median over the rounds
    faces_per_frame: float

    @property
    def ms_per_face(self) -> float:
        return 1000 * self.s_per_frame / max(self.faces_per_frame, 1e-9)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Patrol beside the reference, in one run, on the same frames."""

    title: str
    source: str
    reference: Timing
    contenders: Mapping[str, Timing]  #: patrol, by its runtime
    shipped: str  #: which of the contenders patrol uses here by default
    note: str = ""  #: what a reader must know beside the figures

    @property
    def patrol(self) -> Timing:
        return self.contenders[self.shipped]

    @property
    def speedup(self) -> float:
        return self.reference.s_per_frame / self.patrol.s_per_frame

    @property
    def faces_ratio(self) -> float:
        return self.patrol.faces_per_frame / max(self.reference.faces_per_frame, 1e-9)

    def figures(self) -> dict[str, float]:
        """What `--json` prints."""
        return {
            "reference_s_per_frame": round(self.reference.s_per_frame, 4),
            "patrol_s_per_frame": round(self.patrol.s_per_frame, 4),
            "speedup": round(self.speedup, 2),
            "reference_faces_per_frame": round(self.reference.faces_per_frame, 2),
            "patrol_faces_per_frame": round(self.patrol.faces_per_frame, 2),
            "faces_ratio": round(self.faces_ratio, 2),
        }

    def lines(self) -> list[str]:
        """The comparison as a table, with what it was measured on."""
        rows = {"face_recognition": self.reference, **self.contenders}
        table = [f"{'':44}{'s/frame':>10}{'faces/frame':>13}{'ms/face':>10}{'faster':>9}"]
        table += [self._row(name, timing) for name, timing in rows.items()]
        sums = f"{self.shipped}: {self.speedup:.1f} times as fast, {self.faces_ratio:.2f} times the faces"
        notes = [self.note] if self.note else []
        return [self.title, f"frames: {self.source}", *machine.describe(), "", *table, "", sums, *notes]

    def _row(self, name: str, timing: Timing) -> str:
        faster = self.reference.s_per_frame / timing.s_per_frame
        return (
            f"{name:44}{timing.s_per_frame:10.4f}{timing.faces_per_frame:13.2f}"
            f"{timing.ms_per_face:10.1f}{faster:8.1f}x"
        )


def race(looks: Mapping[str, Look], n_frames: int, rounds: int) -> dict[str, Timing]:
    """Let every contender look at every frame `rounds` times, after one look at each to warm up: a runtime plans
    for each new size of input, and frames differ in how many faces they hold.
    """
    for look in looks.values():
        for n in range(n_frames):
            look(n)
    laps: dict[str, list[list[float]]] = {name: [[] for _ in range(n_frames)] for name in looks}
    faces = dict.fromkeys(looks, 0)
    for _ in range(rounds):
        for name, look in looks.items():
            for n in range(n_frames):
                started = time.perf_counter()
                faces[name] += look(n)
                laps[name][n].append(time.perf_counter() - started)
    return {name: Timing(_mean_of_medians(laps[name]), faces[name] / rounds / n_frames) for name in looks}


def _mean_of_medians(laps: Sequence[Sequence[float]]) -> float:
    return statistics.fmean(statistics.median(times) for times in laps)
