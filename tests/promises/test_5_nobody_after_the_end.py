"""Promise 5: nobody is looked for after their end, however it came, and nobody is told of them any more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from patrol.faces.thresholds import Thresholds
from patrol.hits.clocks import Clocks
from patrol.hits.retention import sweep
from patrol.hits.review import EntryEnded
from patrol.store.blobs import Blobs
from patrol.store.engine import Database
from patrol.store.tables import Person
from patrol.values import Track
from patrol.watchlist import people
from patrol.watchlist.gallery import Gallery
from tests.hits.sightings import EMBEDDER, cast, face, template, track
from tests.hits.story import Story
from tests.promises.traces import traces_in_files
from tests.watchlist.tracks import add_portrait

SOON = timedelta(minutes=5)


def story_in(database: Database, blobs: Blobs, now: datetime) -> Story:
    """Wanda is on the list, with one template."""
    with database.write() as session:
        wanted = cast(session, now)
        add_portrait(session, wanted.wanda, template(1), now)
    return Story(database, blobs, wanted)


@pytest.fixture
def story(any_database: Database, blobs: Blobs, now: datetime) -> Story:
    return story_in(any_database, blobs, now)


@pytest.fixture
def gallery(story: Story, now: datetime) -> Gallery:
    """As a worker holds it that has watched since before the end."""
    held = Gallery(EMBEDDER, Thresholds(sure=0.45, uncertain=0.35, margin=0.05))
    refresh(held, story, now)
    return held


def refresh(gallery: Gallery, story: Story, now: datetime) -> None:
    with story.database.read() as session:
        gallery.refresh(session, now)


def wanda_seen(now: datetime) -> Track:
    return replace(track(now), looks=tuple(face(seed=1) for _ in range(3)), template=template(1))


def end_by_the_clock(session: Session, wanda: Person, blobs: Blobs, now: datetime) -> None:
    people.change_person(session, wanda, by="ada", now=now, ends_at=now + SOON)


def end_with_the_list(session: Session, wanda: Person, blobs: Blobs, now: datetime) -> None:
    people.change_watchlist(session, wanda.watchlist, by="ada", now=now, ends_at=now + SOON)


def remove(session: Session, wanda: Person, blobs: Blobs, now: datetime) -> None:
    people.remove_person(session, blobs, wanda, by="ada", now=now)


def suspend(session: Session, wanda: Person, blobs: Blobs, now: datetime) -> None:
    people.suspend_person(session, wanda, by="ada", now=now)


def close_the_list(session: Session, wanda: Person, blobs: Blobs, now: datetime) -> None:
    people.close_watchlist(session, wanda.watchlist, by="ada", now=now)


End = Callable[[Session, Person, Blobs, datetime], None]
by_every_end = pytest.mark.parametrize("end", [end_by_the_clock, end_with_the_list, remove, suspend, close_the_list])


def let_end(story: Story, end: End, now: datetime) -> datetime:
    """Let Wanda's entry end; return when it has ended, whichever way."""
    with story.database.write() as session:
        end(session, session.get_one(Person, story.people.wanda.id), story.blobs, now)
    return now + SOON


@by_every_end
def test_a_worker_forgets_who_has_ended_with_its_next_refresh(
    story: Story, gallery: Gallery, end: End, now: datetime
) -> None:
    assert gallery.match(wanda_seen(now), now) is not None
    over_at = let_end(story, end, now)
    refresh(gallery, story, over_at)
    assert gallery.n_people == 0
    assert gallery.match(wanda_seen(over_at), over_at) is None


def test_an_end_by_the_clock_needs_no_refresh(story: Story, gallery: Gallery, now: datetime) -> None:
    over_at = let_end(story, end_by_the_clock, now)
    refresh(gallery, story, now)
    assert gallery.match(wanda_seen(now), over_at - timedelta(seconds=1)) is not None
    assert gallery.match(wanda_seen(now), over_at) is None


@by_every_end
def test_a_match_from_before_the_end_is_not_written_down_after_it(
    story: Story, gallery: Gallery, end: End, now: datetime
) -> None:
    found = gallery.match(wanda_seen(now), now)
    over_at = let_end(story, end, now)
    assert story.see(wanda_seen(over_at), found) is None
    assert story.hits() == []


@by_every_end
def test_a_hit_that_waits_when_its_entry_ends_is_not_confirmed(
    story: Story, gallery: Gallery, end: End, now: datetime
) -> None:
    hit = story.see(wanda_seen(now), gallery.match(wanda_seen(now), now))
    assert hit is not None
    over_at = let_end(story, end, now)
    with pytest.raises(EntryEnded):
        story.decide(hit, "confirmed", now=over_at)
    assert story.hit(hit.id).verdict is None
    assert story.decide(hit, "rejected", now=over_at).verdict == "rejected"


def test_the_templates_of_who_ended_are_nowhere_on_the_disk_after_a_sweep(
    database: Database, blobs: Blobs, tmp_path: Path, now: datetime
) -> None:
    """Nor in SQLite's write-ahead log, though the sweep itself finds nothing left to delete."""
    story = story_in(database, blobs, now)
    over_at = let_end(story, end_by_the_clock, now)
    assert traces_in_files(tmp_path, [template(1).vector]) != []
    with database.write() as session:
        assert people.forget_ended(session, blobs, keep=SOON, now=over_at + SOON) == 1
    sweep(database, blobs, Clocks(), 10**12, over_at + SOON)
    assert traces_in_files(tmp_path, [template(1).vector]) == []
