"""Two workers on one stream, a worker killed at the worst moment: one hit a passage, no number twice, no litter."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest

from patrol.hits.clocks import Clocks
from patrol.hits.retention import sweep
from patrol.store.tables import Hit, HitPassage
from tests.hits.sightings import track
from tests.hits.story import Story


def at_once(jobs: list[Callable[[], object]]) -> None:
    """Start all jobs together and raise what any of them raised."""
    start, failures = Barrier(len(jobs)), []

    def work(job: Callable[[], object]) -> None:
        start.wait(10)
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def require_tidy(story: Story) -> None:
    """Every picture has its row and every row its pictures."""
    keys = [key for hit in story.hits() for key in (hit.face_key, hit.frame_key)]
    assert story.blobs.keys() == sorted(str(key) for key in keys)


def test_two_workers_that_see_two_passages_of_one_person_make_one_hit(story: Story, now: datetime) -> None:
    tracks = [track(now + timedelta(seconds=n), quality=0.1 * n) for n in range(1, 6)]
    at_once([lambda t=t: story.see(t) for t in tracks])  # type: ignore[misc]
    (hit,) = story.hits()
    assert (hit.number, hit.n_passages) == (1, 5)
    assert story.count(HitPassage) == 5
    require_tidy(story)


def test_the_same_passage_recorded_by_two_workers_is_one_hit(story: Story, now: datetime) -> None:
    passage = uuid.uuid4()
    tracks = [track(now, passage_id=passage, quality=0.2 * n) for n in range(1, 5)]
    at_once([lambda t=t: story.see(t) for t in tracks])  # type: ignore[misc]
    (hit,) = story.hits()
    assert (hit.n_passages, hit.quality) == (1, 0.8)
    assert story.event_kinds().count("hit.recorded") == 1
    require_tidy(story)


def test_numbers_have_no_gap_and_no_double_however_many_record(story: Story, now: datetime) -> None:
    tracks = [track(now + timedelta(hours=n)) for n in range(6)]
    at_once([lambda t=t: story.see(t) for t in tracks])  # type: ignore[misc]
    assert [hit.number for hit in story.hits()] == [1, 2, 3, 4, 5, 6]
    require_tidy(story)


@pytest.mark.parametrize("n", range(3))
def test_a_decision_and_a_better_look_at_once_leave_what_was_decided_on(story: Story, now: datetime, n: int) -> None:
    passage = uuid.uuid4()
    hit = story.see(track(now, passage_id=passage, quality=0.3))
    assert hit is not None
    better = track(now, passage_id=passage, quality=0.9)
    at_once([lambda: story.see(better), lambda: story.decide(hit, "confirmed")])
    kinds = story.event_kinds()
    was_improved = "hit.updated" in kinds
    assert (story.hit(hit.id).face_key != hit.face_key) == was_improved
    assert not was_improved or kinds.index("hit.updated") < kinds.index("hit.decided")
    require_tidy(story)


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from uuid import UUID
from patrol.hits import record as recording
from patrol.store.blobs import Blobs
from patrol.store.engine import open_database
from patrol.values import Match
from tests.hits.sightings import STREAM, EMBEDDER, track

url, folder, now, person, portrait, passage, moment = sys.argv[1:]
database, blobs, now = open_database(url), Blobs(Path(folder)), datetime.fromisoformat(now)

def die(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

if moment != "never":
    setattr(recording, moment, die)
found = Match(UUID(person), UUID(portrait), 0.6, 0.6, 0.45, None, None, EMBEDDER, "sure")
with database.write() as session:
    recording.record(session, blobs, STREAM, track(now, passage_id=UUID(passage)), found, now=now, cooldown_s=120)
    if moment == "commit":
        die()
"""


def record_and_die(story: Story, now: datetime, passage: uuid.UUID, moment: str) -> int:
    """Record in a process of its own that is killed at `moment`; return its exit status."""
    people = story.people
    url = story.database.engine.url.render_as_string(hide_password=False)
    arguments = (url, story.blobs.folder, now.isoformat(), people.wanda.id, people.portrait.id, passage, moment)
    command = [sys.executable, "-c", KILLED, *map(str, arguments)]
    return subprocess.run(command, check=False, timeout=60).returncode


@pytest.mark.kill
@pytest.mark.parametrize("moment", ["take_turn", "insert", "write_probes", "say", "commit"])
def test_a_worker_killed_between_picture_and_row_leaves_no_hit_and_blocks_nobody(
    story: Story, now: datetime, moment: str
) -> None:
    passage = uuid.uuid4()
    assert record_and_die(story, now, passage, moment) == -signal.SIGKILL
    assert story.hits() == []
    assert len(story.blobs.keys()) == 2  # what the sweep is for
    hit = story.see(track(now, passage_id=passage))
    assert hit is not None
    assert hit.number == 1
    for stored in story.blobs.stored():
        os.utime(story.blobs.folder / stored.key, (0, 0))
    assert story.orphans_deleted(now) == 2
    require_tidy(story)


@pytest.mark.kill
def test_a_worker_killed_after_the_commit_has_lost_nothing(story: Story, now: datetime) -> None:
    passage = uuid.uuid4()
    assert record_and_die(story, now, passage, "never") == 0
    assert story.see(track(now, passage_id=passage)) is None  # the next worker finds it
    assert story.count(Hit) == 1
    require_tidy(story)


@pytest.mark.kill
def test_a_sweeper_killed_between_row_and_picture_is_finished_by_the_next(story: Story, now: datetime) -> None:
    hit = story.see(track(now))
    assert hit is not None
    story.decide(hit, "rejected")
    keys = story.blobs.keys()
    kept = {key: story.blobs.get(key) for key in keys}
    sweep(story.database, story.blobs, Clocks(), 10**12, now + timedelta(hours=25))
    for key, content in kept.items():  # as if the process had died before it deleted them
        (story.blobs.folder / key).write_bytes(content)
        os.utime(story.blobs.folder / key, (0, 0))
    report = sweep(story.database, story.blobs, Clocks(), 10**12, now + timedelta(hours=25))
    assert report.n_orphans == 2
    assert story.blobs.keys() == []
