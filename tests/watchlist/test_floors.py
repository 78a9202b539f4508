"""A rejected hit raises its entry's threshold before its camera, for as long as the rejection stands."""

import math
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from patrol.matching.prior import prior_of, unmeasured
from patrol.store.engine import Database
from patrol.store.tables import Hit, HitProbe
from patrol.values import Match
from patrol.watchlist.changes import record_new_basis
from patrol.watchlist.floors import RETURN_SPREAD, Floors, cap_of, may_be_kept, read_floors
from patrol.watchlist.gallery import Gallery
from tests.hits.rows import STRANGER, hit_of, keeping, said, watched
from tests.hits.sightings import EMBEDDER, STREAM, Cast, cast, match, template, track
from tests.watchlist.drawn import DRAWN, template_of
from tests.watchlist.tracks import add_portrait, looks_of

HIGH = 0.9  # a cap that nothing reaches


@pytest.fixture
def people(any_database: Database, now: datetime) -> Cast:
    with any_database.write() as session:
        return cast(session, now)


def floors(session: Session, now: datetime, cap: float = HIGH) -> Floors:
    return read_floors(session, EMBEDDER, cap, now)


def test_nothing_rejected_raises_nothing(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, verdict="confirmed")
        hit_of(session, people, now, verdict=None)
        assert floors(session, now).by_spot == {}
        assert Floors().least(people.wanda.id, STREAM.id, 0.2) == 0.2


def test_a_rejected_hit_raises_its_entry_before_its_camera_only(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, 0.3)
        known = floors(session, now)
    assert known.least(people.wanda.id, STREAM.id, 0.2) == pytest.approx(0.3 + RETURN_SPREAD)
    assert known.least(people.wanda.id, "elsewhere", 0.2) == 0.2
    assert known.least(uuid.uuid4(), STREAM.id, 0.2) == 0.2


def test_the_nearest_of_the_rejected_counts_and_a_higher_threshold_stays(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, 0.3)
        hit_of(session, people, now, 0.25)
        known = floors(session, now)
    floor = known.by_spot[people.wanda.id, STREAM.id]
    assert (floor.rejected_score, floor.n_rejected, floor.is_capped) == (0.3, 2, False)
    assert known.least(people.wanda.id, STREAM.id, 0.8) == 0.8


def test_no_floor_stands_so_high_that_nobody_is_found(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, 0.6)
        floor = floors(session, now, cap=0.45).by_spot[people.wanda.id, STREAM.id]
    assert (floor.score, floor.is_capped) == (0.45, True)


@pytest.mark.parametrize("origin", ["exercise", "replay", "manual"])
def test_what_no_camera_matched_teaches_nothing(
    any_database: Database, people: Cast, now: datetime, origin: str
) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, origin=origin)
        assert floors(session, now).by_spot == {}


def test_another_embedders_scores_teach_nothing(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, embedder="dlib-resnet29-v1")
        assert floors(session, now).by_spot == {}


def test_a_cosine_of_before_scores_were_made_teaches_nothing(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, None)
        assert floors(session, now).by_spot == {}
        hit_of(session, people, now, 0.3)
        assert floors(session, now).by_spot[people.wanda.id, STREAM.id].n_rejected == 1


@pytest.mark.parametrize(
    ("reason", "is_lesson"),
    [(None, True), ("different_person", True), ("guard_says_not_him", True), ("not_listed_now", False)],
)
def test_a_rejection_of_the_right_person_teaches_nothing(
    any_database: Database, people: Cast, now: datetime, reason: str | None, is_lesson: bool
) -> None:
    with any_database.write() as session:
        said(session, people, hit_of(session, people, now), reason, now)
        assert bool(floors(session, now).by_spot) == is_lesson


