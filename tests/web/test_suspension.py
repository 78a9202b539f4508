"""Suspending an entry and resuming it: by who answers for its list, or an admin, with a reason."""

from tests.accounts.people import add_user
from tests.web.house import House

WHY = {"reason": "looked at the footage with the guard"}


def address(house: House, what: str) -> str:
    return f"/api/v1/people/{house.cast.wanda.id}/{what}"


def test_an_admin_suspends_and_resumes_with_a_reason(house: House) -> None:
    ada = house.client("ada")
    shown = ada.post(address(house, "suspend"), json=WHY).json()
    assert (shown["is_active"], shown["suspended_by"], shown["suspended_why"]) == (False, "ada", WHY["reason"])
    shown = ada.post(address(house, "resume"), json=WHY).json()
    assert (shown["is_active"], shown["suspended_at"], shown["suspended_why"]) == (True, None, None)
    assert [event.body["operation"] for event in house.events("gallery.changed")][-2:] == ["suspended", "resumed"]


def test_the_lists_owner_may_and_another_reviewer_may_not(house: House) -> None:
    with house.database.write() as session:
        add_user(session, house.cast.watchlist.owner, "reviewer", house.clock())
    assert house.client("rita").post(address(house, "suspend"), json=WHY).json()["code"] == "not_owner"
    assert house.client(house.cast.watchlist.owner).post(address(house, "suspend"), json=WHY).status_code == 200


def test_a_reason_is_asked_for(house: House) -> None:
    assert house.client("ada").post(address(house, "resume"), json={"reason": " "}).status_code == 422


def test_after_a_wrongful_stop_the_entry_waits_for_its_owner(house: House) -> None:
    token = house.group()
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.send()
    gus = house.stranger()
    [message] = gus.get(f"/g/{token}/messages").json()["messages"]
    said = {"delivery_id": message["delivery_id"], "kind": "stopped", "event_ref": "phone-0001"}
    assert gus.post(f"/g/{token}/replies", json=said).status_code == 201
    house.say("rita", hit, "rejected", "mistake")
    ada = house.client("ada")
    shown = ada.get(f"/api/v1/people/{house.cast.wanda.id}").json()
    assert (shown["suspended_by"], shown["suspended_why"]) == ("system", "wrongful_stop")
    assert "wrongful_stop" in {row["code"] for row in ada.get("/api/v1/system").json()["alarms"]}
    ada.post(address(house, "resume"), json=WHY)
    assert "wrongful_stop" not in {row["code"] for row in ada.get("/api/v1/system").json()["alarms"]}
