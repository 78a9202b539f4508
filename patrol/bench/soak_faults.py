"""What befalls cameras in a soak: how each fault begins, how it ends, and how long it lasts."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from patrol.bench.packets import garbage, time_shifted, without_key_frames
from patrol.bench.soak_site import PASSWORD, Camera, SoakSite

LATE_S = 0.5
LOST = 0.1
NARROW_BYTES_PER_S = 30_000.0  # a quarter of what the cameras of a soak send

Step = Callable[[SoakSite, Camera], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way for a camera to fail. `lasts_s` is the shortest and the longest time."""

    name: str
    begin: Step
    end: Step
    lasts_s: tuple[float, float]
    is_of_all: bool = False  #: it strikes every camera at once
    transport: Literal["tcp", "udp"] | None = None  #: the only one that it does anything to; None: to both
    ends_processes: bool = False  #: memory before it says nothing of memory after it


def _calm(site: SoakSite, camera: Camera) -> None:
    camera.wire.calm()


def _cut(site: SoakSite, camera: Camera) -> None:
    camera.wire.cut()


def _nothing(site: SoakSite, camera: Camera) -> None:
    return


def _pull(site: SoakSite, camera: Camera) -> None:
    camera.wire.pull()


def _plug(site: SoakSite, camera: Camera) -> None:
    camera.wire.plug()


def _stall(site: SoakSite, camera: Camera) -> None:
    camera.wire.weather.is_stalled = True


def _delay(site: SoakSite, camera: Camera) -> None:
    camera.wire.weather.delay_s = LATE_S


def _narrow(site: SoakSite, camera: Camera) -> None:
    camera.wire.weather.bytes_per_s = NARROW_BYTES_PER_S


def _lose(site: SoakSite, camera: Camera) -> None:
    camera.wire.weather.lost = LOST


def _spoil(site: SoakSite, camera: Camera) -> None:
    camera.wire.weather.change = garbage(random.Random(site.chance.random()))


def _turn_back(site: SoakSite, camera: Camera) -> None:
    camera.wire.weather.change = time_shifted(-3600)


def _hide_key_frames(site: SoakSite, camera: Camera) -> None:
    camera.wire.weather.change = without_key_frames


def _forget_password(site: SoakSite, camera: Camera) -> None:
    camera.set_password("wrong")
    camera.wire.cut()


def _recall_password(site: SoakSite, camera: Camera) -> None:
    camera.set_password(PASSWORD)


def _stop_server(site: SoakSite, camera: Camera) -> None:
    site.stop_server()


def _start_server(site: SoakSite, camera: Camera) -> None:
    site.start_server()


def _kill_worker(site: SoakSite, camera: Camera) -> None:
    site.kill_worker()


FAULTS = (
    Fault("connection cut", _cut, _nothing, (0, 0)),
    Fault("reboot: port closed", _pull, _plug, (5, 40)),
    Fault("network gone: nothing passes", _stall, _calm, (5, 60)),
    Fault("late by 500 ms each way", _delay, _calm, (10, 30), transport="tcp"),
    Fault("a quarter of the rate passes", _narrow, _calm, (10, 40), transport="tcp"),
    Fault("10 % of datagrams lost", _lose, _calm, (10, 60), transport="udp"),
    Fault("garbage for pictures", _spoil, _calm, (5, 30), transport="tcp"),
    Fault("time stamps an hour back, and forth again", _turn_back, _calm, (10, 30), transport="tcp"),
    Fault("no key frames", _hide_key_frames, _calm, (10, 60), transport="tcp"),
    Fault("wrong password, then the right one", _forget_password, _recall_password, (5, 40)),
    Fault("server restarts, cameras change size", _stop_server, _start_server, (2, 20), is_of_all=True),
    Fault("a worker process is killed", _kill_worker, _nothing, (0, 0), is_of_all=True, ends_processes=True),
)
