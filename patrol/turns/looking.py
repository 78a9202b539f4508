"""The looking thread of a worker: decodes what each stream's attention asks for, and looks at it, in batches.

One thread for all streams of the process: whoever is due and has had least of its share comes first. Nothing waits in
a queue: what a stream has to show is decoded when its turn has come, and is then the newest there is.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event, Lock

import structlog

from patrol.faces.track import Tracker
from patrol.streams.attention import Attention, Interest, Sight
from patrol.turns.asking import Asking
from patrol.turns.shares import charge, forget_idleness, in_turn
from patrol.values import Face, Stream
from patrol.worker import Parts, Tally, close, retire, take_in

BATCH = 4  # streams in one batch: the networks gain little by more on a processor, and the last one waits for all
IDLE_S = 0.03  # packets come every 0.04 s
NOBODY_S = 0.25  # no camera gives pictures: five hundred that are silent cost 5 % of a core with the other
RETIRE_S = 0.5  # how often tracks are ended that no frame ends

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Watched:
    """One stream, as the looking thread knows it."""

    stream: Stream
    attention: Attention
    tally: Tally
    tracker: Tracker = field(init=False)
    asking: Asking = field(default_factory=Asking)
    spent_s: float = 0.0

    def __post_init__(self) -> None:
        self.tracker = Tracker(self.stream.id)

    @property
    def is_key(self) -> bool:
        return self.stream.is_key


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    watched: Watched
    sights: Sequence[Sight]


class Looking:
    """Looks at every stream that is added, until it is taken out again.

    write: is told of a stream that has something to be written down. seconds: the clock that turns are charged by.
    alive: is called at every turn.
    """

    def __init__(
        self,
        parts: Callable[[], Parts],
        write: Callable[[Stream, Tally], None],
        seconds: Callable[[], float] = time.monotonic,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._parts, self._write, self._seconds, self._alive = parts, write, seconds, alive
        self._everybody: dict[str, Watched] = {}
        self._changing = Lock()  # a batch is not disturbed by who comes and goes
        self._entry = Lock()  # who changes something comes before the next batch
        self._retired_s = 0.0

    def add(self, watched: Watched) -> None:
        with self._entry, self._changing:
            self._everybody[watched.stream.id] = watched

    def remove(self, stream_ids: Iterable[str]) -> None:
        """Look no more; who was in view is judged by what was seen. Waits for the batch in progress."""
        with self._entry, self._changing:
            for watched in filter(None, [self._everybody.pop(id, None) for id in stream_ids]):
                close(watched.tracker, self._parts(), watched.tally)
                self._write(watched.stream, watched.tally)

    def run(self, stop: Event) -> None:
        """Look until `stop`. A fault of ours with one batch is logged, and no camera is left."""
        while not stop.is_set():
            self._alive()
            try:
                has_looked = self.turn()
            except Exception:
                log.exception("look failed")
                has_looked = False
            if not has_looked:
                stop.wait(self._idle_s())

    def _idle_s(self) -> float:
        is_live = any(watched.attention.is_live for watched in list(self._everybody.values()))
        return IDLE_S if is_live else NOBODY_S

    def turn(self) -> bool:
        """One batch; False where nothing was looked at."""
        with self._entry:
            self._changing.acquire()
        try:
            everybody = self._everybody.values()
            self._retire()
            due = [watched for watched in everybody if watched.attention.is_due()]
            forget_idleness(due, everybody)
            batch = [self._take(watched) for watched in in_turn(due)[:BATCH]]
            self._look(batch)
            return any(taken.sights for taken in batch)
        finally:
            self._changing.release()

    def _take(self, watched: Watched) -> _Taken:
        """Decode what is due of one stream."""
        began_s, parts, sights = self._seconds(), self._parts(), list[Sight]()
        is_wanted = parts.live is not None and parts.live.wants(watched.stream.id)
        try:
            sights = watched.attention.take(parts.clock(), is_wanted=is_wanted)
        except Exception:  # one stream's packets must not cost the others their turn
            log.exception("stream could not be decoded", stream=watched.stream.id)
        charge(watched, self._seconds() - began_s)
        return _Taken(watched, sights)

    def _look(self, batch: Sequence[_Taken]) -> None:
        """Search the frames of a batch, all with one call of each network, and follow who is in them."""
        began_s, finder = self._seconds(), self._parts().finder
        searched = [sight for taken in batch for sight in taken.sights if not sight.is_still and not sight.is_small]
        found = dict(zip(searched, finder.find([sight.frame for sight in searched]), strict=True)) if searched else {}
        for taken in batch:
            for sight in taken.sights:
                self._follow(taken.watched, sight, found.get(sight, ()))
        for taken in batch:
            charge(taken.watched, (self._seconds() - began_s) / len(batch))

    def _follow(self, watched: Watched, sight: Sight, faces: Sequence[Face]) -> None:
        parts, tally = self._parts(), watched.tally
        self._show(watched, sight, faces)
        if sight.is_small:
            self._glance(watched, sight)
            return
        take_in(sight.frame, faces, watched.stream, watched.tracker, parts, tally)
        interest, _ = self._interest(watched, sight)
        watched.attention.tell(interest, sight)
        if tally.is_waiting:
            self._write(watched.stream, tally)

    def _glance(self, watched: Watched, sight: Sight) -> None:
        """Ask a frame of the sub-stream whether somebody is there, masks aside. A self-test comes in as somebody."""
        regions, wh = watched.tally.standing.regions, sight.frame.picture.resolution_wh
        boxes = () if sight.is_still else tuple(self._parts().finder.glance(sight.frame))
        interest, is_visited = self._interest(watched, sight)
        has_face = is_visited or any(not regions.hides(box, wh) for box in boxes)
        watched.attention.spotted(sight, interest, has_face=has_face)

    def _interest(self, watched: Watched, sight: Sight) -> tuple[Interest, bool]:
        """What those who are followed ask for; and whether a self-test is on its way, who asks for every frame."""
        followed, wh = watched.tracker.followed(), sight.frame.picture.resolution_wh
        interest = watched.asking.interest(followed, watched.tally.grades.get, wh)
        is_visited = self._step_visit(watched.tally)
        return (replace(interest, more=True, near=True) if is_visited else interest), is_visited

    def _show(self, watched: Watched, sight: Sight, faces: Sequence[Face]) -> None:
        """Let whoever watches the stream see the frame; a face under a mask gets no box."""
        live, stream_id = self._parts().live, watched.stream.id
        if live is not None and live.wants(stream_id):
            shown, _ = watched.tally.standing.regions.sort(faces, sight.frame.picture.resolution_wh)
            live.note(stream_id, sight.frame, shown)

    def _step_visit(self, tally: Tally) -> bool:
        """Let a self-test go on, between two looks at the camera; whether one is on its way."""
        if tally.visit is not None and not tally.visit():
            tally.visit = None
        return tally.visit is not None

    def _retire(self) -> None:
        """End the tracks of who has left, of streams that show nothing new."""
        if self._seconds() - self._retired_s < RETIRE_S:
            return
        self._retired_s = self._seconds()
        parts = self._parts()
        for watched in self._everybody.values():
            retire(watched.tracker, parts, watched.tally)
            if watched.tally.is_waiting:
                self._write(watched.stream, watched.tally)
