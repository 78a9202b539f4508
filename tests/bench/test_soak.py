"""The soak's driver, with cameras and a clock made of numbers: what it strikes, lifts, waits for and counts."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import av
import pytest

from patrol.bench.soak import GIVE_UP_S, Soak, Soaked, by_fault
from patrol.bench.soak_faults import FAULTS, Fault
from patrol.bench.soak_site import SIZES_WH, film_clips
from patrol.bench.wire import Seen
from patrol.store.engine import Database
from patrol.store.tables import StreamState
from tests.rtsp import make_clip
from tests.streams.cameras import clock

NOBODY = 2**22  # no process has this number


@dataclass(eq=False)
class FakeCamera:
    """A camera that is back so long after its fault was lifted."""

    id: str
    back_after_s: float = 2.0
    transport: str = "tcp"
    wire: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(seen=Seen(n_sessions=1, sessions_now=1)))
    lifted_s: float | None = None
    is_struck: bool = False

    def step(self, now_s: float) -> bool:
        """Whether it is watched now; its packets flow where it is."""
        is_back = self.lifted_s is not None and now_s - self.lifted_s >= self.back_after_s
        if self.is_struck and is_back:
            self.is_struck, self.lifted_s = False, None
            self.wire.seen.begin()
        if not self.is_struck:
            self.wire.seen.video_at_s, self.wire.seen.sessions_now = now_s, 1
        return not self.is_struck


class FakeSite:
    """Cameras whose states are written down as they change, as a worker does."""

    def __init__(self, database: Database, cameras: list[FakeCamera]) -> None:
        self.database, self.cameras, self.watch_pid, self.now_s = database, cameras, NOBODY, 0.0
        self._written: dict[str, str] = {}

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        states = {camera.id: "live" if camera.step(self.now_s) else "down" for camera in self.cameras}
        if states != self._written:
            self._write(states)
        self._written = states

    def _write(self, states: dict[str, str]) -> None:
        with self.database.write() as session:
            for id, state in states.items():
                row = StreamState(stream_id=id, site_id="s", worker_id="w", state=state, since=clock())
                row.updated_at = clock() + timedelta(seconds=self.now_s)
                session.merge(row)


def strike(site: FakeSite, camera: FakeCamera) -> None:
    camera.is_struck, camera.wire.seen.sessions_now = True, 0


def lift(site: FakeSite, camera: FakeCamera) -> None:
    camera.lifted_s = site.now_s


def strike_all(site: FakeSite, camera: FakeCamera) -> None:
    for one in site.cameras:
        strike(site, one)


def lift_all(site: FakeSite, camera: FakeCamera) -> None:
    for one in site.cameras:
        lift(site, one)


GONE = Fault("gone", strike, lift, (3, 6))  # type: ignore[arg-type]
ALL_GONE = Fault("all gone", strike_all, lift_all, (3, 6), is_of_all=True)  # type: ignore[arg-type]


def soaked(
    database: Database, cameras: list[FakeCamera], *faults: Fault, seconds: float = 120.0, seed: int = 1
) -> Soaked:
    site = FakeSite(database, cameras)
    soak = Soak(site, seconds, seed, faults=faults, monotonic=lambda: site.now_s, wait=site.wait)  # type: ignore[arg-type]
    return soak.run()


def test_cameras_that_return_are_timed_from_the_end_of_their_fault(database: Database) -> None:
    done = soaked(database, [FakeCamera("a"), FakeCamera("b", back_after_s=4.0)], GONE)
    assert len(done.troubles) > 4
    assert all(trouble.was_lost for trouble in done.troubles)
    for trouble in done.troubles:
        expected_s = trouble.camera.back_after_s  # type: ignore[attr-defined]
        assert trouble.recovered_s == pytest.approx(expected_s, abs=0.5)


def test_a_camera_that_never_returns_is_told_and_does_not_hold_up_the_end(database: Database) -> None:
    done = soaked(database, [FakeCamera("a", back_after_s=10_000)], GONE, seconds=30.0)
    (trouble,) = done.troubles
    assert trouble.recovered_s is None
    assert trouble.lifted_s is not None
    assert done.live_s["a"] < 30


def test_what_strikes_all_is_lifted_once_and_timed_for_each(database: Database) -> None:
    cameras = [FakeCamera("a", back_after_s=1.0), FakeCamera("b", back_after_s=5.0)]
    done = soaked(database, cameras, ALL_GONE, seconds=40.0)
    a = [trouble.recovered_s for trouble in done.troubles if trouble.camera is cameras[0]]  # type: ignore[comparison-overlap]
    b = [trouble.recovered_s for trouble in done.troubles if trouble.camera is cameras[1]]  # type: ignore[comparison-overlap]
    assert len(a) == len(b) > 0
    assert max(s or GIVE_UP_S for s in a) < 2 < 4 < min(s or 0.0 for s in b)


def test_what_strikes_all_has_its_turn_among_faults_of_single_cameras(database: Database) -> None:
    done = soaked(database, [FakeCamera("a"), FakeCamera("b"), FakeCamera("c")], GONE, ALL_GONE, seconds=300.0)
    of_all = [trouble for trouble in done.troubles if trouble.fault is ALL_GONE]
    assert len(of_all) >= 3
    assert len(of_all) % 3 == 0


def test_a_fault_that_loses_nobody_is_counted_as_such(database: Database) -> None:
    harmless = Fault("late", lambda site, camera: None, lambda site, camera: None, (2, 3))
    done = soaked(database, [FakeCamera("a")], harmless)
    assert done.troubles
    assert not any(trouble.was_lost for trouble in done.troubles)
    assert done.live_s["a"] == pytest.approx(120, rel=0.2)


def test_the_same_seed_strikes_the_same(database: Database) -> None:
    def story(seed: int) -> list[tuple[float, str]]:
        cameras = [FakeCamera("a"), FakeCamera("b"), FakeCamera("c")]
        return [(t.began_s, t.camera.id) for t in soaked(database, cameras, GONE, seed=seed).troubles]

    assert story(7) == story(7) != story(8)


def test_what_does_nothing_to_a_transport_leaves_it_alone_and_processes_live_in_the_second_half(
    database: Database,
) -> None:
    for_tcp = Fault("tcp", strike, lift, (1, 2), transport="tcp")  # type: ignore[arg-type]
    for_udp = Fault("udp", strike, lift, (1, 2), transport="udp")  # type: ignore[arg-type]
    killed = Fault("killed", strike, lift, (1, 2), ends_processes=True)  # type: ignore[arg-type]
    late = Fault("late", lambda site, camera: None, lambda site, camera: None, (1, 2))
    cameras = [FakeCamera("a", transport="udp"), FakeCamera("b")]
    done = soaked(database, cameras, for_tcp, for_udp, killed, late, seconds=400.0)
    found = {fault.name: troubles for fault, troubles in by_fault(done.troubles)}
    assert {trouble.camera.transport for trouble in found["tcp"]} == {"tcp"}
    assert {trouble.camera.transport for trouble in found["udp"]} == {"udp"}
    assert max(trouble.began_s for trouble in found["killed"]) < 210


def test_a_fault_that_does_nothing_to_any_camera_never_strikes(database: Database) -> None:
    for_udp = Fault("udp", strike, lift, (1, 2), transport="udp")  # type: ignore[arg-type]
    done = soaked(database, [FakeCamera("a")], for_udp)
    assert done.troubles == []
    assert done.followed_s == pytest.approx(done.live_s["a"], abs=1.0) == pytest.approx(120, abs=1.0)


def test_every_fault_ends_as_it_began() -> None:
    """Each begin has its end: a camera is as before, whatever befell it."""
    weathers: list[object] = []
    for fault in FAULTS:
        wire = RecordingWire()
        camera = SimpleNamespace(wire=wire, id="a", set_password=wire.note("password"))
        site = SimpleNamespace(
            chance=random.Random(1),
            stop_server=wire.note("stop"),
            start_server=wire.note("start"),
            kill_worker=wire.note("kill"),
        )
        fault.begin(site, camera)  # type: ignore[arg-type]
        fault.end(site, camera)  # type: ignore[arg-type]
        weathers.append(wire.weather)
        assert wire.said in (
            [],
            ["cut"],
            ["pull", "plug"],
            ["password", "cut", "password"],
            ["stop", "start"],
            ["kill"],
        )
    assert all(weather == RecordingWire().weather for weather in weathers)


class RecordingWire:
    """Notes what is done to it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.calm()

    def calm(self) -> None:
        self.weather = SimpleNamespace(is_stalled=False, delay_s=0.0, bytes_per_s=None, change=None, lost=0.0)

    def note(self, word: str) -> Callable[..., None]:
        return lambda *_: self.said.append(word)

    def cut(self) -> None:
        self.said.append("cut")

    def pull(self) -> None:
        self.said.append("pull")

    def plug(self) -> None:
        self.said.append("plug")


def test_clips_are_small_and_begin_with_a_key_frame(tmp_path: Path) -> None:
    clips = film_clips(make_clip(tmp_path / "source.mp4", n_frames=60), tmp_path)
    for clip, size_wh in zip(clips, SIZES_WH, strict=True):
        with av.open(str(clip)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
            assert packets[0].is_keyframe
            assert (container.streams.video[0].width, container.streams.video[0].height) == size_wh
