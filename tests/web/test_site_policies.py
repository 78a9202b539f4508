"""A site's leave to keep strangers' templates: written by its admin, with a reason and an end."""

from datetime import timedelta

import pytest

from tests.web.house import House

ADDRESS = "/api/v1/sites/mall/anchor-policies"


def ends_at(house: House, days: int = 30) -> str:
    return (house.clock() + timedelta(days=days)).isoformat()


def test_a_policy_is_written_listed_and_ended(house: House) -> None:
    ada = house.client("ada")
    assert ada.get(ADDRESS).json() == []
    made = ada.post(ADDRESS, json={"text": "a twin works here", "ends_at": ends_at(house)})
    assert made.status_code == 201, made.text
    assert (made.json()["written_by"], made.json()["is_in_force"]) == ("user:ada", True)
    assert ada.delete(f"{ADDRESS}/{made.json()['id']}").status_code == 204
    [ended] = house.client("rita").get(ADDRESS).json()
    assert not ended["is_in_force"]


@pytest.mark.parametrize(("text", "days", "code"), [(" ", 30, "invalid"), ("why", 400, "policy_bad_end")])
def test_without_a_reason_or_an_end_it_is_refused(house: House, text: str, days: int, code: str) -> None:
    answer = house.client("ada").post(ADDRESS, json={"text": text, "ends_at": ends_at(house, days)})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_only_the_sites_own_admin_writes(house: House) -> None:
    said = {"text": "why", "ends_at": ends_at(house)}
    assert house.client("rita").post(ADDRESS, json=said).status_code == 403
    assert house.client("max").get(ADDRESS).status_code in (403, 404)
    assert house.client("ada").post("/api/v1/sites/nowhere/anchor-policies", json=said).status_code == 404
