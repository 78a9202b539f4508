"""A group's page while it is open: told at once of what changes, and of the end of its link."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from patrol.dispatch import groups, phones
from patrol.hits import episodes
from patrol.store.tables import Group, Hit, Member
from patrol.web.readers import MOST_OPEN_ON_A_PHONE, Seats
from tests.waiting import eventually
from tests.web.house import HALL, House
from tests.web.serving import Listener, Served, served

pytestmark = pytest.mark.slow


@pytest.fixture
def server(house: House) -> Iterator[Served]:
    with served(house.app) as running:
        yield running


@pytest.fixture
def browser(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def open_page(house: House, browser: httpx.Client, token: str) -> Listener:
    feed, before = house.app.state.feed, house.app.state.feed.n_listeners
    listener = Listener(browser, f"/g/{token}/events")
    assert listener.status == 200
    eventually(lambda: feed.n_listeners == before + 1)
    return listener


def test_an_open_page_is_told_of_a_message_an_answer_and_a_withdrawal(house: House, browser: httpx.Client) -> None:
    token = house.group()
    page = open_page(house, browser, token)
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.send()
    eventually(lambda: "messages" in page.kinds(), within_s=3)
    (message,) = browser.get(f"/g/{token}/messages").json()["messages"]
    page.said.clear()
    body = {"delivery_id": message["delivery_id"], "kind": "seen", "event_ref": "made-by-phone"}
    assert browser.post(f"/g/{token}/replies", json=body).status_code == 201
    eventually(lambda: "messages" in page.kinds(), within_s=3)
    page.said.clear()
    house.say("rita", hit, "rejected", "mistake")  # told before any sender has read it
    eventually(lambda: "messages" in page.kinds(), within_s=3)


def test_another_groups_page_is_told_nothing(house: House, browser: httpx.Client) -> None:
    near, far = house.group(), house.group("hall-guards", HALL)
    near_page, far_page = open_page(house, browser, near), open_page(house, browser, far)
    house.say("rita", house.hit(), "confirmed")
    house.send()
    eventually(lambda: near_page.said)
    assert far_page.said == []


def test_an_open_page_is_told_that_its_link_has_ended(house: House, browser: httpx.Client) -> None:
    page = open_page(house, browser, house.group())
    assert house.client("ada").delete("/api/v1/groups/mall-guards/link").status_code == 204
    eventually(lambda: page.is_over, within_s=3)
    assert page.kinds() == ["revoked"]


def test_a_phone_that_is_ended_hears_so_within_two_seconds_and_the_others_go_on(
    house: House, browser: httpx.Client
) -> None:
    house.group()
    gus, cleo = house.member("Gus"), house.member("Cleo", "captain")
    lost, kept = open_page(house, browser, house.phone(gus)), open_page(house, browser, house.phone(cleo))
    with house.database.write() as session:
        (phone,) = session.get_one(Member, gus).phones
        phones.revoke(session, phone.id, "user:ada", house.clock())
    eventually(lambda: lost.is_over, within_s=2)
    assert lost.kinds() == ["revoked"]
    eventually(lambda: "phones" in kept.kinds(), within_s=2)
    assert not kept.is_over


def test_a_phone_hears_that_its_member_has_left_the_roster(house: House, browser: httpx.Client) -> None:
    house.group()
    gus = house.member("Gus")
    page = open_page(house, browser, house.phone(gus))
    with house.database.write() as session:
        draft = groups.draft_of(session.get_one(Group, "mall-guards"))
        groups.change(session, "mall-guards", replace(draft, members=()), "ada", house.clock())
    eventually(lambda: page.is_over, within_s=2)
    assert page.kinds() == ["revoked"]


def test_the_link_hears_that_only_phones_answer_now(house: House, browser: httpx.Client) -> None:
    page = open_page(house, browser, house.group())
    house.phone(house.member("Gus"))
    eventually(lambda: page.is_over, within_s=3)
    assert page.kinds() == ["changed"]


def test_an_open_page_is_told_that_its_case_has_ended(house: House, browser: httpx.Client) -> None:
    token = house.group()
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.send()
    page = open_page(house, browser, token)
    with house.database.write() as session:
        episode_id = session.get_one(Hit, hit.id).episode_id
        assert episode_id is not None
        episodes.close(session, episode_id, "handed_over", "", "rita", house.clock())
    eventually(lambda: "messages" in page.kinds(), within_s=3)
    shown = browser.get(f"/g/{token}/list").text
    assert "found and handed over. Stand down." in shown
    assert "<img" not in shown


def test_a_phone_has_so_many_open_pages_and_no_more(house: House, browser: httpx.Client) -> None:
    house.group()
    token = house.phone(house.member("Gus"))
    for _ in range(MOST_OPEN_ON_A_PHONE):
        open_page(house, browser, token)
    assert browser.get(f"/g/{token}/events").status_code == 429
    open_page(house, browser, house.phone(house.member("Rob")))


def test_a_link_is_open_on_so_many_phones_and_no_more(house: House, browser: httpx.Client) -> None:
    house.app.state.seats = Seats(1)
    token = house.group()
    page = open_page(house, browser, token)
    refused = browser.get(f"/g/{token}/events")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_pages")
    page.close()
    eventually(lambda: house.app.state.seats._taken.total() == 0)
    open_page(house, browser, token)
