"""Running cases over HTTP: shown at the hit, closed with an outcome, kept quiet; by those who may."""

from typing import Any

import pytest
from sqlalchemy import select

from patrol.store import alarms
from patrol.store.tables import Alarm, GroupChat, GroupReply, Hit
from tests.web.house import HALL, House

CLOSE = {"outcome": "handed_over", "note": "to the police at gate 5"}


def case(house: House) -> tuple[Hit, dict[str, Any]]:
    """A confirmed hit that a group of the mall was told of, and its case."""
    house.group()
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.send()
    return hit, house.client("rita").get(f"/api/v1/hits/{hit.id}").json()["episode"]


def test_a_hit_shows_its_case_with_running_clocks(house: House) -> None:
    hit, episode = case(house)
    assert (episode["number"], episode["updates"], episode["outcome"]) == (1, 0, None)
    shown = house.client("vic").get(f"/api/v1/hits/{hit.id}").json()
    assert shown["is_of_episode"]
    assert [(clock["kind"], clock["group"]["name"]) for clock in shown["clocks"]] == [
        ("seen", "Mall-Guards"),
        ("on_my_way", "Mall-Guards"),
        ("outcome", "Mall-Guards"),
    ]
    assert {clock["stopped_at"] for clock in shown["clocks"]} == {None}


def test_a_waiting_hit_shows_the_case_it_would_update(house: House) -> None:
    _hit, episode = case(house)
    waiting = house.hit()
    shown = house.client("rita").get(f"/api/v1/hits/{waiting.id}").json()
    assert (shown["episode"]["id"], shown["is_of_episode"]) == (episode["id"], False)
    house.say("rita", waiting, "confirmed")
    shown = house.client("rita").get(f"/api/v1/hits/{waiting.id}").json()
    assert (shown["is_of_episode"], shown["update_number"], shown["episode"]["updates"]) == (True, 1, 1)


def test_what_ran_out_stands_at_the_hit_step_by_step(house: House) -> None:
    hit, _episode = case(house)
    house.clock.forward(seconds=61)
    house.send()
    shown = house.client("rita").get(f"/api/v1/hits/{hit.id}").json()
    assert [(step["kind"], step["why"], step["from_group"]["id"]) for step in shown["steps"]] == [
        ("rang_duty", "seen_ran_out", "mall-guards")
    ]
    assert "nobody_answers" in {row["code"] for row in house.client("rita").get("/api/v1/system").json()["alarms"]}


def test_closing_a_case_tells_everybody_to_stand_down(house: House) -> None:
    hit, episode = case(house)
    answer = house.client("rita").post(f"/api/v1/episodes/{episode['id']}/close", json=CLOSE)
    assert (answer.status_code, answer.json()["closed_by"], answer.json()["note"]) == (200, "rita", CLOSE["note"])
    house.send()
    shown = house.client("vic").get(f"/api/v1/hits/{hit.id}").json()
    assert ("status", "sent") in {(row["kind"], row["state"]) for row in shown["deliveries"]}
    again = house.client("rita").post(f"/api/v1/episodes/{episode['id']}/close", json=CLOSE)
    assert (again.status_code, again.json()["code"]) == (409, "episode_closed")


def test_closing_as_not_him_withdraws_the_hit(house: House) -> None:
    hit, episode = case(house)
    house.client("rita").post(f"/api/v1/episodes/{episode['id']}/close", json={"outcome": "not_him"})
    assert house.client("vic").get(f"/api/v1/hits/{hit.id}").json()["verdict"] == "rejected"


@pytest.mark.parametrize("path", ["close", "handled"])
def test_only_reviewers_of_the_site_close_or_quieten_a_case(house: House, path: str) -> None:
    _hit, episode = case(house)
    address = f"/api/v1/episodes/{episode['id']}/{path}"
    said = CLOSE if path == "close" else {"minutes": 15}
    assert house.client("vic").post(address, json=said).status_code == 403
    assert house.client("max").post(address, json=said).status_code == 404
    assert house.stranger().post(address, json=said).status_code == 401
    assert house.client("rita").post(address, json=said).status_code == 200


