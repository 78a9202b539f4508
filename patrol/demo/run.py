"""The demo: a simulated site on real RTSP, driven from outside by patrol's command line and HTTP API."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event

from patrol.demo import site
from patrol.demo.loop import Loop, Report, run_loop
from patrol.demo.simulation import USER, Tell, simulated_site
from patrol.settings import Settings
from patrol.values import PatrolError

LIVELY_COOLDOWN_S = 4.0  # to look at: one hit for each showing of a scene, where 120 s would merge them for good


def run_once(settings: Settings, *, clock: Callable[[], datetime], tell: Tell) -> Report:
    """One loop by itself, from nothing to the message read back; everything is stopped when it returns."""
    report = Report()
    try:
        with _ending_in_order(), simulated_site(settings, {}, clock, tell) as running:
            run_loop(Loop(running.reviewer, running.links, running.clips, running.began_at, clock, tell), report)
    except PatrolError as error:
        report.problem = str(error)
    except KeyboardInterrupt:
        report.problem = "stopped before the loop was closed"
    if report.problem:
        tell("not_ok", problem=report.problem)
    return report


def run_until_stopped(settings: Settings, *, clock: Callable[[], datetime], tell: Tell) -> None:
    """Run the site for somebody to look at, until Ctrl-C or SIGTERM."""
    livelier = {"PATROL_COOLDOWN_S": str(LIVELY_COOLDOWN_S)}
    try:
        with _ending_in_order(), simulated_site(settings, livelier, clock, tell, settings.port) as running:
            tell("console", address=running.address, user=USER, password=running.password)
            for group, link in running.links.items():
                tell("group_page", group=group, link=link)
            tell("running", person=site.LISTED)
            Event().wait()
    except KeyboardInterrupt:
        tell("stopped")


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """Make SIGTERM end the demo as Ctrl-C does: through every `finally`, so that nothing keeps running."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
