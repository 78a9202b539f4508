"""What every response carries, what may be kept, and what may be sent."""

from pathlib import Path

import pytest

from patrol.web.headers import caching_of
from patrol.web.limits import ANSWER_BYTES, ARCHIVE_BYTES, PHOTOS_BYTES, SMALL_BYTES, limit_of
from tests.web.house import House


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/api/v1/me", "/api/v1/not-there", "/g/unknown", "/page-assets/page.js"]
)
def test_every_response_is_closed_to_other_websites(house: House, path: str) -> None:
    headers = house.stranger().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    scripts = next(part for part in policy.split(";") if "script-src" in part)
    assert scripts.split() == ["script-src", "'self'"]
    assert headers["strict-transport-security"]
    assert "server" not in headers


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/", "no-cache"),
        ("/api/v1/hits/1/pictures/face", "no-store"),
        ("/g/token/pictures/1", "no-store"),
        ("/assets/index-B1a2C3d4.js", "public, max-age=31536000, immutable"),
        ("/api/assets/index-B1a2C3d4.js", "no-store"),
    ],
)
def test_pictures_and_answers_are_kept_by_nobody(path: str, caching: str) -> None:
    assert caching_of(path) == caching


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/v1/login", SMALL_BYTES),
        ("/g/token/replies", ANSWER_BYTES),
        ("/api/v1/watchlists/1/people", PHOTOS_BYTES),
        ("/api/v1/people/1/portraits", PHOTOS_BYTES),
        ("/api/v1/watchlists/1/imports", ARCHIVE_BYTES),
        ("/api/v1/watchlists/1/imports/x", SMALL_BYTES),
    ],
)
def test_only_uploads_may_be_large(path: str, limit: int) -> None:
    assert limit_of(path) == limit


def test_a_body_that_is_too_large_is_refused_whatever_it_says(house: House) -> None:
    ada = house.client("ada")
    too_large = b"x" * (SMALL_BYTES + 1)
    headers = {"Content-Type": "application/json"}
    for content in (too_large, iter([too_large])):
        answer = ada.post("/api/v1/users", content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    lying = {**headers, "Content-Length": "nonsense"}
    assert ada.post("/api/v1/users", content=b"{}", headers=lying).status_code in (400, 413, 422)


def test_a_strangers_upload_is_refused_unread(house: House) -> None:
    def never_read() -> object:
        raise AssertionError("the body was read")
        yield b""

    answer = house.stranger().post("/api/v1/watchlists/1/imports", content=never_read())
    assert answer.status_code == 401


def test_the_console_is_served_with_its_page_for_every_address(house: House, tmp_path: Path) -> None:
    console = tmp_path / "console"
    (console / "assets").mkdir(parents=True)
    (console / "index.html").write_text("the console")
    (console / "assets" / "index-B1a2C3d4.js").write_text("code")
    (tmp_path / "secret.txt").write_text("secret")
    object.__setattr__(house.app.state.parts, "console_dir", console)
    stranger = house.stranger()
    for path in ("/", "/hits/12", "/watchlists"):
        assert stranger.get(path).text == "the console"
    asset = stranger.get("/assets/index-B1a2C3d4.js")
    assert (asset.text, "immutable" in asset.headers["cache-control"]) == ("code", True)
    for path in (
        "/assets/gone.js",
        "/favicon.ico",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/a%00b.js",
    ):
        answer = stranger.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "not_found"
    assert stranger.get("/" + "a" * 5000).status_code in (200, 404)


def test_a_console_that_is_not_built_says_what_to_do(house: House, tmp_path: Path) -> None:
    object.__setattr__(house.app.state.parts, "console_dir", tmp_path / "absent")
    answer = house.stranger().get("/")
    assert (answer.status_code, answer.json()["code"]) == (503, "console_missing")