def test_other_sites_cases_do_not_exist_for_max(house: House) -> None:
    _hit, episode = case(house)
    max = house.client("max")
    assert max.get("/api/v1/episodes").json() == []
    assert max.get(f"/api/v1/episodes/{episode['id']}").status_code == 404
    assert [row["id"] for row in house.client("vic").get("/api/v1/episodes").json()] == [episode["id"]]


def test_a_case_of_two_sites_is_shown_at_both_and_taken_back_by_neither_alone(house: House) -> None:
    _hit, episode = case(house)
    house.say("rita", house.hit(HALL), "confirmed")
    max, address = house.client("max"), f"/api/v1/episodes/{episode['id']}"
    assert [row["id"] for row in max.get("/api/v1/episodes").json()] == [episode["id"]]
    refused = max.post(f"{address}/close", json={"outcome": "not_him"})
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_your_sites")
    assert [row["id"] for row in house.client("vic").get("/api/v1/episodes").json()] == [episode["id"]]


def test_cases_are_listed_by_state(house: House) -> None:
    _hit, episode = case(house)
    rita = house.client("rita")
    rita.post(f"/api/v1/episodes/{episode['id']}/close", json=CLOSE)
    counts = {
        state: len(rita.get("/api/v1/episodes", params={"state": state}).json())
        for state in ("open", "closed", "all")
    }
    assert counts == {"open": 0, "closed": 1, "all": 1}


def test_while_it_is_handled_new_hits_are_quiet_and_nobody_is_told(house: House) -> None:
    _hit, episode = case(house)
    rita = house.client("rita")
    handled = rita.post(f"/api/v1/episodes/{episode['id']}/handled", json={}).json()
    assert (handled["handled_by"], handled["handled_until"]) == ("rita", "2026-03-02T01:45:01Z")
    quiet = house.hit()
    house.say("rita", quiet, "confirmed")
    house.send()
    shown = rita.get(f"/api/v1/hits/{quiet.id}").json()
    assert (shown["is_quiet"], shown["deliveries"]) == (True, [])
    assert rita.post(f"/api/v1/episodes/{episode['id']}/handled", json={"minutes": 241}).status_code == 422


def test_a_call_for_help_stays_until_somebody_says_that_help_has_come(house: House) -> None:
    hit, _episode = case(house)
    with house.database.write() as session:
        alarms.sound(session, "need_help", f"hit:{hit.id}", house.clock(), number=1, site_id="mall", group_id="g")
    assert house.client("max").post(f"/api/v1/hits/{hit.id}/helped").status_code == 404
    assert house.client("rita").post(f"/api/v1/hits/{hit.id}/helped").status_code == 204
    with house.database.read() as session:
        assert all(row.cleared_at for row in session.scalars(select(Alarm).where(Alarm.code == "need_help")))


def test_what_a_guard_sent_is_shown_to_the_sites_readers_only(house: House) -> None:
    hit, _episode = case(house)
    key = house.blobs.put("reply", b"\xff\xd8 photo", house.clock())
    with house.database.write() as session:
        chat = session.scalars(select(GroupChat)).first()
        assert chat is not None
        said = GroupReply(hit_id=hit.id, group_id=chat.group_id, chat_id=chat.id, event_ref="$e", kind="sighted")
        said.said_at = said.received_at = house.clock()
        said.media = [{"kind": "photo", "key": key, "content_type": "image/jpeg"}]
        said.place = {"building": "south", "floor": "1F"}
        session.add(said)
    vic = house.client("vic")
    [reply] = vic.get(f"/api/v1/hits/{hit.id}").json()["replies"]
    assert (reply["place"], reply["is_late"], reply["is_on_roster"]) == ("south 1F", False, False)
    address = reply["media"][0]["address"]
    answer = vic.get(address)
    assert (answer.content, answer.headers["content-type"]) == (b"\xff\xd8 photo", "image/jpeg")
    assert house.client("max").get(address).status_code == 404
    assert house.stranger().get(address).status_code == 401
    assert vic.get(address.replace("/0", "/1")).json()["code"] == "picture_gone"


def test_a_case_that_moves_to_another_site_is_that_sites(house: House) -> None:
    _hit, episode = case(house)
    elsewhere = house.hit(HALL)
    house.say("rita", elsewhere, "confirmed")
    assert [row["id"] for row in house.client("max").get("/api/v1/episodes").json()] == [episode["id"]]
