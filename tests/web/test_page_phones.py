"""Personal phones on the page: a captain's code binds one, one tap ends it; strangers are refused on the record."""

import re
import uuid

import pytest
from starlette.testclient import TestClient

from patrol.store.tables import Member
from patrol.web.page_phones import label_of
from tests.web.house import HALL, PUBLIC_URL, House

PIXEL_5 = "Mozilla/5.0 (Linux; Android 14; Pixel 5 Build/AP1A) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.47"


def code_for(house: House, browser: TestClient, token: str, member_id: uuid.UUID) -> str:
    """The path that a captain's QR code opens."""
    made = browser.post(f"/g/{token}/invites", json={"member_id": str(member_id)})
    assert made.status_code == 201, made.text
    assert made.json()["url"].startswith(PUBLIC_URL)
    return str(made.json()["url"].removeprefix(PUBLIC_URL))


def joined(house: House, path: str, **headers: str) -> str:
    """The token of a phone that has scanned a code."""
    bound = house.stranger(**headers).post(path)
    assert bound.status_code == 201, bound.text
    return re.fullmatch(r"/g/([\w-]{43})\?new=1", bound.json()["url"])[1]  # type: ignore[index]


def test_a_code_made_on_the_page_binds_a_phone_with_its_own_address(house: House) -> None:
    link = house.group()
    cleo = house.member("Cleo", "captain")
    path = code_for(house, house.stranger(), link, cleo)
    asks = house.stranger().get(path)
    assert "Bind this phone to Cleo of Mall-Guards?" in asks.text
    token = joined(house, path, **{"User-Agent": PIXEL_5})
    page = house.stranger().get(f"/g/{token}?new=1").text
    assert "Cleo&#39;s phone" in page
    assert "Add to Home Screen" in page
    assert "Pixel 5" in house.stranger().get(f"/g/{token}/phones").text


def test_looking_at_a_code_does_not_use_it_up_and_binding_does(house: House) -> None:
    link = house.group()
    path = code_for(house, house.stranger(), link, house.member("Gus"))
    assert [house.stranger().get(path).status_code for _ in range(3)] == [200] * 3
    joined(house, path)
    assert house.stranger().post(path).status_code == 410
    again = house.stranger().get(path)
    assert (again.status_code, "This code is not valid any more" in again.text) == (410, True)


def test_a_code_ends_after_ten_minutes(house: House) -> None:
    path = code_for(house, house.stranger(), house.group(), house.member("Gus"))
    house.clock.forward(minutes=10)
    assert house.stranger(**{"Accept-Language": "zh"}).get(path).text.count("二维码已失效") == 2
    assert house.stranger().post(path).status_code == 410


def test_another_website_binds_nothing(house: House) -> None:
    path = code_for(house, house.stranger(), house.group(), house.member("Gus"))
    assert house.stranger(Origin="https://evil.example").post(path).status_code == 403
    joined(house, path)


