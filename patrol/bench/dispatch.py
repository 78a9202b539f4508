"""How fast a yes reaches the guards: a burst over platforms that fail, an urgent hit among bulletins, a calm hour.

The sender and the web are patrol's own processes, on a database of their own; the platforms are on loopback.
"""

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from patrol.bench import homeserver, machine, tallies
from patrol.bench.homeserver import Homeserver, RoomReader
from patrol.bench.platforms import Platform, running
from patrol.bench.protocols import ALL
from patrol.bench.readers import PageReader
from patrol.bench.stage import PAGE, Post, Stage, write_streams
from patrol.bench.tallies import Spread, Tally
from patrol.demo.processes import Commands, free_port
from patrol.dispatch import groups
from patrol.store.blobs import Blobs
from patrol.store.engine import migrate, open_database
from patrol.store.tables import Hit
from patrol.values import PatrolError

FREE = (PAGE, "matrix")  #: platforms without limits, where the goal holds
UP_S = 30.0  # for patrol's processes to start
LOOK_S = 0.1
N_ROOMS = 4
READ_S = 2.0  # after the last was accepted: pages fetch it
URGENT_BY = "webhook"  # it takes as much as it is given, so that nothing but patrol's own queue is in the way


class BenchFailed(PatrolError):
    """The rehearsal could not take place."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is rehearsed."""

    n_decisions: int = 200
    n_groups: int = 40
    fault_share: float = 0.2
    n_bulletins: int = 1000
    n_steady: int = 30
    steady_every_s: float = 1.0
    seed: int = 20260302
    limit_s: float = 400.0  # WeCom's robots ask for a minute's silence, and more than once


@dataclass(frozen=True, slots=True)
class Rooms:
    """The groups that have a room on a real Matrix server."""

    posts: Mapping[str, Post] = field(default_factory=dict)  #: by the room's id
    readers: tuple[RoomReader, ...] = ()

    def seen(self) -> dict[tuple[str, str], Mapping[int, float]]:
        """When each number was read, by group."""
        numbers = {room_id: seen for reader in self.readers for room_id, seen in [*reader.seen.items()]}
        return {(post.group_id, post.kind): dict(numbers.get(id, {})) for id, post in self.posts.items()}


@dataclass(slots=True)
class Rehearsal:
    """What was measured."""

    plan: Plan
    burst: Tally
    urgent_s: float
    steady: Mapping[str, Spread]
    has_synapse: bool  #: else the Matrix server of the calm hour is a stand-in too
    machine: list[str] = field(default_factory=list)

    @property
    def _matrix(self) -> str:
        return "a real Synapse" if self.has_synapse else "a stand-in: `make synapse` sets up the real one"

    def figures(self) -> dict[str, object]:
        """What `--json` prints."""
        return {
            "decisions": self.plan.n_decisions,
            "deliveries": self.burst.n_deliveries,
            "lost": self.burst.n_lost,
            "doubled_unmarked": self.burst.n_doubled,
            "limit_breaks": self.burst.n_limit_breaks,
            "confirm_to_accepted_p95_s": {kind: it.p95_s for kind, it in self.burst.accepted.items()},
            "confirm_to_accepted_p50_s": {kind: it.p50_s for kind, it in self.burst.accepted.items()},
            "confirm_to_accepted_max_s": {kind: it.max_s for kind, it in self.burst.accepted.items()},
            "urgent_s": self.urgent_s,
            "confirm_to_read_p95_s": {kind: it.p95_s for kind, it in self.steady.items()},
            "confirm_to_read_burst_p95_s": {kind: it.p95_s for kind, it in self.burst.read.items()},
            "matrix_server": "synapse" if self.has_synapse else "stand-in",
            "faults": self.burst.n_faults,
            "machine": self.machine,
        }

    def lines(self) -> list[str]:
        """The same as a table, with what it was measured on."""
        plan, burst = self.plan, self.burst
        head = (
            f"{plan.n_decisions} decisions in a burst, each to one of {plan.n_groups} groups, "
            f"{plan.fault_share:.0%} of the platforms' answers a fault ({burst.n_faults} in all)"
        )
        rows = [f"{kind:14}{it.row()}" for kind, it in burst.accepted.items()]
        read = [f"{kind:14}{it.row()}" for kind, it in burst.read.items()]
        calm = [f"{kind:14}{it.row()}" for kind, it in self.steady.items()]
        sums = f"{burst.n_deliveries} deliveries, {burst.n_lost} lost, {burst.n_doubled} doubled without a mark, "
        return [
            head,
            *self.machine,
            "",
            f"{'confirm -> accepted':14}\n{'':14}{Spread.HEAD}",
            *rows,
            f"confirm -> read by the group, in the burst\n{'':14}{Spread.HEAD}",
            *read,
            f"confirm -> read by the group, one decision every {plan.steady_every_s:g} s; Matrix is {self._matrix}",
            f"{'':14}{Spread.HEAD}",
            *calm,
            "",
            sums + f"{burst.n_limit_breaks} limits broken",
            f"an urgent hit among {plan.n_bulletins} queued bulletins left after {self.urgent_s:.2f} s",
        ]


