"""What the workers see now, asked of them over HTTP: no camera is opened for a live picture."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock

import httpx
import structlog
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from patrol.store.beats import ALIVE_FOR
from patrol.store.tables import StreamState, Worker
from patrol.values import Stream

POLL_S = 0.25  # between two questions to a worker while somebody waits: a picture is shown that much later
ANSWER_S = 2.0  # a worker on a busy machine answers within this
CONNECT_S = 0.3  # to a machine that is up, in one house: everybody's pictures wait for one that is not
SILENT_FOR = timedelta(
    seconds=5
)  # a worker that did not answer is left alone for so long: nobody's other pictures wait for it

log = structlog.get_logger()


class PictureView(BaseModel):
    """One live picture."""

    stream_id: str
    number: int  #: another one for every picture
    taken_at: datetime
    width: int
    height: int
    boxes: list[tuple[float, float, float, float]]  #: faces: x1, y1, x2, y2, parts of the picture, 0..1
    jpeg: str  #: base64


class _Answer(BaseModel):
    pictures: list[PictureView]


@dataclass(frozen=True, slots=True)
class Post:
    """Where a worker shows what it sees, and what it asks for first."""

    address: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seat:
    """One stream as somebody who looks at it finds it."""

    stream: Stream
    state: StreamState | None  #: None where no worker has ever taken it up
    is_watched: bool  #: a worker holds the camera's connection, or tries to
    post: Post | None  #: None where nobody shows it now

    @property
    def has_room(self) -> bool:
        """Whether a connection of one's own may be opened: nobody has one that shows, and the camera allows it."""
        return self.post is None and (not self.is_watched or self.stream.free_sessions > 0)

    @property
    def why_none(self) -> str | None:
        """Why no picture can come, a code of words/streams.json; None where one can."""
        if self.state is None or not self.is_watched:
            return "no_worker"
        if self.state.state == "down":
            return self.state.error or "failed"
        return None if self.post is not None else "not_shown"


def seats_of(session: Session, streams: Sequence[Stream], now: datetime) -> list[Seat]:
    """Who watches each stream just now."""
    alive_since = now - ALIVE_FOR
    workers = {row.id: row for row in session.scalars(select(Worker).where(Worker.beat_at > alive_since))}
    asked = StreamState.stream_id.in_([stream.id for stream in streams])
    states = {state.stream_id: state for state in session.scalars(select(StreamState).where(asked))}
    return [_seat(stream, states.get(stream.id), workers, alive_since) for stream in streams]


def _seat(stream: Stream, state: StreamState | None, workers: Mapping[str, Worker], alive_since: datetime) -> Seat:
    if state is None or state.state == "stopped" or state.updated_at <= alive_since or not stream.is_enabled:
        return Seat(stream, state, is_watched=False, post=None)
    worker = workers.get(state.worker_id)
    if worker is None or worker.live_address is None or worker.live_token is None:
        return Seat(stream, state, is_watched=True, post=None)
    return Seat(stream, state, is_watched=True, post=Post(worker.live_address, worker.live_token))


@dataclass(slots=True)
class Seen:
    """What one question brought: pictures, and the streams whose worker did not answer."""

    pictures: list[PictureView] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


class LivePictures:
    """Asks the workers; one for all who look."""

    def __init__(self) -> None:
        self._silent_until: dict[str, datetime] = {}
        self._opening = Lock()

    @cached_property
    def _client(self) -> httpx.Client:
        """Made when somebody looks for the first time. A proxy of the environment is none for our own workers."""
        return httpx.Client(timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S), trust_env=False)

    async def ask(self, seats: Sequence[Seat], known: Mapping[str, int], width: int, now: datetime) -> Seen:
        """What is newer than `known` says (numbers by stream), of all workers at the same time."""
        by_post: dict[Post, dict[str, int]] = {}
        for seat in seats:
            if seat.post is not None:
                by_post.setdefault(seat.post, {})[seat.stream.id] = known.get(seat.stream.id, 0)
        asking = [run_in_threadpool(self._ask, post, asked, width, now) for post, asked in by_post.items()]
        seen = Seen()
        for asked, pictures in zip(by_post.values(), await asyncio.gather(*asking), strict=True):
            if pictures is None:
                seen.lost |= asked.keys()
            else:
                seen.pictures += pictures
        return seen

    def _ask(self, post: Post, asked: Mapping[str, int], width: int, now: datetime) -> list[PictureView] | None:
        """One worker's newer pictures; None where it does not answer."""
        until = self._silent_until.get(post.address)
        if until is not None and now < until:
            return None
        shown = [("show", f"{stream_id}:{number}") for stream_id, number in asked.items()]
        headers = {"Authorization": f"Bearer {post.token}"}
        try:
            with self._opening:
                client = self._client
            answer = client.get(f"{post.address}/pictures", params=[*shown, ("width", str(width))], headers=headers)
            answer.raise_for_status()
            return _Answer.model_validate_json(answer.content).pictures
        except (httpx.HTTPError, ValueError) as error:
            log.warning("worker shows nothing", address=post.address, error=type(error).__name__)
            self._silent_until[post.address] = now + SILENT_FOR
            return None
