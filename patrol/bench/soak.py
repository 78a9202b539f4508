"""`patrol bench soak`: cameras that fail at random for hours, and whether patrol comes back and stays as small."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from patrol.bench.process_tree import Usage, usage_of
from patrol.bench.soak_faults import FAULTS, Fault
from patrol.bench.soak_site import Camera, SoakSite
from patrol.store.tables import StreamState

TICK_S = 0.2
SAMPLE_EVERY_S = 10.0
CALM_S = (5.0, 25.0)  # between two faults, shortest and longest
STEADY_S = 10.0  # so long a camera is left alone after it has come back
GIVE_UP_S = 120.0  # a camera that is not back by then is counted as lost for good
SETTLE_S = 90.0  # to load the networks and open all cameras


@dataclass(frozen=True, slots=True)
class Sample:
    """The processes of `patrol watch` at one moment."""

    at_s: float  #: since the beginning
    usage: Usage
    n_live: int  #: cameras that are watched


@dataclass(slots=True)
class Trouble:
    """One fault at one camera, from its beginning until the camera is watched again."""

    fault: Fault
    camera: Camera
    began_s: float
    ends_s: float
    n_sessions: int  #: of the wire, when it began
    lifted_s: float | None = None
    was_lost: bool = False  #: the camera was not watched, or had to be opened anew
    recovered_s: float | None = None  #: from the moment the fault was lifted; None: not within GIVE_UP_S


@dataclass(slots=True)
class Soaked:
    """What a soak has seen."""

    n_cameras: int
    seconds: float
    seed: int
    settled_s: float = 0.0  #: until every camera was watched for the first time
    samples: list[Sample] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    followed_s: float = 0.0  #: faults and the wait for the last return: what `live_s` is of
    live_s: dict[str, float] = field(default_factory=dict)  #: by camera: so long it was watched
    most_sessions: int = 0  #: connections that one camera had at once


class Soak:
    """One run. `monotonic` and `wait` are the clock and the waiting between two looks at it."""

    def __init__(
        self,
        site: SoakSite,
        seconds: float,
        seed: int,
        *,
        faults: Sequence[Fault] = FAULTS,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.seen = Soaked(len(site.cameras), seconds, seed, live_s={camera.id: 0.0 for camera in site.cameras})
        self._site, self._faults, self._chance = site, faults, random.Random(seed)
        self._monotonic, self._wait = monotonic, wait
        self._began_s = monotonic()
        self._next_fault_s = self._next_sample_s = 0.0
        self._active: list[Trouble] = []
        self._coming: Fault | None = None  # one that strikes all, and waits until all are well
        self._calm_since_s = {camera.id: 0.0 for camera in site.cameras}

    def run(self) -> Soaked:
        """Let cameras fail for so long, then wait until those that failed last are back."""
        self._settle()
        now_s = before_s = self._now_s()
        end_s = now_s + self.seen.seconds
        while now_s < end_s or self._active:
            live = self._live()
            self._follow(live, now_s - before_s)
            if now_s < end_s:
                self._maybe_begin(now_s, end_s)
            if now_s >= self._next_sample_s:
                self._sample(now_s, live)
            self._wait(TICK_S)
            before_s, now_s = now_s, self._now_s()
        self.seen.most_sessions = max(camera.wire.seen.most_sessions for camera in self._site.cameras)
        return self.seen

    def _now_s(self) -> float:
        return self._monotonic() - self._began_s

    def _settle(self) -> None:
        while len(self._live()) < len(self._site.cameras) and self._now_s() < SETTLE_S:
            self._wait(TICK_S)
        self.seen.settled_s = self._now_s()
        self._next_fault_s = self.seen.settled_s + CALM_S[0]

    def _live(self) -> set[str]:
        """The cameras that are watched, by what the worker has written down."""
        with self._site.database.read() as session:
            return set(session.scalars(select(StreamState.stream_id).where(StreamState.state == "live")))

    def _sample(self, now_s: float, live: set[str]) -> None:
        self._next_sample_s = now_s + SAMPLE_EVERY_S
        self.seen.samples.append(Sample(now_s, usage_of(self._site.watch_pid), len(live)))

    def _maybe_begin(self, now_s: float, end_s: float) -> None:
        """Begin the next fault when it is due and a camera is well enough; what strikes all waits for all of them."""
        if now_s < self._next_fault_s:
            return
        well = [camera for camera in self._site.cameras if self._is_well(camera, now_s)]
        if not well:
            return
        camera = self._chance.choice(well)
        striking = self._striking(camera, now_s, end_s)
        if self._coming is None and not striking:
            return
        fault = self._coming or self._chance.choice(striking)
        self._coming = fault if fault.is_of_all and len(well) < len(self._site.cameras) else None
        if self._coming is None:
            self._begin(fault, camera, now_s)

    def _begin(self, fault: Fault, camera: Camera, now_s: float) -> None:
        for struck in self._site.cameras if fault.is_of_all else [camera]:
            lasts_s = self._chance.uniform(*fault.lasts_s)
            self._active.append(Trouble(fault, struck, now_s, now_s + lasts_s, struck.wire.seen.n_sessions))
        fault.begin(self._site, camera)
        self._next_fault_s = now_s + self._chance.uniform(*CALM_S)

    def _is_well(self, camera: Camera, now_s: float) -> bool:
        is_struck = any(trouble.camera is camera for trouble in self._active)
        return not is_struck and now_s - self._calm_since_s[camera.id] >= STEADY_S

    def _striking(self, camera: Camera, now_s: float, end_s: float) -> list[Fault]:
        """What may befall it. Processes are killed in the first half only: the second says whether memory is flat."""
        is_late = now_s > end_s - self.seen.seconds / 2
        faults = [fault for fault in self._faults if not (fault.ends_processes and is_late)]
        return [fault for fault in faults if fault.transport in (None, camera.transport)]

    def _follow(self, live: set[str], elapsed_s: float) -> None:
        """Lift what is due, and note which cameras are back."""
        self.seen.followed_s += elapsed_s
        for camera_id in live & self.seen.live_s.keys():
            self.seen.live_s[camera_id] += elapsed_s
        now_s = self._now_s()
        self._lift(now_s)
        for trouble in list(self._active):
            self._look_at(trouble, live, now_s)

    def _lift(self, now_s: float) -> None:
        due = [trouble for trouble in self._active if trouble.lifted_s is None and now_s >= trouble.ends_s]
        for trouble in due:
            if trouble.lifted_s is not None:
                continue
            trouble.fault.end(self._site, trouble.camera)
            for other in self._active if trouble.fault.is_of_all else [trouble]:
                if other.fault is trouble.fault:
                    other.lifted_s = self._now_s()

    def _look_at(self, trouble: Trouble, live: set[str], now_s: float) -> None:
        seen, is_live = trouble.camera.wire.seen, trouble.camera.id in live
        trouble.was_lost |= not is_live or seen.n_sessions > trouble.n_sessions
        if trouble.lifted_s is None:
            return
        flows = seen.sessions_now > 0 and seen.video_at_s - self._began_s > trouble.lifted_s
        waited_s = now_s - trouble.lifted_s
        if flows and is_live and not self._may_not_know_yet(trouble, waited_s):
            trouble.recovered_s = waited_s
        elif waited_s < GIVE_UP_S:
            return
        self._active.remove(trouble)
        self._calm_since_s[trouble.camera.id] = now_s
        self.seen.troubles.append(trouble)

    def _may_not_know_yet(self, trouble: Trouble, waited_s: float) -> bool:
        """Whether what is written down may be from before: a killed process takes a moment to be missed."""
        is_anew = trouble.camera.wire.seen.n_sessions > trouble.n_sessions
        return trouble.fault.lasts_s == (0, 0) and not is_anew and waited_s < STEADY_S


def by_fault(troubles: Sequence[Trouble]) -> Iterator[tuple[Fault, list[Trouble]]]:
    """What was seen of each fault that has struck, in the order of FAULTS."""
    for fault in dict.fromkeys(trouble.fault for trouble in sorted(troubles, key=_order)):
        yield fault, [trouble for trouble in troubles if trouble.fault is fault]


def _order(trouble: Trouble) -> int:
    return FAULTS.index(trouble.fault) if trouble.fault in FAULTS else len(FAULTS)
