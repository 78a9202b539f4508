"""Error rates, masks, still faces and anchor policies at the terminal."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patrol.hits import masks
from patrol.hits.stillness import Stood
from patrol.store.engine import Database, open_database
from patrol.store.tables import Hit, HitPassage, StreamDay, Worker
from patrol.values import Site, Stream
from tests.cli.terminal import Terminal
from tests.hits.rows import hit_of
from tests.hits.sightings import EMBEDDER, SITE, STREAM, cast

NOW = datetime.now(UTC)
STREAMS = """
sites:
  - {id: mall, name: East Mall, latitude: 31.23, longitude: 121.47, time_zone: Asia/Shanghai}
streams:
  - {id: gate-b, site: mall, name: Gate B, place: Main gate, url: "rtsp://127.0.0.1/gate-b"}
"""


@pytest.fixture
def database(terminal: Terminal, tmp_path: Path) -> Database:
    """A month with two false alerts and a yes in 400 passages, and a worker."""
    (tmp_path / "streams.yaml").write_text(STREAMS, encoding="utf-8")
    terminal.answer("migrate")
    opened = open_database(f"sqlite:///{tmp_path}/data/patrol.db")
    with opened.write() as session:
        people = cast(session, NOW - timedelta(days=20))
        for verdict in ("rejected", "rejected", "confirmed"):
            hit = hit_of(session, people, NOW - timedelta(days=1), verdict=verdict)
        seen = {"first_seen_at": NOW, "last_seen_at": NOW, "n_looks": 3}
        session.add(HitPassage(hit_id=hit.id, passage_id=hit.passage_id, **seen))
        passed = StreamDay(stream_id=STREAM.id, day=NOW.date(), site_id=SITE.id, n_looks=9, n_passages=400)
        session.add(passed)
        session.add(Worker(id="w", started_at=NOW, beat_at=NOW, embedder=EMBEDDER, runtime="fake"))
    return opened


def still_face(database: Database) -> str:
    with database.write() as session:
        passage = session.query(HitPassage).one()
        hit_person = session.get_one(Hit, passage.hit_id).person_id
        stood = Stood(hit_person, passage.passage_id, (0.4, 0.3, 0.44, 0.38), NOW)
        stream = Stream(STREAM.id, Site("mall", "East Mall", 0, 0, "UTC"), "Gate B", "gate", "rtsp://h/")
        still = masks.report(session, stream, stood, NOW)
        assert still is not None
        return str(still.id)


def test_rates_are_said_with_their_intervals(terminal: Terminal, database: Database) -> None:
    said = terminal.answer("rates")
    assert "2 false alerts, 1 confirmed" in said
    assert "false alerts of 400 passages: 0.005 (0.00061-0.018)" in said
    assert "Wanda (Wanted): 2 false" in said
    assert "raised at camera gate-b to 0.340; expected find rate there " in said


def test_rates_in_json_are_one_object(terminal: Terminal, database: Database) -> None:
    found = json.loads(terminal.answer("rates", "--json", "--since", "7"))
    assert (found["n_false"], found["per_passage"]["of"], found["cameras"][0]["n_camera_days"]) == (2, 400, 1)
    [entry] = found["entries"]
    assert (entry["name"], entry["is_flagged"], list(entry["floors"])) == ("Wanda", False, ["gate-b"])


def test_an_empty_database_knows_no_rate(terminal: Terminal) -> None:
    assert "not known yet" in terminal.answer("rates")


def test_masks_are_added_listed_and_removed(terminal: Terminal, database: Database) -> None:
    assert terminal.answer("streams", "masks", "list") == "gate-b: no mask\n"
    terminal.answer("streams", "masks", "add", "gate-b", "0.1,0.1", "0.3,0.1", "0.3,0.4")
    assert terminal.answer("streams", "masks", "list", "gate-b") == "gate-b 1: 0.1,0.1 0.3,0.1 0.3,0.4\n"
    assert len(json.loads(terminal.answer("streams", "masks", "list", "--json"))["masks"]["gate-b"]) == 1
    terminal.answer("streams", "masks", "remove", "gate-b", "1")
    assert "no mask" in terminal.answer("streams", "masks", "list")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("add", "gate-b", "0.1,0.1", "here"), "corners are x,y pairs"),
        (("add", "gate-b", "0.1,0.1", "0.2,0.2"), "3 to 20 corners"),
        (("add", "nowhere", "0,0", "0,1", "1,1"), "no such stream"),
        (("remove", "gate-b", "1"), "has no mask 1"),
        (("accept", "abc"), "0 still faces begin with abc"),
    ],
)
def test_what_cannot_be_masked_is_said(
    terminal: Terminal, database: Database, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in terminal.complaint("streams", "masks", *arguments)


def test_what_is_not_in_the_file_of_streams_is_said_in_the_terminals_language(
    terminal: Terminal, database: Database
) -> None:
    anchors = "anchors", "write", "nowhere", "--text", "why", "--days", "3"
    assert "no site in streams.yaml is called nowhere; there are: mall" in terminal.complaint(*anchors)
    terminal.set("LANG", "zh_CN.UTF-8")
    assert "没有名为 nowhere 的场所" in terminal.complaint(*anchors)
    assert "没有此视频流：nowhere" in terminal.complaint("streams", "masks", "list", "nowhere")


def test_a_still_face_is_listed_and_masked(terminal: Terminal, database: Database) -> None:
    assert "No still face" in terminal.answer("streams", "masks", "still")
    id = still_face(database)
    assert "gate-b: Wanda has not moved since" in terminal.answer("streams", "masks", "still")
    assert "Masked at stream gate-b" in terminal.answer("streams", "masks", "accept", id[:8])
    assert "gate-b 1: " in terminal.answer("streams", "masks", "list")


def test_a_person_after_all_is_matched_again(terminal: Terminal, database: Database) -> None:
    id = still_face(database)
    assert "Matched again" in terminal.answer("streams", "masks", "dismiss", id)
    assert json.loads(terminal.answer("streams", "masks", "still", "--json")) == {"still_faces": []}


def test_anchor_policies_need_a_reason_and_an_end(terminal: Terminal, database: Database) -> None:
    assert "keeps no stranger's template" in terminal.answer("anchors", "list", "mall")
    assert "says what for" in terminal.complaint("anchors", "write", "mall", "--text", " ", "--days", "5")
    assert "nowhere" in terminal.complaint("anchors", "write", "nowhere", "--text", "x", "--days", "5")
    terminal.answer("anchors", "write", "mall", "--text", "a twin works here", "--days", "5")
    listed = terminal.answer("anchors", "list", "mall")
    assert "a twin works here" in listed
    assert "0 policies" in terminal.complaint("anchors", "end", "mall", "zzz")
    terminal.answer("anchors", "end", "mall", listed.split()[0])
    assert "keeps no stranger's template" in terminal.answer("anchors", "list", "mall")
