"""A hit's clip over HTTP: for who may see the hit, in parts, and in H.264 where a browser wants that."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import av
import pytest

from patrol.store.tables import Hit
from patrol.web.viewings import Viewings
from tests.rtsp import make_clip
from tests.web.house import House


@pytest.fixture(scope="module")
def mp4(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder: Path = tmp_path_factory.mktemp("clips")
    return {
        "h264": make_clip(folder / "h264.mp4", n_frames=10).read_bytes(),
        "hevc": make_clip(folder / "hevc.mp4", n_frames=10, codec="libx265").read_bytes(),
    }


def hit_with(house: House, content: bytes, codec: str = "h264") -> str:
    """The path of the clip of a new hit."""
    hit = house.hit()
    with house.database.write() as session:
        row = session.get_one(Hit, hit.id)
        row.clip_key = house.blobs.put("clip", content, house.clock())
        row.clip_codec, row.clip_s, row.clip_began_at = codec, 0.4, row.seen_at - timedelta(seconds=0.2)
    return f"/api/v1/hits/{hit.id}/clip"


def codec_of(content: bytes) -> str:
    with av.open(io.BytesIO(content)) as container:
        return container.streams.video[0].codec_context.name


def test_a_hit_says_what_its_clip_is(house: House, mp4: dict[str, bytes]) -> None:
    path = hit_with(house, mp4["h264"])
    shown = house.client("vic").get(path.removesuffix("/clip")).json()
    assert shown["clip"] == {"codec": "h264", "seconds": 0.4, "began_at": "2026-03-02T01:30:00.800000Z"}


def test_the_console_knows_whether_clips_are_made(house: House) -> None:
    assert house.client("vic").get("/api/v1/system").json()["has_clips"] is True
    parts = house.app.state.parts
    off = parts.settings.model_copy(update={"clip_before_s": 0.0, "clip_after_s": 0.0})
    house.app.state.parts = replace(parts, settings=off)
    assert house.client("vic").get("/api/v1/system").json()["has_clips"] is False


def test_the_clip_is_what_was_kept_and_no_browser_keeps_it(house: House, mp4: dict[str, bytes]) -> None:
    answer = house.client("vic").get(hit_with(house, mp4["h264"]))
    assert (answer.status_code, answer.content) == (200, mp4["h264"])
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("video/mp4", "no-store")
    assert "content-disposition" not in answer.headers


def test_a_player_seeks_in_it(house: House, mp4: dict[str, bytes]) -> None:
    answer = house.client("vic").get(hit_with(house, mp4["h264"]), headers={"Range": "bytes=100-199"})
    assert (answer.status_code, answer.content) == (206, mp4["h264"][100:200])


def test_it_is_saved_under_the_hits_number(house: House, mp4: dict[str, bytes]) -> None:
    answer = house.client("vic").get(f"{hit_with(house, mp4['hevc'], 'hevc')}?download=true")
    assert answer.headers["content-disposition"] == 'attachment; filename="hit-1.mp4"'
    assert codec_of(answer.content) == "hevc"


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_browser_that_plays_h264_alone_gets_that(house: House, mp4: dict[str, bytes], codec: str) -> None:
    path, vic = f"{hit_with(house, mp4[codec], codec)}?as=h264", house.client("vic")
    answer = vic.get(path)
    assert codec_of(answer.content) == "h264"
    part = vic.get(path, headers={"Range": "bytes=0-99"})
    assert (part.status_code, part.content) == (206, answer.content[:100])


def test_nobody_without_a_right_to_the_hit_sees_its_clip(house: House, mp4: dict[str, bytes]) -> None:
    path = hit_with(house, mp4["h264"])
    assert house.stranger().get(path).status_code == 401
    for query in ("", "?as=h264", "?download=true"):
        assert house.client("max").get(path + query).status_code == 404


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("query", ["", "?as=h264"])
def test_without_a_clip_it_says_so(house: House, language: str, query: str) -> None:
    hit = house.hit()
    vic = house.client("vic", **{"Accept-Language": language})
    assert vic.get(f"/api/v1/hits/{hit.id}").json()["clip"] is None
    answer = vic.get(f"/api/v1/hits/{hit.id}/clip{query}")
    assert (answer.status_code, answer.json()["code"]) == (410, "clip_gone")


@pytest.mark.parametrize("query", ["", "?as=h264"])
def test_a_clip_that_was_shed_is_gone_though_it_was_watched_before(
    house: House, mp4: dict[str, bytes], query: str
) -> None:
    path, vic = hit_with(house, mp4["hevc"], "hevc") + query, house.client("vic")
    assert vic.get(path).status_code == 200
    for stored in house.blobs.stored():
        if stored.key.startswith("clip/"):
            house.blobs.delete(stored.key)
    assert vic.get(path).json()["code"] == "clip_gone"


def test_a_damaged_clip_is_said_to_be_damaged(house: House) -> None:
    path, vic = hit_with(house, b"\0" * 5000, "hevc"), house.client("vic")
    for _ in range(2):
        answer = vic.get(f"{path}?as=h264")
        assert (answer.status_code, answer.json()["code"]) == (422, "clip_unreadable")
    assert vic.get(f"{path}?as=vp9").status_code == 422


def test_who_looks_at_a_clip_is_on_record_once_an_hour_and_who_saves_it_always(
    house: House, mp4: dict[str, bytes]
) -> None:
    path = hit_with(house, mp4["h264"])
    vic = house.client("vic")
    for first in range(3):
        vic.get(path, headers={"Range": f"bytes={first}-"})
    house.client("max").get(path)
    house.app.state.wall.viewings = Viewings()  # as after a start of the server
    vic.get(path)
    (viewed,) = house.events("hit.clip_viewed")
    assert (viewed.actor, viewed.site_id, viewed.body["number"]) == ("user:vic", "mall", 1)
    for _ in range(2):
        vic.get(f"{path}?download=true")
    assert [event.actor for event in house.events("hit.clip_saved")] == ["user:vic"] * 2
    house.clock.forward(minutes=61)
    vic.get(path)
    assert len(house.events("hit.clip_viewed")) == 2
