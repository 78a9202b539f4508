"""The scanner finds what is planted for it, in every form; else the promise it guards would be worth nothing."""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from patrol.store import events
from patrol.store.engine import Database
from patrol.values import Float32
from tests.hits.sightings import template
from tests.promises.traces import traces_in, traces_in_files, traces_in_rows

VECTOR = template(7).vector
OTHER = template(8).vector
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(32)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


@pytest.mark.parametrize(
    "content", [b"", b"nothing here", bytes(4096), b"\xff\xd8\xff", np.arange(512, dtype=np.float32).tobytes()]
)
def test_nothing_is_found_in_nothing(content: bytes) -> None:
    assert traces_in(content, "here", [VECTOR]) == []


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b".." + JPEG, "a JPEG"),
        (PNG, "a PNG"),
        (b"\0\0\0\x20ftypisom\0\0\2\0", "an MP4"),
        (b"data:" + base64.b64encode(JPEG), "a JPEG in base64"),
        (base64.b64encode(PNG), "a PNG in base64"),
    ],
)
def test_a_picture_is_found(content: bytes, what: str) -> None:
    assert [trace.what for trace in traces_in(content, "here")] == [what]


@pytest.mark.parametrize(
    "write",
    [
        lambda v: v.tobytes(),
        lambda v: v.tobytes()[16:48],  # a part of it, as a page of a database holds
        lambda v: v.astype(">f4").tobytes(),
        lambda v: v.astype(np.float16).tobytes(),
        lambda v: v.astype(np.float64).tobytes(),
        lambda v: v.tobytes().hex().encode(),
        lambda v: base64.b64encode(v.tobytes()),
        lambda v: json.dumps(v.tolist()).encode(),
        lambda v: repr(v).encode(),
        lambda v: " ".join(f"{x:.7f}" for x in v).encode(),
    ],
)
def test_a_template_is_found_in_any_form(write: Callable[[Float32], bytes]) -> None:
    assert traces_in(b"before " + write(VECTOR) + b" after", "here", [OTHER, VECTOR])
    assert traces_in(b"before " + write(VECTOR) + b" after", "here", [OTHER]) == []


def test_files_are_searched_but_those_that_may_be_there(tmp_path: Path) -> None:
    enrolled, left_behind = tmp_path / "portrait.jpg", tmp_path / "deep" / "patrol.db-wal"
    left_behind.parent.mkdir()
    enrolled.write_bytes(JPEG)
    left_behind.write_bytes(bytes(100) + VECTOR.tobytes())
    assert [trace.where for trace in traces_in_files(tmp_path, [VECTOR])] == [str(left_behind), str(enrolled)]
    assert [trace.where for trace in traces_in_files(tmp_path, [VECTOR], [enrolled])] == [str(left_behind)]


def test_rows_that_speak_of_a_face_are_found(any_database: Database, now: datetime) -> None:
    assert traces_in_rows(any_database, [VECTOR]) == []
    with any_database.write() as session:
        events.append(session, "hit.recorded", actor="system", subject="hit:1", now=now)
        events.append(session, "stream.state", actor="system", subject="stream:1", now=now, seen=VECTOR.tolist())
    assert {trace.what for trace in traces_in_rows(any_database, [VECTOR])} == {
        "an event hit.recorded",
        "template 0 written out",
    }
