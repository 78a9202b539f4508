"""Promise 3: a confirmed hit is never lost; a message is doubled only where the platform has no key, and says so.

The sender and the web are killed with SIGKILL at random moments, while hits are confirmed over HTTP and a thousand
messages leave for servers on loopback.
"""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess

import httpx
import pytest
from sqlalchemy import func, select

from patrol.demo.processes import free_port
from patrol.dispatch import drawing, wording
from patrol.dispatch.drafts import ChatDraft
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Decision, Delivery, Hit, Person, Routing, Watchlist
from tests.accounts.people import PASSWORD, add_user
from tests.chats.servers import HttpFake, running
from tests.dispatch import killed
from tests.dispatch.scene import OTHER_SIDE_OF_TOWN, Scene, scene_in
from tests.waiting import eventually

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600)]

N_WEBHOOKS, N_HITS_THERE = 18, 25
N_ROBOTS, N_HITS_HERE = 6, 6  # a robot takes text and picture apart, and 18 messages a minute
N_DELIVERIES = N_HITS_THERE * 2 * N_WEBHOOKS + N_HITS_HERE * 3 * N_ROBOTS  # a page each, too
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
    """The groups of a mall have a webhook each, those of a station a robot each; no clock runs for them."""
    scene = scene_in(any_database, blobs, datetime.now(UTC))
    with scene.database.write() as session:
        watchlist = session.get_one(Watchlist, scene.watchlist_id)
        watchlist.tell_at_once, watchlist.levels = N_WEBHOOKS, ["residents"]
        add_user(session, "rosa", "reviewer", scene.now)
    for n in range(N_WEBHOOKS):
        scene.group(f"hook-{n}", ChatDraft("webhook", f"{webhook.url}/{n}", "h"), level="residents")
    for n in range(N_ROBOTS):
        chat = ChatDraft("wecom_robot", f"{robot.url}/{n}", f"w{n}")
        scene.group(f"robot-{n}", chat, level="residents", site_id="station", position=OTHER_SIDE_OF_TOWN)
    return scene


class Killer(threading.Thread):
    """Ends a process at random moments and starts it anew, so many times; leaves the last one running."""

    def __init__(self, start: Callable[[], ForkServerProcess], n_kills: int, longest_s: float, seed: int) -> None:
        super().__init__(daemon=True)
        self._start, self._n_kills, self._longest_s = start, n_kills, longest_s
        self._moments = random.Random(seed)
        self.process = start()

    def run(self) -> None:
        for _kill in range(self._n_kills):
            threading.Event().wait(self._moments.uniform(0.05, self._longest_s))
            self.end()
            self.process = self._start()

    def end(self) -> None:
        self.process.kill()
        self.process.join()


class Rosa:
    """Reviews over HTTP, and says everything again that got no answer."""

    def __init__(self, port: int) -> None:
        self._browser = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)
        eventually(self._log_in, within_s=60)

    def confirm(self, hit_id: uuid.UUID) -> None:
        eventually(lambda: self._say_yes(hit_id), within_s=60)

    def _log_in(self) -> bool:
        try:
            answer = self._browser.post("/api/v1/login", json={"name": "rosa", "password": PASSWORD})
        except httpx.TransportError:
            return False
        self._browser.headers["X-CSRF-Token"] = answer.json()["csrf"]
        return True

    def _say_yes(self, hit_id: uuid.UUID) -> bool:
        try:
            said = {"round": 1, "verdict": "confirmed"}
            answer = self._browser.post(f"/api/v1/hits/{hit_id}/decisions", json=said)
        except httpx.TransportError:
            return False
        assert answer.status_code in (201, 409), answer.text  # 409: the yes before the kill counts
        return True


def test_kills_lose_nothing_and_double_nothing_unmarked(scene: Scene, webhook: HttpFake, robot: HttpFake) -> None:
    url, port = scene.database.engine.url.render_as_string(hide_password=False), free_port()
    hits = [scene.hit() for _hit in range(N_HITS_THERE)]
    other = somebody_else(scene)  # the groups at the mall hold the case of the first, wherever he is seen next
    hits += [other.hit(site_id="station", position=OTHER_SIDE_OF_TOWN) for _hit in range(N_HITS_HERE)]
    web = Killer(lambda: killed.start_web(url, scene.blobs.folder, port), N_KILLS // 2, 4.0, seed=1)
    sender = Killer(lambda: killed.start(url, scene.blobs.folder), N_KILLS, 2.5, seed=2)
    try:
        rosa = Rosa(port)
        web.start()
        sender.start()
        for hit_id in random.Random(3).sample(hits, len(hits)):
            rosa.confirm(hit_id)
        web.join()
        sender.join()
        eventually(lambda: is_all_over(scene), within_s=300)
    finally:
        web.end()
        sender.end()
    rows = scene.deliveries()
    assert len(rows) == N_DELIVERIES
    assert Counter(row.state for row in rows) == {"sent": len(rows)}
    check_webhooks(rows, webhook)
    check_robots(scene, rows, robot)


def somebody_else(scene: Scene) -> Scene:
    """The same scene with another person of its list before the cameras."""
    with scene.database.write() as session:
        first = session.get_one(Person, scene.person_id)
        person = Person(watchlist_id=first.watchlist_id, name="Otto Other", reason="case 13", source="station camera")
        person.created_at, person.created_by, person.ends_at = first.created_at, first.created_by, first.ends_at
        session.add(person)
        session.flush()
        return replace(scene, person_id=person.id)


def is_all_over(scene: Scene) -> bool:
    """Every hit was confirmed once, every yes was routed, and nothing is on its way."""
    with scene.database.read() as session:
        n_yes = session.scalar(select(func.count()).select_from(Decision))
        n_routed = session.scalar(select(func.count()).select_from(Routing))
        n_hits = session.scalar(select(func.count()).select_from(Hit))
        n_open = session.scalar(select(func.count()).where(Delivery.ended_at.is_(None)))
    return n_yes == n_routed == n_hits and n_open == 0


def check_webhooks(rows: list[Delivery], webhook: HttpFake) -> None:
    """A platform with a key shows each message once, however often it was posted, and never calls one a repeat."""
    by_hook = [row for row in rows if row.chat.kind == "webhook"]
    assert len(webhook.said) == len(by_hook)
    assert not [said.text for said in webhook.said if "REPEAT" in said.text]
    assert {row.message_ref for row in by_hook} == {f"m-{row.id}" for row in by_hook}


def check_robots(scene: Scene, rows: list[Delivery], robot: HttpFake) -> None:
    """A platform without one shows each at least once, and at most once without the mark of a repeat."""
    said = Counter((said.path.split("/")[1], said.text or said.picture) for said in robot.said)
    for row in rows:
        if row.chat.kind == "wecom_robot":
            group = row.group_id.removeprefix("robot-")
            plain, marked = (said[group, content] for content in contents(scene, row))
            assert plain <= 1, row.text
            assert plain + marked >= 1, row.text


def contents(scene: Scene, row: Delivery) -> tuple[str | bytes, str | bytes]:
    """What a robot says for a delivery, the first time and as a repeat."""
    if row.part == "text":
        return row.text, wording.repeated(row.text, "en")
    return picture_of(scene, row, is_repeat=False), picture_of(scene, row, is_repeat=True)


def picture_of(scene: Scene, row: Delivery, *, is_repeat: bool) -> bytes:
    row.is_repeat = is_repeat
    with scene.database.read() as session:
        jpeg = drawing.draw(session, scene.blobs, row)
    assert jpeg is not None
    return jpeg
