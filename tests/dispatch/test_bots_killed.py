"""A process that hears a bot is killed again and again while members answer: no answer is lost, none counts twice."""

import multiprocessing
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import func, select

from patrol.chats.table import Chats
from patrol.dispatch.bots import Bots
from patrol.dispatch.drafts import ChatDraft, MemberDraft
from patrol.dispatch.sender import Sender
from patrol.store.blobs import Blobs
from patrol.store.engine import Database, open_database
from patrol.store.tables import GroupReply
from tests.chats.fakes.telegram import TOKEN, TelegramFake
from tests.dispatch.conftest import run
from tests.dispatch.scene import Scene, scene_in
from tests.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.kill]

N_ANSWERS, N_KILLS = 60, 8
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload([__name__])


def clock() -> datetime:
    return datetime.now(UTC)


def hear(url: str, pictures: Path) -> None:
    """Hear until killed; always the same owner, so that nobody has to wait for a lease to end."""
    bots = Bots(open_database(url), Blobs(pictures), Chats(lambda _name: TOKEN, clock), clock, "sender-a")
    while True:
        bots.run_once()
        Event().wait(1)


@pytest.fixture
def server() -> Iterator[TelegramFake]:
    with TelegramFake.running() as server:
        yield server


@pytest.fixture
def told(any_database: Database, blobs: Blobs, server: TelegramFake) -> Scene:
    scene = scene_in(any_database, blobs, clock())
    gus = MemberDraft("Gus", identities={"telegram": server.id_of("gus")})
    scene.group("gate", ChatDraft("telegram", server.address, "t"), members=(gus,))
    scene.confirmed_hit()
    run(Sender(any_database, blobs, Chats(lambda _name: TOKEN, clock), clock))
    return scene


def n_kept(scene: Scene) -> int:
    with scene.database.read() as session:
        return session.scalar(select(func.count()).select_from(GroupReply)) or 0


def start(scene: Scene) -> ForkServerProcess:
    url = scene.database.engine.url.render_as_string(hide_password=False)
    process = context.Process(target=hear, args=(url, scene.blobs.folder))
    process.start()
    return process


def test_no_answer_is_lost_and_none_counts_twice(told: Scene, server: TelegramFake) -> None:
    chance = random.Random(7)
    for _kill in range(N_KILLS):
        process, before = start(told), n_kept(told)
        for _answer in range(N_ANSWERS // N_KILLS):
            server.press("gus", "Seen")
        eventually(lambda before=before: n_kept(told) > before, within_s=30)  # type: ignore[misc]
        Event().wait(chance.uniform(0, 0.05))  # anywhere between two answers, or behind the last
        process.kill()
        process.join()
    process = start(told)
    expected = N_ANSWERS // N_KILLS * N_KILLS
    eventually(lambda: n_kept(told) == expected, within_s=30)
    eventually(lambda: not server.updates)
    process.kill()
    process.join()
    assert n_kept(told) == expected
