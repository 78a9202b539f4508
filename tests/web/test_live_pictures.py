"""Whether somebody who wants a picture may open a connection of their own."""

import pytest

from patrol.web.live_pictures import Post, Seat
from tests.streams.cameras import stream_at

SUB = "rtsp://cam/sub"


@pytest.mark.parametrize(
    ("max_sessions", "sub_url", "has_room"),
    [(1, None, False), (2, None, True), (1, SUB, False), (2, SUB, False), (3, SUB, True)],
)
def test_a_camera_has_room_where_it_allows_more_than_its_worker_holds(
    max_sessions: int, sub_url: str | None, has_room: bool
) -> None:
    stream = stream_at("rtsp://cam/main", max_sessions=max_sessions, sub_url=sub_url)
    assert Seat(stream, None, is_watched=True, post=None).has_room is has_room
    assert Seat(stream, None, is_watched=False, post=None).has_room
    assert not Seat(stream, None, is_watched=True, post=Post("http://127.0.0.1:9", "token")).has_room
