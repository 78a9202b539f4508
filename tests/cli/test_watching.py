"""What `patrol watch` is put together from, as far as a test can have it without cameras."""

from datetime import timedelta

from patrol.cli.watching import clip_lengths, live_server
from patrol.clips.spans import Lengths
from patrol.settings import Settings


def test_a_worker_shows_what_it_sees_where_the_settings_say() -> None:
    server = live_server(Settings())
    assert server is not None
    assert server.address.startswith("http://127.0.0.1:")
    server.close()


def test_without_a_host_a_worker_shows_nothing() -> None:
    assert live_server(Settings(live_host="")) is None


def test_a_worker_that_cannot_listen_there_watches_nonetheless() -> None:
    assert live_server(Settings(live_host="192.0.2.1")) is None


def test_clips_are_as_long_and_as_large_as_the_settings_say() -> None:
    lengths = clip_lengths(Settings(clip_before_s=3, clip_after_s=0, clip_most_mb=7))
    assert lengths == Lengths(timedelta(seconds=3), timedelta(0), 7_000_000)
    assert not clip_lengths(Settings(clip_before_s=0, clip_after_s=0)).is_on
