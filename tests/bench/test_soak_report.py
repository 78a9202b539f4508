"""What a soak says of recovery and memory."""

import pytest

from patrol.bench.process_tree import Usage
from patrol.bench.soak import Sample, Soaked, Trouble
from patrol.bench.soak_faults import FAULTS
from patrol.bench.soak_report import figures, lines, markdown, memory_of, trend_of


def samples(*memory_mb: float, every_s: float = 240.0) -> list[Sample]:
    return [
        Sample(n * every_s, Usage(2, cpu_s=n * 6.0, memory_mb=mb, n_threads=20, n_sockets=6), n_live=4)
        for n, mb in enumerate(memory_mb)
    ]


def trouble(recovered_s: float | None, *, was_lost: bool = True, n_fault: int = 0) -> Trouble:
    return Trouble(FAULTS[n_fault], None, 0.0, 5.0, 1, 5.0, was_lost, recovered_s)  # type: ignore[arg-type]


def soaked(*troubles: Trouble, memory_mb: tuple[float, ...] = (300.0,) * 10) -> Soaked:
    done = Soaked(n_cameras=4, seconds=600.0, seed=1, samples=samples(*memory_mb), troubles=list(troubles))
    done.followed_s, done.live_s, done.most_sessions = 600.0, {"a": 540.0, "b": 600.0, "c": 600.0, "d": 600.0}, 1
    return done


def test_growth_while_it_warms_up_does_not_count() -> None:
    trend = trend_of(samples(100, 200, 300, 400, 500, 500, 500, 500, 500, 500), memory_of)
    assert trend is not None
    assert trend.is_flat
    assert trend.per_hour == pytest.approx(0, abs=0.01)


def test_a_leak_is_no_flat_line() -> None:
    trend = trend_of(samples(*range(300, 500, 10)), memory_of)
    assert trend is not None
    assert trend.per_hour == pytest.approx(150)
    assert trend.is_flat is False


def test_a_small_share_that_goes_on_by_the_hour_is_no_flat_line() -> None:
    leak = trend_of(samples(*(2000 + 2 * n for n in range(20))), memory_of)
    calm = trend_of(samples(*(2000 + 1 * n for n in range(20))), memory_of)
    assert leak is not None
    assert calm is not None
    assert leak.growth < 0.05 * leak.mean
    assert (leak.is_flat, calm.is_flat) == (False, True)


def test_less_than_half_an_hour_does_not_tell() -> None:
    trend = trend_of(samples(*range(300, 500, 10), every_s=90.0), memory_of)
    assert trend is not None
    assert trend.is_flat is None
    done = soaked()
    done.samples = samples(*range(300, 500, 10), every_s=90.0)
    assert figures(done)["is_flat"] is None
    assert "too short to tell" in markdown(done, [])


def test_what_is_watched_is_a_share_of_the_time_that_was_followed() -> None:
    done = soaked()
    done.followed_s = 1000.0  # beyond the faults, until the last was back
    assert figures(done)["watched_share"] == pytest.approx(0.585)


def test_a_few_samples_say_nothing() -> None:
    assert trend_of(samples(1, 2, 3, 4), memory_of) is None
    assert figures(soaked(memory_mb=(300.0,)))["is_flat"] is None
    assert "Too short" in markdown(soaked(memory_mb=(300.0,)), [])


def test_recovery_is_of_those_that_were_lost() -> None:
    said = figures(soaked(trouble(1.0), trouble(2.0), trouble(9.0), trouble(0.0, was_lost=False)))
    assert (said["faults"], said["lost"], said["not_recovered"]) == (4, 3, 0)
    assert (said["recovery_p50_s"], said["recovery_max_s"]) == (2.0, 9.0)
    assert said["watched_share"] == pytest.approx(0.975)
    assert said["cores"] == pytest.approx(0.025)


def test_one_that_never_came_back_is_said_so() -> None:
    done = soaked(trouble(1.0), trouble(None), trouble(0.5, was_lost=False, n_fault=3))
    assert figures(done)["not_recovered"] == 1
    assert f"| {FAULTS[0].name} | 2 | 2 | 1.0 s | never |" in lines(done)
    assert f"| {FAULTS[3].name} | 1 | 0 | - | - |" in lines(done)


def test_a_report_names_its_command_and_says_whether_memory_is_flat() -> None:
    said = markdown(soaked(trouble(1.0)), ["command: patrol bench soak"])
    assert "- command: patrol bench soak" in said
    assert ": flat." in said
    assert "NOT flat" in markdown(soaked(trouble(1.0), memory_mb=tuple(range(300, 500, 10))), [])


def test_nothing_that_struck_is_no_division_by_zero() -> None:
    assert "No fault has struck." in lines(soaked())
    assert figures(soaked())["recovery_p95_s"] is None
