"""Deliveries over HTTP: found, explained, sent again; only those of one's own sites."""

import uuid

import pytest

from patrol.chats.chat import SendError
from patrol.chats.webhook import Webhook
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.dispatch.groups import create
from patrol.values import Message, Receipt
from tests.hits.sightings import SITE as MALL
from tests.web.house import House

REFUSED = SendError("unauthorised", "example.org answered 401", is_permanent=True)


@pytest.fixture
def script(house: House, monkeypatch: pytest.MonkeyPatch) -> list[SendError]:
    """How the webhook of the mall's guards answers next; it accepts when the script is over."""
    errors: list[SendError] = []

    def send(_chat: Webhook, message: Message) -> Receipt:
        if errors:
            raise errors.pop(0)
        return Receipt(message.key, house.clock())

    monkeypatch.setattr(Webhook, "send", send)
    chat = ChatDraft("webhook", "https://example.org/hook", "h")
    draft = GroupDraft("guards", "Guards", MALL.latitude, MALL.longitude, site_id=MALL.id, chats=(chat,))
    with house.database.write() as session:
        create(session, draft, "ada", house.clock())
    return errors


def failed(house: House, script: list[SendError]) -> str:
    """A hit that the webhook refused for good; the id of its delivery."""
    script.append(REFUSED)
    house.say("rita", house.hit(), "confirmed")
    house.send()
    [row] = house.client("rita").get("/api/v1/deliveries", params={"state": "failed"}).json()["items"]
    return str(row["id"])


def test_without_deliveries_the_list_is_empty_and_the_chats_are_calm(house: House, script: list[SendError]) -> None:
    page = house.client("vic").get("/api/v1/deliveries").json()
    assert page["items"] == []
    assert [(it["kind"], it["n_queued"], it["left"]) for it in page["queues"]] == [
        ("webhook", 0, None),
        ("page", 0, None),
    ]


def test_a_delivery_is_explained_in_the_readers_words(house: House, script: list[SendError]) -> None:
    id = failed(house, script)
    rita = house.client("rita")
    told = rita.get(f"/api/v1/deliveries/{id}").json()
    assert [line["code"] for line in told["story"]][1:] == ["try_refused", "ended_failed"]
    rita.patch("/api/v1/me", json={"language": "zh"})
    again = rita.get(f"/api/v1/deliveries/{id}").json()
    assert again["story"][0]["text"] != told["story"][0]["text"]


def test_what_failed_is_sent_again_and_says_what_was_done(house: House, script: list[SendError]) -> None:
    id = failed(house, script)
    rita = house.client("rita")
    done = rita.post(f"/api/v1/deliveries/{id}/redrive").json()
    assert (done["outcome"], done["delivery"]["state"]) == ("again", "queued")
    house.send()
    assert rita.post(f"/api/v1/deliveries/{id}/redrive").json()["outcome"] == "arrived"
    assert [event.actor for event in house.events("delivery.redriven")] == ["user:rita"]


def test_deliveries_are_found_by_group_and_hit(house: House, script: list[SendError]) -> None:
    house.say("rita", house.hit(), "confirmed")
    house.send()
    vic = house.client("vic")
    assert len(vic.get("/api/v1/deliveries", params={"group": "guards", "hit": 1}).json()["items"]) == 2
    assert vic.get("/api/v1/deliveries", params={"hit": 2}).json()["items"] == []
    assert vic.get("/api/v1/deliveries", params={"state": "lost"}).status_code == 422


def test_max_sees_nothing_of_another_sites_deliveries(house: House, script: list[SendError]) -> None:
    id = failed(house, script)
    max = house.client("max")
    page = max.get("/api/v1/deliveries").json()
    assert (page["items"], page["queues"]) == ([], [])
    assert max.get(f"/api/v1/deliveries/{id}").status_code == 404
    assert max.post(f"/api/v1/deliveries/{id}/redrive").status_code == 404
    assert house.stranger().get("/api/v1/deliveries").status_code == 401


def test_who_only_looks_sends_nothing_again(house: House, script: list[SendError]) -> None:
    id = failed(house, script)
    assert house.client("vic").post(f"/api/v1/deliveries/{id}/redrive").status_code == 403
    assert house.client("rita").get(f"/api/v1/deliveries/{uuid.uuid4()}").status_code == 404
