"""A captain hands a message down to the groups below; nobody without a name does, and to no other group."""

import uuid

import pytest
from starlette.testclient import TestClient

from patrol.store.tables import Delivery
from tests.web.house import HALL, House

FAR_AWAY = HALL  # so that routing itself does not tell the children


@pytest.fixture
def tree(house: House) -> House:
    """The managers hold a hit; guards stand below them, and others do not."""
    house.group("managers", level="managers")
    house.group("guards-a", FAR_AWAY, parent_id="managers")
    house.group("guards-b", FAR_AWAY, parent_id="managers")
    house.group("others", FAR_AWAY)
    house.say("rita", house.hit(), "confirmed")
    house.send()
    return house


def phone(house: House, role: str, group_id: str = "managers") -> str:
    return house.phone(house.member(f"{role.title()} of {group_id}", role, group_id))


def held(browser: TestClient, token: str) -> str:
    (message,) = browser.get(f"/g/{token}/messages").json()["messages"]
    return str(message["delivery_id"])


def test_a_captain_forwards_to_the_groups_ticked_and_it_says_by_whom(tree: House) -> None:
    captain, browser = phone(tree, "captain"), tree.stranger()
    shown = browser.get(f"/g/{captain}/list").text
    assert 'value="guards-a"' in shown
    assert 'value="others"' not in shown
    body = {"delivery_id": held(browser, captain), "group_ids": ["guards-a"]}
    assert browser.post(f"/g/{captain}/forwards", json=body).json() == {"told": ["Guards-A"]}
    assert browser.post(f"/g/{captain}/forwards", json=body).json() == {"told": []}
    tree.send()
    assert "Forwarded to: Guards-A" in browser.get(f"/g/{captain}/list").text
    with tree.database.read() as session:
        (made,) = session.query(Delivery).where(Delivery.group_id == "guards-a", Delivery.kind == "hit").all()
    assert (str(made.parent_id), made.forwarded_by) == (body["delivery_id"], "member:Captain of managers")
    guard = phone(tree, "member", "guards-a")
    assert held(browser, guard) == str(made.id)


@pytest.mark.parametrize("to", [["others"], ["nobody"], ["guards-a", "others"], ["managers"]])
def test_it_goes_to_no_group_that_is_not_below(tree: House, to: list[str]) -> None:
    captain, browser = phone(tree, "captain"), tree.stranger()
    body = {"delivery_id": held(browser, captain), "group_ids": to}
    refused = browser.post(f"/g/{captain}/forwards", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "forward_refused")
    with tree.database.read() as session:
        assert session.query(Delivery).where(Delivery.parent_id.is_not(None)).all() == []


def test_nobody_without_a_captains_name_forwards(tree: House) -> None:
    browser, link, guard = tree.stranger(), tree.group("spare"), phone(tree, "member")
    body = {"delivery_id": held(browser, guard), "group_ids": ["guards-a"]}
    assert "send-on" not in browser.get(f"/g/{guard}/list").text
    for token in (guard, link):
        refused = browser.post(f"/g/{token}/forwards", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_captain")


def test_a_captain_forwards_no_other_groups_message(tree: House) -> None:
    browser = tree.stranger()
    body = {"delivery_id": held(browser, phone(tree, "member")), "group_ids": ["guards-a"]}
    other = phone(tree, "captain", "others")
    for wrong in (body, {**body, "delivery_id": str(uuid.uuid4())}):
        assert browser.post(f"/g/{other}/forwards", json=wrong).status_code == 409
    (event,) = tree.events("page.refused")
    assert (event.actor, event.body["why"]) == ("member:Captain of others", "other_group")


@pytest.mark.parametrize("wrong", [{"group_ids": []}, {"group_ids": ["a\x00"]}, {"delivery_id": "x"}])
def test_a_forward_that_is_none_is_refused(tree: House, wrong: dict[str, object]) -> None:
    captain, browser = phone(tree, "captain"), tree.stranger()
    body = {"delivery_id": held(browser, captain), "group_ids": ["guards-a"], **wrong}
    assert browser.post(f"/g/{captain}/forwards", json=body).status_code == 422
