"""The same house on PostgreSQL, which is stricter than SQLite: one story through every room."""

import json
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from tests.postgres import Cluster
from tests.waiting import eventually
from tests.watchlist.drawn import Oval, jpeg_of
from tests.web.house import House, make_house
from tests.web.serving import Listener, served
from tests.web.test_page import messages, reply
from tests.web.test_watchlists import LIST, PERSON, photos

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    with cluster.migrated() as fresh:
        yield fresh


@pytest.fixture
def house(database: Database, blobs: Blobs, now: datetime) -> Iterator[House]:
    made = make_house(database, blobs, now)
    yield made
    made.close()


def test_from_a_log_in_to_a_guards_answer(house: House) -> None:
    rita, guard, token = house.client("rita"), house.stranger(), house.group()
    hit = house.hit()
    assert rita.get("/api/v1/hits").json()["waiting"] == 1
    house.say("rita", hit, "confirmed")
    house.send()
    (message,) = messages(guard, token)
    assert reply(guard, token, message["delivery_id"], "not_him") == 201
    shown = rita.get(f"/api/v1/hits/{hit.id}").json()
    assert (shown["alarm"], shown["round"], len(shown["replies"]), len(shown["deliveries"])) == ("not_him", 2, 1, 1)
    assert [entry["kind"] for entry in rita.get(f"/api/v1/hits/{hit.id}/history").json()][-1] == "hit.reopened"


def test_an_entry_is_kept_changed_and_removed(house: House) -> None:
    ada = house.client("ada")
    watchlist = ada.post("/api/v1/watchlists", json=LIST).json()["id"]
    answer = ada.post(f"/api/v1/watchlists/{watchlist}/people", data=PERSON, files=photos(jpeg_of(Oval(3))))
    assert answer.status_code == 201, answer.text
    person = answer.json()["person"]["id"]
    assert ada.patch(f"/api/v1/people/{person}", json={"note": "蓝色外套"}).status_code == 200
    assert ada.delete(f"/api/v1/people/{person}").status_code == 204
    assert ada.get("/api/v1/system").json()["gallery"]["n_people"] == 1  # Wanda


def test_text_that_postgresql_refuses_never_reaches_it(house: House) -> None:
    ada = house.client("ada")
    for body in ({"name": "a\x00b"}, {"name": "\ud800"}):
        new = {"password": "a long enough one", "role": "viewer", **body}
        headers = {"Content-Type": "application/json"}
        assert ada.post("/api/v1/users", content=json.dumps(new), headers=headers).status_code == 422
    for path in ("/api/v1/hits?site_id=%00", "/api/v1/hits?before=99999999999", "/api/v1/groups/%00"):
        assert ada.get(path).status_code in (404, 422), path
    assert house.stranger().get("/g/%00").status_code == 404


def test_the_live_feed_hears_what_happens(house: House) -> None:
    with served(house.app) as server, httpx.Client(base_url=server.url, timeout=10) as browser:
        rita = house.client("rita")
        browser.headers["Cookie"] = f"patrol_session={rita.cookies['patrol_session']}"
        listener = Listener(browser, "/api/v1/events")
        assert listener.status == 200
        hit = house.hit()
        eventually(lambda: "hit.recorded" in listener.kinds())
        assert any(str(hit.id) in said.data for said in listener.said)
        listener.close()
