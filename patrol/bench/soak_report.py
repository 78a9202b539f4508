"""What a soak says: recovery by fault, memory over time, and whether it is flat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from patrol.bench import machine
from patrol.bench.soak import GIVE_UP_S, Sample, Soaked, by_fault

FLAT_SHARE = 0.05  # growth over the second half, of its mean
FLAT_MB = 5.0  # below this it is nothing, however little there was
FLAT_MB_PER_HOUR = 20.0  # half a gigabyte a day: a worker that is restarted once a week bears no more
TELLING_S = 1780.0  # half an hour less a sample at each end: less does not tell a slow leak from the heap's unrest
GOAL_S = 5.0
N_ROWS = 12  # of the table of samples


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through the second half of the samples, by least squares."""

    mean: float
    per_hour: float
    growth: float  #: from the beginning of that half to its end
    sampled_s: float  #: all samples, of both halves

    @property
    def is_flat(self) -> bool | None:
        """Whether it grew by little, and slowly; None where the time was too short to tell."""
        if self.sampled_s < TELLING_S:
            return None
        is_little = self.growth <= max(FLAT_SHARE * self.mean, FLAT_MB)
        return is_little and self.per_hour <= FLAT_MB_PER_HOUR


def trend_of(samples: Sequence[Sample], measure: Callable[[Sample], float]) -> Trend | None:
    """None where there are fewer than four samples: no line says anything about so few."""
    later = samples[len(samples) // 2 :]
    if len(later) < 4:
        return None
    at_s, values = np.array([sample.at_s for sample in later]), np.array([measure(sample) for sample in later])
    per_s = float(np.polyfit(at_s - at_s.mean(), values, 1)[0])
    sampled_s = samples[-1].at_s - samples[0].at_s
    return Trend(float(values.mean()), per_s * 3600, per_s * float(at_s[-1] - at_s[0]), sampled_s)


def memory_of(sample: Sample) -> float:
    return sample.usage.memory_mb


def figures(done: Soaked) -> dict[str, Any]:
    """Everything that is reported, for programs."""
    recoveries_s = _recoveries_s(done)
    memory = trend_of(done.samples, memory_of)
    return {
        "seconds": round(done.seconds),
        "cameras": done.n_cameras,
        "seed": done.seed,
        "faults": len(done.troubles),
        "lost": sum(trouble.was_lost for trouble in done.troubles),
        "not_recovered": sum(trouble.recovered_s is None for trouble in done.troubles),
        "recovery_p50_s": _quantile(recoveries_s, 0.5),
        "recovery_p95_s": _quantile(recoveries_s, 0.95),
        "recovery_max_s": max(recoveries_s, default=None),
        "watched_share": _share(sum(done.live_s.values()), done.followed_s * done.n_cameras),
        "most_sessions": done.most_sessions,
        "memory_mb": round(memory.mean, 1) if memory else None,
        "memory_growth_mb_per_hour": round(memory.per_hour, 2) if memory else None,
        "is_flat": memory.is_flat if memory else None,
        "cores": _cores(done.samples),
    }


def markdown(done: Soaked, command: Sequence[str]) -> str:
    """The report. command: what it was run on and by, as lines."""
    parts = [
        f"{done.n_cameras} cameras, {done.seconds / 60:.0f} minutes of faults, seed {done.seed}.",
        "\n".join(f"- {line}" for line in command),
        "## Recovery",
        "\n".join(_recovery_rows(done)),
        _said_of_recovery(done),
        "## Memory, threads, sockets",
        "\n".join(_sample_rows(done.samples)),
        said_of_memory(done),
    ]
    return "\n\n".join(parts) + "\n"


def lines(done: Soaked) -> list[str]:
    """The short answer, for the terminal."""
    return [*machine.describe(), *_recovery_rows(done), _said_of_recovery(done), said_of_memory(done)]


def said_of_memory(done: Soaked) -> str:
    memory = trend_of(done.samples, memory_of)
    if memory is None:
        return "Too short to tell whether memory is flat."
    word = {True: "flat", False: "NOT flat", None: "too short to tell whether it is flat"}[memory.is_flat]
    return (
        f"Memory over the second half: {memory.mean:.0f} MB on average, {memory.growth:+.1f} MB from its beginning "
        f"to its end by least squares ({memory.per_hour:+.1f} MB an hour): {word}."
    )


def _said_of_recovery(done: Soaked) -> str:
    said = figures(done)
    if not done.troubles:
        return "No fault has struck."
    return (
        f"{said['faults']} faults, {said['lost']} of them lost a camera; {said['not_recovered']} were not back "
        f"within {GIVE_UP_S:.0f} s. From the end of the fault to watched again: median {said['recovery_p50_s']} s, "
        f"95 % within {said['recovery_p95_s']} s, longest {said['recovery_max_s']} s (goal {GOAL_S:.0f} s). "
        f"Cameras were watched {said['watched_share']:.1%} of the time. "
        f"Most connections to one camera at once: {said['most_sessions']}."
    )


def _recovery_rows(done: Soaked) -> list[str]:
    rows = ["| fault | times | camera lost | back after: median | longest |", "|---|---|---|---|---|"]
    for fault, troubles in by_fault(done.troubles):
        lost = [trouble for trouble in troubles if trouble.was_lost]
        back_s = [trouble.recovered_s for trouble in lost if trouble.recovered_s is not None]
        most = "never" if len(back_s) < len(lost) else f"{max(back_s, default=0.0):.1f} s"
        middle = _quantile(back_s, 0.5)
        rows.append(
            f"| {fault.name} | {len(troubles)} | {len(lost)} | "
            + (f"{middle} s | {most} |" if lost and middle is not None else f"- | {most if lost else '-'} |")
        )
    return rows


def _sample_rows(samples: Sequence[Sample]) -> list[str]:
    rows = ["| minute | processes | memory MB | threads | sockets | watched |", "|---|---|---|---|---|---|"]
    step = max(1, len(samples) // N_ROWS)
    for sample in samples[::step]:
        usage = sample.usage
        rows.append(
            f"| {sample.at_s / 60:.0f} | {usage.n_processes} | {usage.memory_mb:.0f} | {usage.n_threads} | "
            f"{usage.n_sockets} | {sample.n_live} |"
        )
    return rows


def _recoveries_s(done: Soaked) -> list[float]:
    """Of the cameras that were lost and came back, rounded as the clock allows."""
    return [round(t.recovered_s, 1) for t in done.troubles if t.was_lost and t.recovered_s is not None]


def _quantile(values: Sequence[float], share: float) -> float | None:
    return round(float(np.quantile(values, share)), 1) if values else None


def _share(part: float, whole: float) -> float:
    return round(min(1.0, part / whole), 4) if whole else 0.0


def _cores(samples: Sequence[Sample]) -> float | None:
    """Processor time a second over the second half, in which no process is killed."""
    later = samples[len(samples) // 2 :]
    if len(later) < 2:
        return None
    spent_s = later[-1].usage.cpu_s - later[0].usage.cpu_s
    return round(spent_s / (later[-1].at_s - later[0].at_s), 3)
