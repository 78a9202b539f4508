"""Promise 3: a confirmed hit is never lost; a message is doubled only where the platform has no key, and says so.

Senders are killed with SIGKILL at random moments while a few hundred messages leave for servers on loopback.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from patrol.chats.table import LIMITS
from patrol.dispatch import pictures, wording
from patrol.dispatch.drafts import ChatDraft
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Delivery
from tests.chats.fakes.server import HttpFake
from tests.chats.servers import running
from tests.dispatch import killed
from tests.dispatch.scene import FACE, OTHER_FACE, Scene, frame_jpeg, scene_in
from tests.waiting import eventually

pytestmark = pytest.mark.kill

N_HITS, N_WEBHOOKS, N_ROBOTS = 6, 8, 5
N_DELIVERIES = N_HITS * (2 * N_WEBHOOKS + 3 * N_ROBOTS)  # a robot takes text and picture apart
N_KILLS = 12


@pytest.fixture
def webhook() -> Iterator[HttpFake]:
    with running("webhook") as server:
        yield server


@pytest.fixture
def robot() -> Iterator[HttpFake]:
    with running("wecom_robot") as server:
        yield server


@pytest.fixture
def scene(any_database: Database, blobs: Blobs, webhook: HttpFake, robot: HttpFake) -> Scene:
    """Every hit goes to every group: a page each, a webhook or a robot too."""
    scene = scene_in(any_database, blobs, datetime.now(UTC))
    for n in range(N_WEBHOOKS):
        scene.group(f"hook-{n}", ChatDraft("webhook", f"{webhook.url}/{n}", "h"))
    for n in range(N_ROBOTS):
        scene.group(f"robot-{n}", ChatDraft("wecom_robot", f"{robot.url}/{n}", f"w{n}"))
    return scene


def test_kills_lose_nothing_and_double_nothing_unmarked(scene: Scene, webhook: HttpFake, robot: HttpFake) -> None:
    url = scene.database.engine.url.render_as_string(hide_password=False)
    moments = random.Random(20260302)
    for kill in range(N_KILLS):
        if kill < N_HITS:
            scene.confirmed_hit()
        sender = killed.start(url, scene.blobs.folder)
        threading.Event().wait(moments.uniform(0.05, 0.9))
        sender.kill()
        sender.join()
    sender = killed.start(url, scene.blobs.folder)
    try:
        eventually(lambda: is_all_over(scene), within_s=150)
    finally:
        sender.kill()
        sender.join()
    rows = scene.deliveries()
    assert len(rows) == N_DELIVERIES
    assert Counter(row.state for row in rows) == {"sent": len(rows)}
    check_webhooks(rows, webhook)
    check_robots(rows, robot)


def is_all_over(scene: Scene) -> bool:
    n_ended = select(func.count()).select_from(Delivery).where(Delivery.ended_at.is_not(None))
    with scene.database.read() as session:
        return session.scalar(n_ended) == N_DELIVERIES


def check_webhooks(rows: list[Delivery], webhook: HttpFake) -> None:
    """A platform with a key shows each message once, however often it was posted, and never calls one a repeat."""
    by_hook = [row for row in rows if row.chat.kind == "webhook"]
    assert len(webhook.said) == len(by_hook)
    assert not [said.text for said in webhook.said if "REPEAT" in said.text]
    assert {row.message_ref for row in by_hook} == {f"m-{row.id}" for row in by_hook}


def check_robots(rows: list[Delivery], robot: HttpFake) -> None:
    """A platform without one shows each at least once, and at most once without the mark of a repeat."""
    said = Counter((said.path.split("/")[1], said.text or said.picture) for said in robot.said)
    for row in rows:
        if row.chat.kind == "wecom_robot":
            group = row.group_id.removeprefix("robot-")
            plain, marked = (said[group, content] for content in contents(row))
            assert plain <= 1, row.text
            assert plain + marked >= 1, row.text


def contents(row: Delivery) -> tuple[str | bytes, str | bytes]:
    """What a robot says for a delivery, the first time and as a repeat."""
    if row.part == "text":
        return row.text, wording.repeated(row.text, "en")
    return picture_of(row, is_repeat=False), picture_of(row, is_repeat=True)


def picture_of(row: Delivery, *, is_repeat: bool) -> bytes:
    assert row.hit is not None
    caption = wording.caption(row.hit, row.group, is_repeat=is_repeat)
    longest = LIMITS["wecom_robot"].picture_bytes
    return pictures.draw(frame_jpeg(), pictures.Subject(FACE, [OTHER_FACE]), caption, longest)
