"""Errors: every one is a problem in the reader's language, and none gives anything away."""

import json

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from patrol import words
from patrol.values import Language, PatrolError
from patrol.web import refusals
from tests.web.house import House

PROBLEM = {"type", "title", "status", "detail", "code"}


def kinds_of(error: type[PatrolError]) -> set[type[PatrolError]]:
    return {error}.union(*(kinds_of(kind) for kind in error.__subclasses__()))


def test_every_sentence_is_there_in_both_languages() -> None:
    for code, said in words.catalogue("problems").items():
        assert said["en"], code
        assert said["zh"], code
        assert said["en"].count("{") == said["zh"].count("{"), code
    for code in words.catalogue("problems"):
        if not code.startswith("field.") and not code.endswith(".detail"):
            assert f"{code}.detail" in words.catalogue("problems")


CASES = [
    ("GET", "/api/v1/hits", None, 401, "not_logged_in", False),
    ("GET", "/api/v1/not-there", None, 404, "not_found", True),
    ("PUT", "/api/v1/hits", None, 405, "method_not_allowed", True),
    ("DELETE", "/healthz", None, 405, "method_not_allowed", True),
    ("GET", "/api/v1/hits/not-an-id", None, 422, "invalid", True),
    ("GET", "/api/v1/hits?limit=0", None, 422, "invalid", True),
    ("GET", "/api/v1/hits?state=odd", None, 422, "invalid", True),
    ("GET", "/g/unknown/messages", None, 404, "link_unknown", True),
    ("PATCH", "/api/v1/me", b"{", 422, "invalid", True),
    ("PATCH", "/api/v1/me", b"[]", 422, "invalid", True),
    ("PATCH", "/api/v1/me", b'{"language": "fr"}', 422, "invalid", True),
    ("PATCH", "/api/v1/me", b"\xff\xfe", 422, "invalid", True),
    ("PATCH", "/api/v1/me", b"[" * 100_000, 400, "bad_request", True),
]


@pytest.mark.parametrize("language", ["en", "zh-CN,zh;q=0.9,en;q=0.8"])
def test_every_refusal_is_a_problem_in_the_readers_language(house: House, language: str) -> None:
    spoken: Language = "zh" if language.startswith("zh") else "en"
    headers = {"Accept-Language": language, "Content-Type": "application/json"}
    stranger, ada = house.stranger(), house.client("ada")
    ada.patch("/api/v1/me", json={"language": spoken})
    for method, path, body, status, code, is_logged_in in CASES:
        answer = (ada if is_logged_in else stranger).request(method, path, content=body, headers=headers)
        case, problem = f"{method} {path} {body!r:.20}", answer.json()
        assert answer.headers["content-type"] == "application/problem+json", case
        assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code), case
        assert problem.keys() >= PROBLEM, case
        assert problem["title"] == words.say(f"problems.{code}", spoken), case


def test_invalid_input_names_each_field_and_repeats_no_value(house: House) -> None:
    ada = house.client("ada")
    answer = ada.post("/api/v1/users", json={"name": "", "password": "secret" * 500, "role": "king"})
    problem = answer.json()
    assert {error["where"] for error in problem["errors"]} == {"body.name", "body.password", "body.role"}
    assert "secret" not in answer.text
    assert "king" not in answer.text
    assert "body.name: needs at least 1 characters" in problem["detail"]


def test_a_crash_is_logged_whole_and_shows_nothing_of_its_inside(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: object) -> None:
        raise RuntimeError("the inside: /root/secret.key")

    monkeypatch.setattr("patrol.web.users.users.list_users", crash)
    ada = house.client("ada")
    with structlog.testing.capture_logs() as logged:
        answer = ada.get("/api/v1/users")
    crash_line = next(line for line in logged if line["event"] == "request crashed")
    assert (crash_line["route"], crash_line["exc_info"]) == ("/api/v1/users", True)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for inside in ("secret", "RuntimeError", "Traceback", "users.py"):
        assert inside not in answer.text


def test_a_database_that_is_busy_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_args: object) -> None:
        raise OperationalError("SELECT name FROM account", {}, Exception("database is locked"))

    monkeypatch.setattr("patrol.web.users.users.list_users", busy)
    answer = house.client("ada").get("/api/v1/users")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert "retry-after" in answer.headers
    assert "SELECT" not in answer.text


#: Where the errors come from that a request can meet; those of workers and the sender are not its business.
MET = (
    *("patrol.accounts", "patrol.hits.review", "patrol.hits.queue", "patrol.watchlist.people"),
    *("patrol.dispatch.groups", "patrol.dispatch.drafts", "patrol.dispatch.replies", "patrol.dispatch.page"),
)


def test_every_error_that_a_request_can_meet_has_its_status() -> None:
    unknown = {
        kind.__name__
        for kind in kinds_of(PatrolError)
        if kind.__module__.startswith(MET) and not refusals.KNOWN.keys() & set(kind.__mro__)
    }
    assert unknown == set()


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_no_database_takes_is_refused(house: House, text: str) -> None:
    ada = house.client("ada")
    new = {"name": text, "password": "a long enough one", "role": "viewer"}
    for path, body in (
        ("/api/v1/users", new),
        ("/api/v1/users", {**new, "name": "fine", "password": f"a long enough {text}"}),
        ("/api/v1/users", {**new, "name": "fine", "sites": [text]}),
        ("/api/v1/login", {"name": text, "password": "x"}),
        ("/api/v1/login", {"name": "x", "password": text}),
        ("/api/v1/groups", {"id": "g", "name": text, "latitude": 1, "longitude": 1}),
    ):
        answer = ada.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, f"{path} {body}: {answer.text}"
    for query in ("site_id=%00", "stream_id=%00", "site_id=%ED%A0%80", "before=99999999999999999999"):
        assert ada.get(f"/api/v1/hits?{query}").status_code in (200, 422), query
    assert ada.get("/api/v1/groups/%00").status_code in (404, 422)
