"""A group's page: opened by its link, shows what was sent, takes answers, and forgets what was withdrawn."""

import gzip
import json
import re
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from patrol.store.tables import Hit
from patrol.web.templates import ASSETS_DIR, SCRIPT_PHRASES
from tests.web.house import HALL, PUBLIC_URL, House


def sent_hit(house: House) -> Hit:
    """A hit that Rita confirmed and the sender delivered."""
    hit = house.hit()
    house.say("rita", hit, "confirmed")
    house.send()
    return hit


def messages(guard: TestClient, token: str) -> list[dict[str, object]]:
    answer = guard.get(f"/g/{token}/messages")
    assert answer.status_code == 200
    return list(answer.json()["messages"])


def reply(guard: TestClient, token: str, delivery_id: object, kind: str, **more: object) -> int:
    body = {"delivery_id": delivery_id, "kind": kind, "event_ref": uuid4().hex, **more}
    return int(guard.post(f"/g/{token}/replies", json=body).status_code)


def test_a_new_page_says_that_it_waits(house: House) -> None:
    answer = house.stranger().get(f"/g/{house.group()}")
    assert answer.status_code == 200
    assert "No messages yet" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_page_opens_in_its_groups_language_and_in_the_other(house: House) -> None:
    guard, token = house.stranger(), house.group(language="zh")
    page = guard.get(f"/g/{token}").text
    assert '<html lang="zh-CN">' in page
    assert "暂时没有消息" in page
    assert '<html lang="en">' in guard.get(f"/g/{token}?lang=en").text
    assert guard.get(f"/g/{token}?lang=fr").status_code == 422


@pytest.mark.parametrize("token", ["x", "0" * 43, "a" * 5000, "%00", "é"])
def test_a_link_that_is_none_is_told_so_in_words(house: House, token: str) -> None:
    answer = house.stranger(**{"Accept-Language": "zh-CN"}).get(f"/g/{token}")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(("text/html", "application/problem+json"))
    for path in ("list", "messages", "events", f"pictures/{uuid4()}"):
        assert house.stranger().get(f"/g/{token}/{path}").status_code == 404, path


def test_a_revoked_link_opens_nothing_any_more(house: House) -> None:
    guard, token = house.stranger(), house.group()
    delivery_id = _one(guard, token, sent_hit(house))
    assert house.client("ada").delete("/api/v1/groups/mall-guards/link").status_code == 204
    answer = guard.get(f"/g/{token}")
    assert (answer.status_code, "This link is not valid" in answer.text) == (404, True)
    assert guard.get(f"/g/{token}/pictures/{delivery_id}").status_code == 404
    assert reply(guard, token, delivery_id, "seen") == 404


def test_a_confirmed_hit_stands_on_the_page_with_its_picture(house: House) -> None:
    guard, token = house.stranger(), house.group()
    hit = sent_hit(house)
    (message,) = messages(guard, token)
    assert (message["number"], message["is_withdrawn"], message["replies"]) == (hit.number, False, [])
    picture = guard.get(str(message["picture"]))
    assert picture.content.startswith(b"\xff\xd8")
    assert picture.headers["cache-control"] == "no-store"
    page = guard.get(f"/g/{token}").text
    assert str(message["text"]).splitlines()[0] in page
    assert "Wanda" not in page


@pytest.mark.parametrize("verdict", ["rejected", "unsure", None])
def test_what_nobody_confirmed_is_on_no_page(house: House, verdict: str | None) -> None:
    guard, token = house.stranger(), house.group()
    hit = house.hit()
    if verdict:
        house.say("rita", hit, verdict)
    house.send()
    assert messages(guard, token) == []


