"""A group that may not get pictures gets a link: one group's, for a time, and dead with the withdrawal."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from patrol.dispatch.drafts import ChatDraft
from patrol.dispatch.groups import change, draft_of, find
from patrol.store.tables import DeliveryLink, Hit
from tests.chats.fakes.server import SECRET
from tests.chats.fakes.webhook import WebhookFake
from tests.web.house import PUBLIC_URL, House

pytestmark = pytest.mark.slow


def told(house: House, **policy: str) -> tuple[Hit, str]:
    """A confirmed hit, and the path of the link that stood in the text."""
    house.group()
    with WebhookFake.running() as server:
        with house.database.write() as session:
            group = find(session, "mall-guards")
            chat = ChatDraft("webhook", server.address, SECRET)
            draft = replace(draft_of(group), picture_policy="link", chats=(chat, ChatDraft("page")), **policy)
            change(session, group.id, draft, "ada", house.clock())
        hit = house.hit()
        house.say("rita", hit, "confirmed")
        house.send()
        assert [said.picture for said in server.said] == [None]
        found = re.search(rf"{re.escape(PUBLIC_URL)}(/h/[\w-]+)", server.said[0].text)
        assert found, server.said[0].text
    return hit, found[1]


def test_the_link_shows_the_picture_and_the_words(house: House) -> None:
    hit, path = told(house)
    guard = house.stranger()
    page = guard.get(path)
    assert page.status_code == 200
    assert f"#{hit.number:04d}" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src")
    picture = guard.get(f"{path}/picture")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.content.startswith(b"\xff\xd8")


def test_only_the_pages_own_script_says_that_somebody_has_read_it(house: House) -> None:
    _hit, path = told(house)
    guard = house.stranger()
    assert "/page-assets/picture.js" in guard.get(path).text
    assert n_opened(house) == 0
    assert house.stranger(Origin="https://evil.example").post(f"{path}/opened").status_code == 403
    assert n_opened(house) == 0
    assert guard.post(f"{path}/opened").status_code == 204
    assert n_opened(house) == 1
    assert guard.post("/h/nonsense/opened").status_code == 410


def n_opened(house: House) -> int:
    with house.database.read() as session:
        return session.scalars(select(DeliveryLink.n_opened)).one()


def test_it_is_dead_in_the_moment_the_hit_is_rejected(house: House) -> None:
    hit, path = told(house)
    house.say("rita", hit, "rejected", "second_look")
    for address in (path, f"{path}/picture"):
        assert house.stranger().get(address).status_code == 410
    assert "不可查看" in house.stranger(**{"Accept-Language": "zh"}).get(path).text


def test_it_ends_with_the_time_the_group_may_look(house: House) -> None:
    _hit, path = told(house)
    house.clock.forward(hours=12)
    assert house.stranger().get(path).status_code == 410


@pytest.mark.parametrize("token", ["x", "0" * 32, "a" * 5000, "%00", "é"])
def test_a_link_that_is_none_opens_nothing(house: House, token: str) -> None:
    assert house.stranger().get(f"/h/{token}").status_code in (410, 422)
    assert house.stranger().get(f"/h/{token}/picture").status_code in (410, 422)
