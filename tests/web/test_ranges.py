"""A player gets the part it asks for."""

import pytest

from patrol.web.ranges import ranged

CONTENT = bytes(range(100))
LONG = f"bytes={'9' * 5000}-"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 99),
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=90-", 90, 99),
        ("bytes=90-1000", 90, 99),
        ("bytes=-5", 95, 99),
        ("bytes=-1000", 0, 99),
    ],
)
def test_a_range_is_answered_with_that_part(asked: str, first: int, last: int) -> None:
    answer = ranged(CONTENT, asked, "video/mp4")
    assert answer.status_code == 206
    assert answer.body == CONTENT[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/100"
    assert answer.headers["content-length"] == str(last - first + 1)


NO_RANGES = ["", "bytes=-", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=--1", "bytes=5-2"]


@pytest.mark.parametrize("asked", [None, *NO_RANGES, pytest.param(LONG, id="long")])
def test_what_is_no_range_gets_everything(asked: str | None) -> None:
    answer = ranged(CONTENT, asked, "video/mp4")
    assert (answer.status_code, answer.body) == (200, CONTENT)
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_behind_the_end_there_is_nothing(asked: str) -> None:
    answer = ranged(CONTENT, asked, "video/mp4")
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */100")


def test_nothing_has_no_parts() -> None:
    assert ranged(b"", "bytes=0-", "video/mp4").status_code == 416
