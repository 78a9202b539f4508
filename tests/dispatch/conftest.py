"""The scene of tests/dispatch/scene.py, with a clock that tests move."""

from datetime import datetime, timedelta

import pytest

from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery
from tests.dispatch.cascade import Cascade
from tests.dispatch.scene import FakeChats, Scene, scene_in


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def run(sender: Sender) -> None:
    """Let a sender work until it has nothing to do."""
    while sender.run_once():
        pass


def taken_by(sender: Sender, kind: str) -> Delivery | None:
    """What a sender has claimed to send by one kind of chat, and not sent yet."""
    taken = sender.claim({kind: 1})
    return taken[0] if taken else None


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def scene(database: Database, blobs: Blobs, now: datetime) -> Scene:
    return scene_in(database, blobs, now)


@pytest.fixture
def chats(clock: Clock) -> FakeChats:
    return FakeChats(clock)


@pytest.fixture
def sender(scene: Scene, chats: FakeChats, clock: Clock) -> Sender:
    return Sender(scene.database, scene.blobs, chats, clock)  # type: ignore[arg-type]


@pytest.fixture
def cascade(any_database: Database, blobs: Blobs, chats: FakeChats, clock: Clock) -> Cascade:
    """The tree of tests/dispatch/cascade.py, on both databases."""
    scene = scene_in(any_database, blobs, clock())
    return Cascade(scene, Sender(any_database, blobs, chats, clock), chats, clock)  # type: ignore[arg-type]
