"""Phones in the API: who has been reached, a code for one, the end of one; each admin for their own sites."""

import uuid

import pytest

from patrol.store.tables import Member
from tests.web.house import HALL, PUBLIC_URL, House


def phone_id(house: House, member_id: uuid.UUID) -> uuid.UUID:
    with house.database.read() as session:
        return session.get_one(Member, member_id).phones[-1].id


def test_a_group_says_whose_phones_have_reached_us(house: House) -> None:
    house.group()
    rita = house.client("rita")
    assert rita.get("/api/v1/groups/mall-guards/phones").json() == {
        "n_reached": 0,
        "n_members": 0,
        "is_inside_only": False,
        "members": [],
    }
    gus, cleo = house.member("Gus"), house.member("Cleo", "captain")
    house.stranger().get(f"/g/{house.phone(gus)}/list")
    listed = rita.get("/api/v1/groups/mall-guards/phones").json()
    assert (listed["n_reached"], listed["n_members"]) == (1, 2)
    assert [(one["name"], one["has_reached_us"], len(one["phones"])) for one in listed["members"]] == [
        ("Cleo", False, 0),
        ("Gus", True, 1),
    ]
    (phone,) = listed["members"][1]["phones"]
    assert (phone["label"], phone["last_seen_at"]) == ("iPhone", house.clock().isoformat().replace("+00:00", "Z"))
    assert listed["members"][0]["member_id"] == str(cleo)


def test_all_groups_say_it_at_once_to_who_sees_their_site(house: House) -> None:
    house.group()
    house.group("hall-guards", HALL)
    house.group("empty")
    house.stranger().get(f"/g/{house.phone(house.member('Gus'))}/list")
    house.member("Olga", group_id="hall-guards")
    both = [
        {"group_id": "hall-guards", "n_reached": 0, "n_members": 1},
        {"group_id": "mall-guards", "n_reached": 1, "n_members": 1},
    ]
    assert house.client("rita").get("/api/v1/phones").json() == both
    assert house.client("max").get("/api/v1/phones").json() == both[:1]


def test_an_admin_makes_a_code_that_binds(house: House) -> None:
    house.group()
    gus = house.member("Gus")
    made = house.client("ada").post("/api/v1/groups/mall-guards/phones", json={"member_id": str(gus)})
    assert made.status_code == 201
    assert house.stranger().post(made.json()["url"].removeprefix(PUBLIC_URL)).status_code == 201
    (invited,) = house.events("phone.invited")
    assert (invited.actor, invited.site_id) == ("user:ada", "mall")


def test_an_admin_ends_one_phone(house: House) -> None:
    house.group()
    gus, rob = house.member("Gus"), house.member("Rob")
    lost, kept = house.phone(gus), house.phone(rob)
    ada = house.client("ada")
    assert ada.delete(f"/api/v1/phones/{phone_id(house, gus)}").status_code == 204
    assert ada.delete(f"/api/v1/phones/{phone_id(house, gus)}").status_code == 204
    assert [house.stranger().get(f"/g/{token}").status_code for token in (lost, kept)] == [410, 200]
    (revoked,) = house.events("phone.revoked")
    assert revoked.actor == "user:ada"


@pytest.mark.parametrize("name", ["rita", "vic"])
def test_who_is_no_admin_binds_and_ends_nothing(house: House, name: str) -> None:
    house.group()
    gus = house.member("Gus")
    token, client = house.phone(gus), house.client(name)
    body = {"member_id": str(gus)}
    assert client.post("/api/v1/groups/mall-guards/phones", json=body).status_code == 403
    assert client.delete(f"/api/v1/phones/{phone_id(house, gus)}").status_code == 403
    assert house.stranger().get(f"/g/{token}").status_code == 200


def test_max_sees_nothing_of_another_sites_phones(house: House) -> None:
    house.group()
    house.member("Gus")
    assert house.client("max").get("/api/v1/groups/mall-guards/phones").status_code == 404
    assert house.stranger().get("/api/v1/groups/mall-guards/phones").status_code == 401


def test_what_is_not_there_is_not_found(house: House) -> None:
    house.group()
    house.group("spare")
    gus, ada = house.member("Gus"), house.client("ada")
    assert ada.get("/api/v1/groups/nobody/phones").status_code == 404
    assert ada.post("/api/v1/groups/spare/phones", json={"member_id": str(gus)}).status_code == 404
    assert ada.post("/api/v1/groups/mall-guards/phones", json={"member_id": str(uuid.uuid4())}).status_code == 404
    assert ada.post("/api/v1/groups/mall-guards/phones", json={"member_id": "Gus"}).status_code == 422
    assert ada.delete(f"/api/v1/phones/{uuid.uuid4()}").status_code == 404
