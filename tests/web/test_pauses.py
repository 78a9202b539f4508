"""The stop button over HTTP: who may press it, who sees it, and that it stops."""

from datetime import timedelta
from typing import Any

import pytest

from tests.accounts.people import add_user
from tests.web.house import House


def asked(house: House, **more: Any) -> dict[str, Any]:
    ends_at = house.clock() + timedelta(minutes=30)
    return {"scope": "all", "ref": None, "reason": "fire drill", "ends_at": ends_at.isoformat(), **more}


def test_everybody_sees_who_paused_what_why_and_until_when(house: House) -> None:
    made = house.client("ada").post("/api/v1/pauses", json=asked(house))
    assert made.status_code == 201
    [seen] = house.client("vic").get("/api/v1/pauses").json()
    assert seen == made.json()
    assert (seen["scope"], seen["by"], seen["reason"]) == ("all", "ada", "fire drill")


def test_an_ended_pause_is_seen_no_more_and_ending_it_again_changes_nothing(house: House) -> None:
    ada = house.client("ada")
    pause_id = ada.post("/api/v1/pauses", json=asked(house)).json()["id"]
    ended = ada.post(f"/api/v1/pauses/{pause_id}/end").json()
    assert ended["ended_by"] == "ada"
    assert ada.get("/api/v1/pauses").json() == []
    house.clock.forward(seconds=5)
    assert ada.post(f"/api/v1/pauses/{pause_id}/end").json() == ended


def test_a_pause_that_has_run_out_is_seen_no_more(house: House) -> None:
    house.client("ada").post("/api/v1/pauses", json=asked(house))
    house.clock.forward(minutes=30)
    assert house.client("vic").get("/api/v1/pauses").json() == []


def test_while_paused_nothing_is_sent(house: House) -> None:
    house.group()
    ada = house.client("ada")
    pause_id = ada.post("/api/v1/pauses", json=asked(house)).json()["id"]
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.clock.forward(seconds=10)
    house.send()
    assert state_of(house, hit.id) == "queued"
    ada.post(f"/api/v1/pauses/{pause_id}/end")
    house.send()
    assert state_of(house, hit.id) == "sent"


def state_of(house: House, hit_id: object) -> str:
    [delivery] = house.client("rita").get(f"/api/v1/hits/{hit_id}").json()["deliveries"]
    return str(delivery["state"])


def test_what_is_paused_has_its_name(house: House) -> None:
    ada = house.client("ada")
    for scope, ref in (
        ("site", "mall"),
        ("watchlist", str(house.cast.watchlist.id)),
        ("person", str(house.cast.wanda.id)),
    ):
        assert ada.post("/api/v1/pauses", json=asked(house, scope=scope, ref=ref)).status_code == 201
    names = {row["scope"]: row["name"] for row in house.client("rita").get("/api/v1/pauses").json()}
    assert names == {"site": "East Mall", "watchlist": "Wanted", "person": "Wanda"}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"scope": "site", "ref": "nowhere"}, "unknown_ref"),
        ({"scope": "site"}, "names_nothing"),
        ({"ref": "mall"}, "names_nothing"),
        ({"scope": "person", "ref": "Wanda"}, "unknown_ref"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "bad_end"),
        ({"ends_at": "2030-01-01T00:00:00Z"}, "bad_end"),
    ],
)
def test_a_pause_that_cannot_be_is_refused_in_words(house: House, more: dict[str, Any], reason: str) -> None:
    answer = house.client("ada").post("/api/v1/pauses", json=asked(house, **more))
    assert (answer.status_code, answer.json()["code"]) == (422, "pause_refused")
    assert answer.json()["reason"] == reason
    assert len(answer.json()["detail"]) > 10


def test_only_an_admin_presses_it(house: House) -> None:
    assert house.client("rita").post("/api/v1/pauses", json=asked(house)).status_code == 403


def test_an_admin_of_one_site_pauses_that_site_only(house: House) -> None:
    with house.database.write() as session:
        add_user(session, "mia", "admin", house.clock(), ("mall",))
    mia, ada = house.client("mia"), house.client("ada")
    own = mia.post("/api/v1/pauses", json=asked(house, scope="site", ref="mall"))
    assert own.status_code == 201
    for scope, ref in (
        ("all", None),
        ("site", "hall"),
        ("watchlist", str(house.cast.watchlist.id)),
        ("person", str(house.cast.wanda.id)),
    ):
        assert mia.post("/api/v1/pauses", json=asked(house, scope=scope, ref=ref)).status_code == 403, scope
    everything = ada.post("/api/v1/pauses", json=asked(house)).json()["id"]
    halls = ada.post("/api/v1/pauses", json=asked(house, scope="site", ref="hall")).json()["id"]
    assert mia.post(f"/api/v1/pauses/{everything}/end").status_code == 403
    assert mia.post(f"/api/v1/pauses/{halls}/end").status_code == 404
    assert mia.post(f"/api/v1/pauses/{own.json()['id']}/end").status_code == 200


def test_another_sites_pause_is_not_seen(house: House) -> None:
    house.client("ada").post("/api/v1/pauses", json=asked(house, scope="site", ref="mall"))
    assert house.client("max").get("/api/v1/pauses").json() == []
    assert len(house.client("vic").get("/api/v1/pauses").json()) == 1