def test_an_amended_verdict_and_a_deleted_hit_take_it_back(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        amended, deleted = hit_of(session, people, now, 0.3), hit_of(session, people, now, 0.4)
        amended.verdict = "confirmed"
        session.flush()
        assert floors(session, now).by_spot[people.wanda.id, STREAM.id].rejected_score == 0.4
        session.execute(delete(Hit).where(Hit.id == deleted.id))
        assert floors(session, now).by_spot == {}


def is_barred(
    known: Floors, people: Cast, now: datetime, similarity: float = 0.5, stream_id: str = STREAM.id
) -> bool:
    return known.is_known_stranger(people.wanda.id, stream_id, template(STRANGER).vector, similarity, now)


def test_without_a_policy_no_template_of_a_stranger_is_compared_with(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        watched(session, now)
        hit = hit_of(session, people, now)
        keeping(session, now, site_id="another")
        assert not session.query(Hit.id).where(Hit.id == hit.id, may_be_kept(now)).all()
        assert not is_barred(floors(session, now), people, now)


def test_under_the_sites_policy_a_face_more_like_the_stranger_than_like_the_entry_is_nobody(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        watched(session, now)
        hit_of(session, people, now)
        keeping(session, now)
        known = floors(session, now)
    assert is_barred(known, people, now)
    assert not is_barred(known, people, now, similarity=1.01)  # nearer to the entry than to the stranger
    assert not known.is_known_stranger(uuid.uuid4(), STREAM.id, template(STRANGER).vector, 0.5, now)


def test_an_anchor_serves_its_own_site_and_ends_with_the_policy(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        watched(session, now)
        watched(session, now, "far", "another")
        hit_of(session, people, now)
        keeping(session, now, days=1)
        known = floors(session, now)
        assert floors(session, now + timedelta(days=2)).anchors == {}
    assert not is_barred(known, people, now, stream_id="far")
    assert not is_barred(known, people, now + timedelta(days=1))  # though nobody has read the rows again


def test_a_confirmed_face_is_no_anchor(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, verdict="confirmed")
        keeping(session, now)
        assert floors(session, now).anchors == {}


def test_an_anchor_is_the_mean_of_its_passages_looks_by_quality(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        watched(session, now)
        hit = hit_of(session, people, now)
        blurred = template(8).vector.astype("<f4").tobytes()
        session.add(HitProbe(hit_id=hit.id, embedder=EMBEDDER, vector=blurred, quality=0.0))
        keeping(session, now)
        session.flush()
        [anchor] = floors(session, now).anchors[people.wanda.id]
    assert np.linalg.norm(anchor.vector) == pytest.approx(1.0)
    assert anchor.vector @ template(STRANGER).vector == pytest.approx(1.0, abs=0.01)


def held(known: Floors, people: Cast, now: datetime, score: float) -> Match | None:
    found = replace(match(people, score), similarity=0.5)
    return known.hold(found, replace(track(now), template=template(STRANGER)), now)


def test_a_match_is_held_against_the_floor_and_says_so(any_database: Database, people: Cast, now: datetime) -> None:
    with any_database.write() as session:
        hit_of(session, people, now, 0.5)
        known = floors(session, now)
    assert held(known, people, now, 0.5 + RETURN_SPREAD / 2) is None
    higher = held(known, people, now, 0.6)
    assert higher is not None
    assert higher.threshold == pytest.approx(0.5 + RETURN_SPREAD)
    assert held(Floors(), people, now, 0.5) == replace(match(people, 0.5), similarity=0.5)


def test_a_match_that_is_more_like_a_kept_stranger_is_none(
    any_database: Database, people: Cast, now: datetime
) -> None:
    with any_database.write() as session:
        watched(session, now)
        hit_of(session, people, now, 0.3)
        keeping(session, now)
        known = floors(session, now)
    assert held(known, people, now, 0.9) is None


def test_the_cap_is_what_half_of_the_good_passages_reach_by_the_embedders_own_calibration() -> None:
    known = prior_of(EMBEDDER)
    own = replace(known, found=((0.1, 0.9), (0.25, 0.5), (0.4, 0.1)))
    assert cap_of(own) == pytest.approx(0.25)
    assert cap_of(known) != cap_of(own)
    assert cap_of(unmeasured("net-1", "dlib")) == pytest.approx(0.955)


def test_given_thresholds_have_no_cap() -> None:
    assert cap_of(None) == math.inf


def test_a_gallery_follows_verdicts_as_it_follows_lists(any_database: Database, now: datetime) -> None:
    """Once rejected, the same stranger is nobody before that camera, from the next refresh to the amendment."""
    gallery = Gallery("drawn-1", DRAWN)
    with any_database.write() as session:
        made = cast(session, now)
        portrait = add_portrait(session, made.wanda, template_of(1), now)
        gallery.refresh(session, now)
        seen = looks_of(1)
        found = gallery.match(seen, now)
        assert found is not None
        at = {"stream_id": seen.stream_id, "portrait_id": portrait.id, "embedder": "drawn-1"}
        hit = hit_of(session, made, now, found.score, **at)
        record_new_basis(session, "verdicts", now)
        gallery.refresh(session, now)
        assert gallery.match(seen, now) is None
        assert gallery.match(replace(seen, stream_id="elsewhere"), now) == found
        hit.verdict = "confirmed"
        record_new_basis(session, "verdicts", now)
        gallery.refresh(session, now)
        assert gallery.match(seen, now) == found