def test_the_link_leads_until_a_captain_has_a_phone(house: House) -> None:
    link, gus, cleo = house.group(), house.member("Gus"), house.member("Cleo", "captain")
    browser = house.stranger()
    joined(house, code_for(house, browser, link, gus))
    captain = joined(house, code_for(house, browser, link, cleo))
    assert 'id="phones"' not in browser.get(f"/g/{link}").text
    for answer in (
        browser.get(f"/g/{link}/phones"),
        browser.post(f"/g/{link}/invites", json={"member_id": str(gus)}),
        browser.delete(f"/g/{link}/phones/{uuid.uuid4()}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_captain")
    assert 'id="phones"' in browser.get(f"/g/{captain}").text
    joined(house, code_for(house, browser, captain, gus))


def test_a_member_who_is_no_captain_binds_and_ends_nothing(house: House) -> None:
    house.group()
    token = house.phone(house.member("Gus"))
    refused = house.stranger().post(f"/g/{token}/invites", json={"member_id": str(house.member("Rob"))})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_captain")
    (event,) = house.events("page.refused")
    assert (event.actor, event.body["why"]) == ("member:Gus", "not_captain")


def test_a_captain_binds_nobody_of_another_group(house: House) -> None:
    house.group()
    house.group("hall-guards", HALL)
    captain, other = house.phone(house.member("Cleo", "captain")), house.member("Olga", group_id="hall-guards")
    others_phone = house.phone(other)
    browser = house.stranger()
    assert browser.post(f"/g/{captain}/invites", json={"member_id": str(other)}).status_code == 404
    with house.database.read() as session:
        (phone,) = session.get_one(Member, other).phones
    assert browser.delete(f"/g/{captain}/phones/{phone.id}").status_code == 404
    assert browser.get(f"/g/{others_phone}").status_code == 200


def test_one_tap_of_the_captain_ends_one_phone_only(house: House) -> None:
    house.group()
    gus = house.member("Gus")
    captain, lost, kept = house.phone(house.member("Cleo", "captain")), house.phone(gus), house.phone(gus)
    browser = house.stranger()
    with house.database.read() as session:
        first = min(session.get_one(Member, gus).phones, key=lambda phone: phone.bound_at)
    listed = browser.get(f"/g/{captain}/phones").text
    assert f'data-end="{first.id}"' in listed
    assert browser.delete(f"/g/{captain}/phones/{first.id}").status_code == 204
    ended = sorted(browser.get(f"/g/{token}").status_code for token in (lost, kept))
    assert ended == [200, 410]
    assert browser.get(f"/g/{captain}").status_code == 200


def test_a_captain_does_not_end_the_phone_in_hand_by_mistake(house: House) -> None:
    house.group()
    captain = house.phone(house.member("Cleo", "captain"))
    listed = house.stranger().get(f"/g/{captain}/phones").text
    assert "this phone" in listed
    assert "data-end" not in listed


def test_an_ended_phone_is_told_so_everywhere_and_that_is_recorded_once_a_minute(house: House) -> None:
    house.group()
    gus = house.member("Gus")
    token = house.phone(gus)
    with house.database.write() as session:
        session.get_one(Member, gus).removed_at = house.clock()
    browser = house.stranger()
    page = browser.get(f"/g/{token}")
    assert (page.status_code, "This phone was removed" in page.text) == (410, True)
    for path in ("list", "messages", "events", f"pictures/{uuid.uuid4()}", "phones"):
        answer = browser.get(f"/g/{token}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (410, "phone_ended"), path
    assert [event.body["why"] for event in house.events("page.refused")] == ["phone_ended"]
    house.clock.forward(seconds=61)
    browser.get(f"/g/{token}/list")
    assert len(house.events("page.refused")) == 2
    assert token not in str([(event.actor, event.subject, event.body) for event in house.events("page.refused")])


def test_a_stranger_is_refused_on_the_record_without_what_he_tried(house: House) -> None:
    assert house.stranger().get("/g/some-guess/list").status_code == 404
    (event,) = house.events("page.refused")
    assert (event.actor, event.body) == ("stranger", {"why": "link_unknown", "group_id": None})


def test_where_phones_are_bound_the_link_only_looks(house: House) -> None:
    link = house.group()
    token = house.phone(house.member("Gus"))
    house.say("rita", house.hit(), "confirmed")
    house.send()
    browser = house.stranger()
    (message,) = browser.get(f"/g/{link}/messages").json()["messages"]
    assert "<button" not in browser.get(f"/g/{link}/list").text
    assert "answer from your own phone" in browser.get(f"/g/{link}").text
    body = {"delivery_id": message["delivery_id"], "kind": "seen", "event_ref": "made-by-phone"}
    refused = browser.post(f"/g/{link}/replies", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "phones_only")
    assert [event.body["why"] for event in house.events("reply.refused")] == ["not_on_roster"]
    assert browser.post(f"/g/{token}/replies", json={**body, "member": "Somebody else"}).status_code == 201
    (message,) = browser.get(f"/g/{link}/messages").json()["messages"]
    assert [(said["kind"], said["member"]) for said in message["replies"]] == [("seen", "Gus")]


def test_a_phone_has_reached_us_when_its_own_page_asks_and_not_when_a_chat_app_looks(house: House) -> None:
    house.group()
    captain, token = house.phone(house.member("Cleo", "captain")), house.phone(house.member("Gus"))
    browser = house.stranger()
    browser.get(f"/g/{token}")
    assert "0 of 2 phones have reached us" in browser.get(f"/g/{captain}/phones").text
    browser.get(f"/g/{token}/list")
    assert "1 of 2 phones have reached us" in browser.get(f"/g/{captain}/phones").text
    assert "bound, has not reached us yet" in browser.get(f"/g/{captain}/phones").text


def test_the_code_is_drawn_here_and_holds_the_address(house: House) -> None:
    link, gus = house.group(), house.member("Gus")
    made = house.stranger().post(f"/g/{link}/invites", json={"member_id": str(gus)}).json()
    assert made["qr"].startswith("data:image/svg+xml")
    assert (made["member"], made["is_inside_only"]) == ("Gus", False)


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (PIXEL_5, "Pixel 5"),
        (IPHONE, "iPhone · WeChat"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/130 Mobile", "Android 10"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120", "X11"),
        ("", ""),
        ("curl/8.5", ""),
    ],
)
def test_a_phone_is_known_by_what_it_calls_itself(user_agent: str, label: str) -> None:
    assert label_of(user_agent) == label