def test_answers_stand_at_the_hit_and_on_the_page_once_each(house: House) -> None:
    guard, token = house.stranger(), house.group()
    hit = sent_hit(house)
    delivery_id = _one(guard, token, hit)
    body = {"delivery_id": delivery_id, "kind": "on_my_way", "event_ref": "made-by-phone-1", "member": "Gus"}
    answers = [guard.post(f"/g/{token}/replies", json=body) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert [answer.json()["is_new"] for answer in answers] == [True, False, False]
    assert [said["member"] for said in messages(guard, token)[0]["replies"]] == ["Gus"]  # type: ignore[attr-defined]
    shown = house.client("rita").get(f"/api/v1/hits/{hit.id}").json()
    assert [(said["kind"], said["member"], said["group"]["id"]) for said in shown["replies"]] == [
        ("on_my_way", "Gus", "mall-guards")
    ]


def test_a_group_that_is_called_for_help_hears_it_and_answers(house: House) -> None:
    guard, _ = house.stranger(), house.group()
    asked, beside = (house.group(id, HALL, parent_id="mall-guards") for id in ("asks", "beside"))
    hit = sent_hit(house)
    assert messages(guard, beside) == []
    captain = house.phone(house.member("Cleo", "captain", "mall-guards"))
    body = {"delivery_id": _one(guard, captain, hit), "group_ids": ["asks"]}
    assert guard.post(f"/g/{captain}/forwards", json=body).status_code == 201
    house.send()
    assert reply(guard, asked, _one(guard, asked, hit), "need_help", member="Ann") == 201
    house.send()
    (call,) = messages(guard, beside)
    assert (call["kind"], call["picture"]) == ("status", None)
    assert "HELP NEEDED" in str(call["text"])
    shown = guard.get(f"/g/{beside}/list").text
    assert 'class="help"' in shown
    assert reply(guard, beside, call["delivery_id"], "on_my_way", member="Bob") == 201
    house.say("rita", hit, "rejected", "mistake")
    assert "<button" not in guard.get(f"/g/{beside}/list").text


def test_a_drill_stands_on_the_page_and_is_answered_like_a_hit(house: House) -> None:
    guard, token = house.stranger(), house.group(language="zh")
    assert house.client("ada").post("/api/v1/drills", json={"group_ids": ["mall-guards"]}).status_code == 201
    house.send()
    (drill,) = messages(guard, token)
    assert (drill["kind"], drill["number"]) == ("drill", None)
    shown = guard.get(f"/g/{token}/list").text
    assert "<h2>演练" in shown
    assert 'alt="演练"' in shown
    assert guard.get(str(drill["picture"])).status_code == 200
    assert reply(guard, token, drill["delivery_id"], "seen", member="Gus") == 201
    assert [said["member"] for said in messages(guard, token)[0]["replies"]] == ["Gus"]  # type: ignore[attr-defined]


def test_not_him_puts_the_hit_on_top_of_the_queue(house: House) -> None:
    guard, token = house.stranger(), house.group()
    hit = sent_hit(house)
    house.hit()
    assert reply(guard, token, _one(guard, token, hit), "not_him") == 201
    first = house.client("rita").get("/api/v1/hits").json()["items"][0]
    assert (first["id"], first["alarm"], first["round"]) == (str(hit.id), "not_him", 2)


def test_a_withdrawn_message_loses_its_picture_at_once(house: House) -> None:
    guard, token = house.stranger(), house.group()
    hit = sent_hit(house)
    before = messages(guard, token)[0]
    house.say("rita", hit, "rejected", "mistake")
    (message,) = messages(guard, token)
    assert (message["is_withdrawn"], message["picture"]) == (True, None)
    assert guard.get(str(before["picture"])).status_code == 410
    shown = guard.get(f"/g/{token}/list").text
    assert "Withdrawn" in shown
    assert "<img" not in shown
    assert "<button" not in shown
    house.send()
    shown_then = {str(said["kind"]): said["is_withdrawn"] for said in messages(guard, token)}
    assert shown_then == {"hit": True, "status": False}  # the case is over too: stand down


def test_another_groups_guard_sees_and_answers_nothing(house: House) -> None:
    guard, own, other = house.stranger(), house.group(), house.group("hall-guards", HALL)
    delivery_id = _one(guard, own, sent_hit(house))
    assert messages(guard, other) == []
    assert guard.get(f"/g/{other}/pictures/{delivery_id}").status_code in (404, 410)
    assert reply(guard, other, delivery_id, "not_him") == 409
    assert [(event.actor, event.body["why"]) for event in house.events("page.refused")] == [
        ("group:hall-guards", "other_group")
    ]
    assert [event.body["why"] for event in house.events("reply.refused")] == ["no_such_message"]


def test_what_is_only_over_is_no_offence(house: House) -> None:
    guard, token = house.stranger(), house.group()
    hit = sent_hit(house)
    picture = messages(guard, token)[0]["picture"]
    house.say("rita", hit, "rejected", "mistake")
    assert guard.get(str(picture)).status_code == 410
    assert guard.get(f"/g/{token}/pictures/{uuid4()}").status_code == 410
    assert house.events("page.refused") == []


WRONG = [
    *({"kind": "dance"}, {"delivery_id": "x"}, {"event_ref": ""}, {"event_ref": "x" * 65}),
    *({"event_ref": "with\x00nul-inside"}, {"text": "x" * 1001}, {"member": "x" * 41}, {"member": "G\nus"}),
]


def test_an_answer_that_is_none_is_refused(house: House) -> None:
    guard, token = house.stranger(), house.group()
    good = {"delivery_id": _one(guard, token, sent_hit(house)), "kind": "seen", "event_ref": "made-by-phone"}
    for body in ({}, *({**good, **wrong} for wrong in WRONG)):
        assert guard.post(f"/g/{token}/replies", json=body).status_code == 422, body
    assert messages(guard, token)[0]["replies"] == []


def test_another_website_answers_for_nobody(house: House) -> None:
    token = house.group()
    delivery_id = _one(house.stranger(), token, sent_hit(house))
    assert reply(house.stranger(Origin="https://evil.example"), token, delivery_id, "seen") == 403
    assert reply(house.stranger(Origin=PUBLIC_URL), token, delivery_id, "seen") == 201


def test_what_people_write_is_shown_as_text(house: House) -> None:
    guard, token = house.stranger(), house.group("g")
    ada = house.client("ada")
    assert ada.patch("/api/v1/groups/g", json={"name": "<script>alert(1)</script>"}).status_code == 200
    reply(guard, token, _one(guard, token, sent_hit(house)), "other", text="<img src=x>", member="<b>Gus</b>")
    page = guard.get(f"/g/{token}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;b&gt;Gus" in page


def test_a_list_that_has_not_changed_does_not_travel_again(house: House) -> None:
    guard, token = house.stranger(), house.group()
    first = guard.get(f"/g/{token}/list")
    known = {"If-None-Match": first.headers["etag"]}
    again = guard.get(f"/g/{token}/list", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    sent_hit(house)
    assert guard.get(f"/g/{token}/list", headers=known).status_code == 200


def test_the_page_and_all_it_loads_is_small(house: House) -> None:
    guard, token = house.stranger(), house.group()
    sent_hit(house)
    page = guard.get(f"/g/{token}").content
    loaded = re.findall(rb'(?:src|href)="(/page-assets/[^"]+)"', page)
    assert len(set(loaded)) == 5
    sizes = [len(page), *(len(guard.get(path.decode()).content) for path in loaded)]
    assert sum(sizes) < 40_000
    assert sum(len(gzip.compress(path.read_bytes())) for path in ASSETS_DIR.iterdir()) < 13_000


def test_the_page_needs_nothing_inline_that_the_policy_forbids(house: House) -> None:
    guard, token = house.stranger(), house.group()
    answer = guard.get(f"/g/{token}")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(
        r"<style|style=|onclick|<script(?! type=\"application/json\"| type=\"module\" src=)", answer.text
    )


def test_the_phrases_of_the_scripts_are_those_they_say() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in ASSETS_DIR.glob("*.js"))
    said = set(re.findall(r"\bwords\.(\w+)", scripts)) | set(re.findall(r'showState\("(\w+)"\)', scripts))
    assert said - {"js", "onerror"} <= set(SCRIPT_PHRASES)


def _one(guard: TestClient, token: str, hit: Hit) -> object:
    """The id of the one message about this hit."""
    found = [message for message in messages(guard, token) if message["number"] == hit.number]
    assert len(found) == 1, json.dumps(found)
    return found[0]["delivery_id"]


def test_a_page_takes_no_more_answers_a_minute_than_a_team_gives(house: House) -> None:
    guard, token = house.stranger(), house.group()
    sent_hit(house)
    [message] = messages(guard, token)
    said = [reply(guard, token, message["delivery_id"], "other", text=f"answer {n}") for n in range(31)]
    assert said == [201] * 30 + [429]
    house.clock.forward(seconds=61)
    assert reply(guard, token, message["delivery_id"], "seen") == 201
