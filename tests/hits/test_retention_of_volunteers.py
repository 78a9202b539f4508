"""Who agreed until a day is gone after it, and so, long after, are the thresholds that followed from them."""

import os
import uuid
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Select, select

from patrol.hits import retention
from patrol.hits.clocks import Clocks
from patrol.hits.retention import SweepReport, sweep
from patrol.store.engine import Database
from patrol.store.tables import Calibration, Event, GalleryChange, Volunteer, VolunteerTemplate
from tests.hits.story import Story

DAY = timedelta(days=1)


def agree(story: Story, now: datetime, days: int) -> str:
    """Somebody agrees for some days; returns the key of their picture."""
    key = story.blobs.put("volunteer", b"\xff\xd8\xff volunteer", now - DAY)
    os.utime(story.blobs.folder / key, times=((now - DAY).timestamp(),) * 2)
    vector = np.eye(1, 128, dtype="<f4").tobytes()
    with story.database.write() as session:
        session.add(
            Volunteer(
                **{"name": "Ann", "consent": "letter", "created_at": now, "created_by": "rita"},
                **{"ends_at": now + days * DAY, "picture_key": key, "box_xyxy": [0, 0, 9, 9]},
                templates=[VolunteerTemplate(embedder="drawn-1", vector=vector, created_at=now)],
            )
        )
    return key


def run(story: Story, now: datetime) -> SweepReport:
    return sweep(story.database, story.blobs, Clocks(), 10**12, now)


def test_a_volunteers_picture_is_no_orphan(story: Story, now: datetime) -> None:
    key = agree(story, now, days=2)
    report = run(story, now)
    assert (report.n_orphans, report.n_volunteers) == (0, 0)
    assert story.blobs.keys() == [key]


def test_with_the_end_of_the_agreement_picture_and_template_go_and_workers_hear_of_it(
    story: Story, now: datetime
) -> None:
    agree(story, now, days=2)
    assert run(story, now + 2 * DAY).n_volunteers == 1
    assert story.blobs.keys() == []
    with story.database.read() as session:
        assert session.scalars(select(VolunteerTemplate)).all() == []
        assert session.scalars(select(Volunteer.name)).all() == [""]
        assert session.scalars(select(GalleryChange.operation)).all()[-1] == "volunteers"
        event = session.scalars(select(Event).where(Event.kind == "volunteer.removed")).one()
        assert event.actor == "system"
    assert run(story, now + 2 * DAY).n_volunteers == 0


def test_whom_another_sweep_removed_meanwhile_does_not_end_this_one(
    story: Story, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(story, now, days=2)
    agree(story, now, days=2)
    read_ids = retention._ids
    reports: list[SweepReport] = []

    def overtaken(database: Database, query: Select[uuid.UUID]) -> list[uuid.UUID]:
        """Reads who is due; before anything is done about it another sweep does it all."""
        due = read_ids(database, query)
        if due:
            monkeypatch.setattr(retention, "_ids", read_ids)
            reports.append(run(story, now + 2 * DAY))
        return due

    monkeypatch.setattr(retention, "_ids", overtaken)
    reports.append(run(story, now + 2 * DAY))
    assert [report.n_volunteers for report in reports] == [2, 0]


def test_the_bare_row_goes_as_old_hits_do(story: Story, now: datetime) -> None:
    agree(story, now, days=2)
    run(story, now + 2 * DAY)
    run(story, now + 2 * DAY + Clocks().rows)
    with story.database.read() as session:
        assert session.scalars(select(Volunteer)).all() == []


def test_old_thresholds_go_but_the_newest_of_each_embedder(story: Story, now: datetime) -> None:
    with story.database.write() as session:
        for embedder, day in (("sface", 0), ("sface", 1), ("dlib", 0), ("sface", 2)):
            row = Calibration(embedder=embedder, rev=day, budget_id=None, made_at=now + day * DAY, n_people=1)
            row.sure = row.uncertain = row.weak = 0.3
            row.belief = {}
            session.add(row)
    run(story, now + Clocks().rows + 3 * DAY)
    with story.database.read() as session:
        kept = session.execute(select(Calibration.embedder, Calibration.rev).order_by(Calibration.embedder)).all()
    assert [tuple(row) for row in kept] == [("dlib", 0), ("sface", 2)]