def measure(plan: Plan) -> Rehearsal:
    """Rehearse in a folder of its own, which is gone afterwards."""
    platforms: dict[str, Platform] = {it.kind: it(plan.fault_share, plan.seed + n) for n, it in enumerate(ALL)}
    with (
        tempfile.TemporaryDirectory(prefix="patrol-bench-") as folder,
        running([*platforms.values()]),
        homeserver.running(Path(folder) / "homeserver") as matrix,
        _house(Path(folder), plan, platforms, matrix) as house,
    ):
        burst, urgent_s, steady = house.burst(), house.urgent(), house.steady()
    return Rehearsal(plan, burst, urgent_s, steady, matrix is not None, machine.describe())


@contextmanager
def _house(
    folder: Path, plan: Plan, platforms: Mapping[str, Platform], matrix: Homeserver | None
) -> Iterator["House"]:
    """patrol with its groups, its processes running and its readers at their pages."""
    database = open_database(f"sqlite:///{folder / 'data' / 'patrol.db'}")
    migrate(database)
    stage = Stage(database, Blobs(folder / "data" / "pictures"))
    stage.build(plan.n_groups, platforms, _now())
    port = free_port()
    settings = _settings(folder, plan, platforms, port)
    rooms = _rooms(stage, matrix, settings) if matrix else Rooms()
    commands = Commands(settings, folder / "log")
    with ExitStack() as open_things:
        for name in ("serve", "send"):
            open_things.enter_context(commands.running(name))
        readers = _readers(stage, f"http://127.0.0.1:{port}")
        threads: list[PageReader | RoomReader] = [*readers.values(), *rooms.readers]
        try:
            _wait(lambda: all(it.is_open.is_set() for it in threads), UP_S, commands)
            yield House(plan, stage, platforms, readers, rooms, commands)
        finally:
            for thread in threads:
                thread.close()
            database.engine.dispose()


def _settings(folder: Path, plan: Plan, platforms: Mapping[str, Platform], port: int) -> dict[str, str]:
    secrets = dict(platform.secret(n) for platform in platforms.values() for n in range(plan.n_groups))
    return {
        "PATROL_DATA_DIR": str(folder / "data"),
        "PATROL_STREAMS_FILE": str(write_streams(folder, plan.n_groups + N_ROOMS)),
        "PATROL_PORT": str(port),
        **{f"PATROL_SECRET_CHAT_{name.upper().replace('-', '_')}": value for name, value in secrets.items()},
    }


def _rooms(stage: Stage, matrix: Homeserver, settings: dict[str, str]) -> Rooms:
    """A few groups with a room on the real server, and a member who reads along in all of them."""
    settings[f"PATROL_SECRET_CHAT_{homeserver.SECRET_NAME.upper()}"] = matrix.token
    guest = matrix.account("guard")
    reader = RoomReader(matrix, guest)
    posts: dict[str, Post] = {}
    for _room in range(N_ROOMS):
        room_id = matrix.room(guest)
        posts[room_id] = stage.add_room(f"{matrix.url}/{room_id}", homeserver.SECRET_NAME, _now())
    reader.start()
    return Rooms(posts, (reader,))


