"""What of a stream's entry may change without a new connection."""

from dataclasses import replace

import pytest

from patrol.loop import feeds_of, is_same_feed
from patrol.values import Place
from tests.streams.cameras import SITE, stream_at

GATE = stream_at("rtsp://cam/main", sub_url="rtsp://cam/sub")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "South"},
        {"place": "south gate"},
        {"site": replace(SITE, name="Another")},
        {"is_key": True},
        {"looks_per_s": 2.0},
        {"where": Place("Hall", "3F")},
    ],
)
def test_a_label_is_not_the_feed(change: dict[str, object]) -> None:
    assert is_same_feed(GATE, replace(GATE, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"url": "rtsp://cam/other"},
        {"sub_url": None},
        {"credentials": "other"},
        {"transport": "udp"},
        {"decode": "every_frame"},
        {"max_sessions": 1},
    ],
)
def test_another_feed_is_another_connection(change: dict[str, object]) -> None:
    assert not is_same_feed(GATE, replace(GATE, **change))  # type: ignore[arg-type]


def test_the_sub_stream_is_left_alone_where_the_camera_allows_one_connection() -> None:
    assert [feed.url for feed in feeds_of(GATE)] == ["rtsp://cam/main", "rtsp://cam/sub"]
    assert [feed.url for feed in feeds_of(replace(GATE, max_sessions=1))] == ["rtsp://cam/main"]
    assert [feed.url for feed in feeds_of(replace(GATE, sub_url=None))] == ["rtsp://cam/main"]
