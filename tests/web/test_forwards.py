"""Handing a message down the tree over HTTP, and the policies that do so by themselves."""

from datetime import timedelta

import pytest

from tests.web.house import House

POLICY = "/api/v1/groups/mall-lead/forward-policies"


@pytest.fixture
def told(house: House) -> str:
    """The id of a delivery to mall-lead, which has one group under it."""
    house.group("mall-lead")
    house.group("mall-1f", parent_id="mall-lead", covers=({"site": "mall", "building": "south"},))
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.send()
    [delivery] = house.client("rita").get(f"/api/v1/hits/{hit.id}").json()["deliveries"]
    return str(delivery["id"])


def test_a_reviewer_hands_a_message_down(house: House, told: str) -> None:
    rita, address = house.client("rita"), f"/api/v1/deliveries/{told}/forwards"
    assert rita.get(address).json() == [{"id": "mall-1f", "name": "Mall-1F"}]
    answer = rita.post(address, json={"group_ids": ["mall-1f"]})
    assert (answer.status_code, [group["id"] for group in answer.json()["told"]]) == (201, ["mall-1f"])
    house.send()
    hit = rita.get("/api/v1/hits", params={"state": "all"}).json()["items"][0]
    [made] = [row for row in hit["deliveries"] if row["group"]["id"] == "mall-1f"]
    assert (made["parent_id"], made["forwarded_by"], made["state"]) == (told, "user:rita", "sent")
    assert ("forwarded", "by_person") in {(step["kind"], step["why"]) for step in hit["steps"]}


def test_what_may_not_be_forwarded_says_why(house: House, told: str) -> None:
    answer = house.client("rita").post(f"/api/v1/deliveries/{told}/forwards", json={"group_ids": ["mall-lead"]})
    assert (answer.status_code, answer.json()["code"], answer.json()["why"]) == (409, "forward_refused", "no_child")


def test_only_reviewers_of_the_site_forward(house: House, told: str) -> None:
    address, said = f"/api/v1/deliveries/{told}/forwards", {"group_ids": ["mall-1f"]}
    statuses = [house.client(name).post(address, json=said).status_code for name in ("vic", "max")]
    assert (statuses, house.stranger().post(address, json=said).status_code) == ([403, 404], 401)


def test_an_admin_writes_and_revokes_a_policy(house: House, told: str) -> None:
    ada, ends_at = house.client("ada"), (house.clock() + timedelta(days=30)).isoformat()
    made = ada.post(POLICY, json={"text": "All to the floors, by order of Li", "ends_at": ends_at})
    assert (made.status_code, made.json()["written_by"], made.json()["is_in_force"]) == (201, "ada", True)
    assert ada.delete(f"{POLICY}/{made.json()['id']}").status_code == 204
    [shown] = house.client("vic").get(POLICY).json()
    assert not shown["is_in_force"]
    assert [event.kind for event in house.events("forward_policy.revoked")] == ["forward_policy.revoked"]


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_policy_needs_an_end_within_a_year(house: House, told: str, days: int) -> None:
    ends_at = (house.clock() + timedelta(days=days)).isoformat()
    answer = house.client("ada").post(POLICY, json={"text": "All", "ends_at": ends_at})
    assert (answer.status_code, answer.json()["code"]) == (422, "policy_refused")


def test_policies_are_for_admins_of_the_site(house: House, told: str) -> None:
    said = {"text": "All", "ends_at": (house.clock() + timedelta(days=1)).isoformat()}
    assert [house.client(name).post(POLICY, json=said).status_code for name in ("rita", "vic", "max")] == [403] * 3
    assert house.client("max").get(POLICY).status_code == 404
    assert house.client("ada").post(POLICY.replace("mall-lead", "nobody"), json=said).status_code == 404
