"""Whom a hit went to and why, over HTTP."""

from patrol.store.tables import Group
from tests.web.house import HALL, House


def test_before_a_yes_it_says_who_would_be_told(house: House) -> None:
    house.group()
    hit = house.hit()
    shown = house.client("vic").get(f"/api/v1/hits/{hit.id}/route").json()
    assert (shown["number"], shown["outcome"], shown["routed_at"], shown["is_default"]) == (1, None, None, False)
    [told] = shown["told"]
    assert (told["group_id"], told["why"]) == ("mall-guards", "covers_site")
    assert told["explanation"].startswith("covers this site")


def test_afterwards_it_says_who_was_told_and_who_was_not(house: House) -> None:
    house.group()
    house.group("shops", level="shopkeepers")
    house.group("hall-guards", HALL)
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.clock.forward(seconds=10)
    house.send()
    shown = house.client("rita").get(f"/api/v1/hits/{hit.id}/route").json()
    assert shown["outcome"] == "delivered"
    assert shown["routed_at"] is not None
    assert [it["group_id"] for it in shown["told"]] == ["mall-guards"]
    assert {it["group_id"]: it["why"] for it in shown["refused"]} == {
        "shops": "level_not_allowed",
        "hall-guards": "elsewhere",
    }


def test_a_hit_says_that_the_default_was_told_because_nobody_covers_the_place(house: House) -> None:
    house.group("desk", HALL, is_default=True)
    with house.database.write() as session:
        session.get_one(Group, "desk").site_id = None
    hit = house.hit()
    rita = house.client("rita")
    assert rita.get(f"/api/v1/hits/{hit.id}").json()["route_outcome"] is None
    house.say("rita", hit, "confirmed")
    house.clock.forward(seconds=10)
    house.send()
    assert rita.get(f"/api/v1/hits/{hit.id}").json()["route_outcome"] == "delivered_default"
    [said] = house.events("hit.told_others")
    assert said.body["reason"] == "delivered_default"
    assert said.seq in [event["seq"] for event in rita.get(f"/api/v1/hits/{hit.id}/history").json()]


def test_the_reasons_are_said_in_the_readers_language(house: House) -> None:
    house.group()
    hit = house.hit()
    rita = house.client("rita")
    rita.patch("/api/v1/me", json={"language": "zh"})
    shown = rita.get(f"/api/v1/hits/{hit.id}/route").json()
    assert shown["told"][0]["explanation"].startswith("负责整个场所")


def test_who_sees_one_site_is_not_told_who_covers_the_others(house: House) -> None:
    house.group()
    house.group("hall-guards", HALL)
    hit = house.hit()
    assert house.client("vic").get(f"/api/v1/hits/{hit.id}/route").json()["refused"] == []
    assert len(house.client("rita").get(f"/api/v1/hits/{hit.id}/route").json()["refused"]) == 1


def test_another_sites_hit_is_not_explained(house: House) -> None:
    hit = house.hit()
    assert house.client("max").get(f"/api/v1/hits/{hit.id}/route").status_code == 404


def test_a_group_that_was_made_just_now_is_in_the_next_answer(house: House) -> None:
    house.group()
    hit, rita = house.hit(), house.client("rita")
    assert len(rita.get(f"/api/v1/hits/{hit.id}/route").json()["told"]) == 1
    house.group("north")
    assert [it["group_id"] for it in rita.get(f"/api/v1/hits/{hit.id}/route").json()["told"]] == [
        "mall-guards",
        "north",
    ]
