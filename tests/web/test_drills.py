"""A drill over HTTP: sent to a group, answered on its page, timed; and only to groups of one's own sites."""

from tests.web.house import HALL, House
from tests.web.test_page import reply


def drill(house: House, name: str = "rita", **said: object) -> dict[str, object]:
    answer = house.client(name).post("/api/v1/drills", json=said)
    assert answer.status_code == 201, answer.text
    house.send()
    body: dict[str, object] = answer.json()
    return body


def test_a_group_that_answers_on_its_page_is_timed(house: House) -> None:
    token = house.group()
    started = drill(house, group_ids=["mall-guards"], minutes=2)
    assert (started["n_groups"], started["n_seen"], started["is_over"]) == (1, 0, False)
    guard = house.stranger()
    (message,) = guard.get(f"/g/{token}/messages").json()["messages"]
    assert "EXERCISE" in message["text"]
    house.clock.forward(seconds=6)
    assert reply(guard, token, message["delivery_id"], "seen") == 201
    shown = house.client("rita").get(f"/api/v1/drills/{started['id']}").json()
    (group,) = shown["groups"]
    assert (group["state"], group["seen_after_s"], group["answer"]) == ("accepted", 6.0, "seen")
    assert shown["is_over"]
    assert [it["id"] for it in house.client("rita").get("/api/v1/drills").json()] == [started["id"]]


def test_a_drill_of_a_whole_site(house: House) -> None:
    house.group()
    house.group("hall-guards", HALL)
    started = drill(house, site_id="mall")
    assert [it["group_id"] for it in started["groups"]] == ["mall-guards"]  # type: ignore[attr-defined]


def test_max_neither_drills_nor_sees_another_sites_groups(house: House) -> None:
    house.group()
    started = drill(house, group_ids=["mall-guards"])
    max = house.client("max")
    assert max.get(f"/api/v1/drills/{started['id']}").status_code == 404
    assert max.get("/api/v1/drills").json() == []
    assert max.post("/api/v1/drills", json={"group_ids": ["mall-guards"]}).status_code == 404
    assert max.post("/api/v1/drills", json={"site_id": "mall"}).status_code == 404
    assert max.post("/api/v1/drills", json={}).status_code == 403


def test_a_viewer_drills_nobody(house: House) -> None:
    house.group()
    assert house.client("vic").post("/api/v1/drills", json={"site_id": "mall"}).status_code == 403


def test_a_drill_without_anybody_says_so(house: House) -> None:
    answer = house.client("ada").post("/api/v1/drills", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "drill_refused")
    house.group()
    both = house.client("ada").post("/api/v1/drills", json={"group_ids": ["mall-guards"], "site_id": "mall"})
    assert (both.status_code, both.json()["code"]) == (422, "drill_of_both")


def test_an_unknown_drill_is_not_found(house: House) -> None:
    assert house.client("ada").get("/api/v1/drills/00000000-0000-0000-0000-000000000000").status_code == 404