def _readers(stage: Stage, url: str) -> dict[str, PageReader]:
    """Somebody at the page of every group that has nothing else, by group."""
    readers: dict[str, PageReader] = {}
    for post in stage.posts:
        if post.kind == PAGE:
            with stage.database.write() as session:
                token = groups.new_link(session, post.group_id, "bench", _now())
            readers[post.group_id] = PageReader(f"{url}/g/{token}")
            readers[post.group_id].start()
    return readers


class House:
    """A running patrol that can be rehearsed with."""

    def __init__(
        self,
        plan: Plan,
        stage: Stage,
        platforms: Mapping[str, Platform],
        readers: Mapping[str, PageReader],
        rooms: Rooms,
        commands: Commands,
    ) -> None:
        self._plan = plan
        self._stage = stage
        self._platforms = platforms
        self._readers = readers
        self._rooms = rooms
        self._commands = commands

    def burst(self) -> Tally:
        """Everything confirmed at once, as fast as the database takes it."""
        posts = [self._stage.posts[n % self._plan.n_groups] for n in range(self._plan.n_decisions)]
        waiting = self._stage.hits(posts, _now())
        for hit_id in waiting:
            self._stage.confirm(hit_id, _now())
        return self._tally(waiting)

    def urgent(self) -> float:
        """Seconds from a yes until its message reaches a platform that has a thousand others to get."""
        post = next(post for post in self._stage.posts if post.kind == URGENT_BY)
        platform, [hit_id] = self._platforms[post.kind], self._stage.hits([post], _now())
        with self._stage.database.read() as session:
            number = session.get_one(Hit, hit_id).number
        n_before = len(platform.asked)
        self._stage.queue_bulletins(self._plan.n_bulletins, tuple(self._platforms), _now())
        self._wait(lambda: len(platform.asked) > n_before)  # they have begun to leave
        began = time.time()
        self._stage.confirm(hit_id, _now())
        self._wait(lambda: any(tallies.number_in(it.content) == number for it in platform.asked))
        left = next(it.at for it in platform.asked if tallies.number_in(it.content) == number)
        self._stage.drop_bulletins()
        return round(left - began, 3)

    def steady(self) -> Mapping[str, Spread]:
        """One decision after the other, by turns to each group of a platform without limits, and nothing fails."""
        for platform in self._platforms.values():
            platform.fault_share = 0.0
        free = [post for post in self._stage.posts if post.kind in FREE]
        posts = [post for post in free if post.kind == PAGE or post.address or not self._rooms.posts]
        waiting = self._stage.hits([posts[n % len(posts)] for n in range(self._plan.n_steady)], _now())
        pause = Event()
        for hit_id in waiting:
            self._stage.confirm(hit_id, _now())
            pause.wait(self._plan.steady_every_s)
        return self._tally(waiting).read

    def _tally(self, waiting: Sequence[uuid.UUID]) -> Tally:
        """What came of these hits, once all of it is over and read."""
        self._wait(lambda: self._n_open(waiting) == 0)
        Event().wait(READ_S)
        on_pages = {(group_id, PAGE): dict(reader.seen) for group_id, reader in self._readers.items()}
        seen = on_pages | self._rooms.seen()
        with self._stage.database.read() as session:
            return tallies.of_hits(session, waiting, self._platforms, seen)

    def _n_open(self, waiting: Sequence[uuid.UUID]) -> int:
        with self._stage.database.read() as session:
            return tallies.n_open(session, waiting)

    def _wait(self, condition: Callable[[], bool]) -> None:
        _wait(condition, self._plan.limit_s, self._commands)


def _wait(condition: Callable[[], bool], limit_s: float, commands: Commands) -> None:
    deadline, pause = time.monotonic() + limit_s, Event()
    while not condition():
        if time.monotonic() > deadline:
            raise BenchFailed(f"not over within {limit_s:.0f} s; patrol said last:\n{commands.last_words()}")
        pause.wait(LOOK_S)


def _now() -> datetime:
    return datetime.now(UTC)
