"""What is past its time goes, what is on its way out stays, and a full disk takes what is least needed first."""

import os
from datetime import datetime, timedelta
from threading import Thread
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from patrol.hits.clocks import Clocks
from patrol.hits.retention import CALM_BELOW, SweepReport, sweep
from patrol.store.tables import (
    Alarm,
    Delivery,
    Event,
    Group,
    GroupChat,
    GroupReply,
    Hit,
    HitPassage,
    HitProbe,
    LoginAttempt,
    LoginSession,
    Person,
    Routing,
    Worker,
)
from tests.hits.sightings import match, track
from tests.hits.story import Story

PLENTY = 10**12
HOUR = timedelta(hours=1)


def run(story: Story, now: datetime, quota_bytes: int = PLENTY) -> SweepReport:
    return sweep(story.database, story.blobs, Clocks(), quota_bytes, now)


def recorded(story: Story, now: datetime, verdict: str | None = None) -> Hit:
    hit = story.see(track(now), match(story.people))
    assert hit is not None
    if verdict is not None:
        decision = story.decide(hit, verdict)
        with story.database.write() as session:
            session.add(Routing(decision_id=decision.id, routed_at=now, outcome="nothing_to_do"))
    return hit


def told(story: Story, hit: Hit, now: datetime, state: str = "sent", **more: object) -> str:
    """A delivery of a confirmed hit with a picture of its own; returns the picture's key."""
    key = story.blobs.put("delivery", b"\xff\xd8\xff sent", now)
    with story.database.write() as session:
        decision = session.get_one(Hit, hit.id).decisions[0]
        group = session.get(Group, "gate") or Group(
            id="gate", name="Gate", latitude=31.2, longitude=121.4, created_at=now, chats=[GroupChat(kind="page")]
        )
        session.add(group)
        session.flush()
        row = {"kind": "hit", "decision_id": decision.id, "verdict": "confirmed", "hit_id": hit.id, "lane": 1}
        row |= {"group": group, "chat": group.chats[0], "picture_key": key, "state": state, "created_at": now}
        row |= {"next_try_at": now, "expires_at": now + HOUR}
        session.add(delivery := Delivery(**row | more))
        session.flush()
        said = {"group_id": "gate", "chat_id": delivery.chat_id, "kind": "seen", "said_at": now, "received_at": now}
        session.add(GroupReply(delivery_id=delivery.id, event_ref=key, **said))
    return key


def count(story: Story, table: type) -> int:
    return story.count(table)


def is_shed(story: Story, hit: Hit) -> bool:
    kept = story.hit(hit.id)
    assert (kept.face_key is None) == (kept.frame_key is None) == (kept.pictures_shed_at is not None)
    return kept.pictures_shed_at is not None


def test_a_sweep_of_nothing_reports_nothing(story: Story, now: datetime) -> None:
    assert run(story, now) == SweepReport(quota_bytes=PLENTY)


@pytest.mark.parametrize(
    ("verdict", "kept_for"),
    [
        (None, timedelta(hours=72)),
        ("unsure", timedelta(hours=72)),
        ("rejected", timedelta(hours=24)),
        ("confirmed", timedelta(days=31)),
    ],
)
def test_pictures_and_templates_go_when_their_clock_has_run(
    story: Story, now: datetime, verdict: str | None, kept_for: timedelta
) -> None:
    with story.database.write() as session:  # the list outlives every clock
        session.get_one(Person, story.people.wanda.id).ends_at = now + timedelta(days=900)
        session.merge(story.people.watchlist).ends_at = now + timedelta(days=900)
    hit = recorded(story, now, verdict)
    assert run(story, now + kept_for - HOUR).n_shed_by_clock == 0
    assert not is_shed(story, hit)
    assert run(story, now + kept_for).n_shed_by_clock == 1
    assert is_shed(story, hit)
    assert story.blobs.keys() == []
    assert count(story, HitProbe) == 0
    assert (count(story, Hit), count(story, HitPassage)) == (1, 1)
    assert story.event_kinds()[-1] == "hit.shed"


def test_the_clock_runs_from_the_newest_decision(story: Story, now: datetime) -> None:
    hit = recorded(story, now)
    story.decide(hit, "rejected", now=now + 60 * HOUR)
    assert run(story, now + 80 * HOUR).n_shed_by_clock == 0
    assert run(story, now + 84 * HOUR).n_shed_by_clock == 1


def test_a_second_sweep_deletes_nothing(story: Story, now: datetime) -> None:
    recorded(story, now, "rejected")
    later = now + 25 * HOUR
    assert run(story, later).n_shed_by_clock == 1
    assert run(story, later) == SweepReport(quota_bytes=PLENTY)


def test_the_pictures_that_were_sent_go_with_the_hit(story: Story, now: datetime) -> None:
    hit = recorded(story, now, "confirmed")
    told(story, hit, now)
    run(story, now + timedelta(days=32))
    assert story.blobs.keys() == []
    with story.database.read() as session:
        assert session.scalars(select(Delivery.picture_key)).one() is None


def test_what_is_on_its_way_out_keeps_its_pictures_until_its_deadline(story: Story, now: datetime) -> None:
    hit = recorded(story, now, "confirmed")
    later = now + timedelta(days=32)
    told(story, hit, now, state="queued", expires_at=later)
    assert run(story, later - HOUR, quota_bytes=1).n_shed_by_quota == 0
    assert run(story, later).n_shed_by_clock == 1  # a dead sender must not stop the clock for ever


@pytest.mark.parametrize(
    ("verdict", "goes"), [(None, True), ("rejected", True), ("unsure", True), ("confirmed", False)]
)
@pytest.mark.parametrize("column", ["ends_at", "removed_at"])
def test_when_an_entry_has_ended_only_its_confirmed_hits_keep_a_purpose(
    story: Story, now: datetime, verdict: str | None, goes: bool, column: str
) -> None:
    hit = recorded(story, now, verdict)
    with story.database.write() as session:
        setattr(session.get_one(Person, story.people.wanda.id), column, now - 23 * HOUR)
    run(story, now)
    assert not is_shed(story, hit)
    run(story, now + HOUR)
    assert is_shed(story, hit) is goes


def test_rows_go_long_after_their_pictures_and_take_everything_with_them(story: Story, now: datetime) -> None:
    hit = recorded(story, now, "confirmed")
    told(story, hit, now)
    shed_at = now + timedelta(days=31)
    run(story, shed_at)
    assert run(story, shed_at + timedelta(days=179)).n_hits_deleted == 0
    assert run(story, shed_at + timedelta(days=180)).n_hits_deleted == 1
    for table in (Hit, HitPassage, Delivery, GroupReply, Routing):
        assert count(story, table) == 0, table.__name__
    assert story.event_kinds()[-1] == "hit.deleted"
    assert story.event_kinds()[0] == "hit.recorded"


def test_a_withdrawal_does_not_keep_the_rows(story: Story, now: datetime) -> None:
    hit = recorded(story, now, "confirmed")
    told(story, hit, now)
    story.amend(hit, "rejected")
    with story.database.write() as session:
        sent = session.scalars(select(Delivery)).one()
        row = {"kind": "withdraw", "hit_id": hit.id, "group_id": "gate", "chat_id": sent.chat_id, "lane": 0}
        row |= {"cancels_id": sent.id, "next_try_at": now, "expires_at": now, "created_at": now, "state": "sent"}
        session.add(Delivery(**row))
    run(story, now + timedelta(days=32))
    assert run(story, now + timedelta(days=220)).n_hits_deleted == 1


def test_the_names_of_ended_entries_go_with_their_last_hit(story: Story, now: datetime) -> None:
    recorded(story, now, "rejected")
    run(story, now + timedelta(days=100))
    assert count(story, Person) == 1
    report = run(story, now + timedelta(days=400))
    assert (report.n_hits_deleted, report.n_people_deleted) == (1, 1)
    assert count(story, Person) == 0


def sizes(story: Story) -> int:
    return story.blobs.total_bytes()


def test_a_full_disk_takes_rejected_hits_first_and_waiting_ones_last(story: Story, now: datetime) -> None:
    kinds = [None, "confirmed", "unsure", "rejected", "rejected"]
    hits = [recorded(story, now + n * HOUR, kind) for n, kind in enumerate(kinds)]
    later, each = now + 6 * HOUR, sizes(story) // 5
    gone: list[int] = []
    for n_kept in (4, 3, 2, 1, 0):
        used = sizes(story)
        n_shed, left = story.hold_quota(each * n_kept + each // 2, later)
        assert (n_shed, left) == (1, sizes(story))
        assert left < used
        gone += [hit.number for hit in hits if is_shed(story, hit) and hit.number not in gone]
    assert gone == [4, 5, 3, 2, 1]


def test_a_confirmation_nobody_has_read_yet_is_not_shed(story: Story, now: datetime) -> None:
    hit = story.see(track(now))
    assert hit is not None
    story.decide(hit, "confirmed")
    report = run(story, now, quota_bytes=1)
    assert (report.n_shed_by_quota, report.is_over_quota) == (0, True)


def test_the_admin_hears_of_a_filling_disk_once_and_of_its_end(story: Story, now: datetime) -> None:
    recorded(story, now)
    used = sizes(story)
    for quota, n_alarms in ((used * 2, 0), (int(used / 0.86), 1), (int(used / 0.95), 1), (int(used / 0.82), 1)):
        story.hold_quota(quota, now)
        with story.database.read() as session:
            open_alarms = session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None))).all()
        assert len(open_alarms) == n_alarms
    story.hold_quota(used * 2, now)
    with story.database.read() as session:
        alarm = session.scalars(select(Alarm)).one()
    assert (alarm.code, alarm.cleared_at) == ("disk_quota", now)
    assert story.event_kinds() == ["hit.recorded", "alarm.raised", "alarm.cleared"]


def put_long_ago(story: Story, kind: str, written_at: datetime) -> str:
    key = story.blobs.put(kind, b"\xff\xd8\xff orphan", written_at)
    os.utime(story.blobs.folder / key, (written_at.timestamp(), written_at.timestamp()))
    return key


def test_a_picture_that_no_row_names_goes_once_it_is_old_and_a_named_one_stays(story: Story, now: datetime) -> None:
    hit = recorded(story, now)
    named = [str(hit.face_key), str(hit.frame_key)]
    for key in named:
        os.utime(story.blobs.folder / key, (0, 0))
    put_long_ago(story, "face", now - 2 * HOUR)
    put_long_ago(story, "delivery", now - 2 * HOUR)
    young = put_long_ago(story, "frame", now - HOUR / 2)
    half_written = story.blobs.folder / f"{young[:-4]}.part"
    half_written.write_bytes(b"\xff\xd8")
    os.utime(half_written, (0, 0))
    assert story.orphans_deleted(now - HOUR) == 3
    assert story.blobs.keys() == sorted([young, *named])
    assert not half_written.exists()
    assert story.orphans_deleted(now - HOUR) == 0


def test_an_enrolled_photo_is_no_orphan(story: Story, now: datetime) -> None:
    key = put_long_ago(story, "portrait", now - 9 * HOUR)
    with story.database.write() as session:
        session.merge(story.people.portrait).picture_key = key
    assert story.orphans_deleted(now) == 0


def test_old_bulletins_log_ins_and_workers_go(story: Story, now: datetime) -> None:
    hit = recorded(story, now, "confirmed")
    told(story, hit, now, kind="bulletin", hit_id=None, decision_id=None, verdict=None)
    with story.database.write() as session:
        session.add(LoginAttempt(name="max", address="203.0.113.9", at=now))
        for hours in (1, 100 * 24):
            ends_at = now + hours * HOUR
            kept = {"user_id": story.people.rita.id, "csrf_hash": "", "created_at": now, "expires_at": ends_at}
            session.add(LoginSession(token_hash=str(hours), **kept))
        session.add(Worker(id="w", started_at=now, beat_at=now, embedder="", runtime=""))
    report = run(story, now + timedelta(days=32))
    assert (report.n_bulletin_pictures, report.n_log_ins, report.n_workers) == (1, 2, 1)
    assert (count(story, LoginAttempt), count(story, LoginSession), count(story, Worker)) == (0, 1, 0)
    assert story.blobs.keys() == []


def test_events_are_kept(story: Story, now: datetime) -> None:
    recorded(story, now, "rejected")
    n_events = count(story, Event)
    run(story, now + timedelta(days=400))
    run(story, now + timedelta(days=800))
    assert count(story, Hit) == 0
    assert count(story, Event) == n_events + 2  # shed, deleted


def test_sweeps_beside_recorders_and_deciders_lose_nothing_and_fail_nobody(story: Story, now: datetime) -> None:
    later = now + 25 * HOUR
    old = [recorded(story, now + n * timedelta(minutes=5), "rejected") for n in range(6)]
    failures: list[BaseException] = []

    def safely(job: object) -> None:
        try:
            job()  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    def record_on() -> None:
        for n in range(6):
            fresh = story.see(track(later + n * timedelta(minutes=5)))
            assert fresh is not None
            story.decide(fresh, "confirmed")

    threads = [Thread(target=safely, args=(job,)) for job in (record_on, *[lambda: run(story, later)] * 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert all(is_shed(story, hit) for hit in old)
    with story.database.read() as session:
        n_shed = session.scalar(select(func.count()).select_from(Event).where(Event.kind == "hit.shed"))
        fresh = session.scalars(select(Hit).where(Hit.verdict == "confirmed")).all()
    assert n_shed == 6
    assert len(fresh) == 6
    assert len(story.blobs.keys()) == 12


def with_clip(story: Story, hit: Hit, n_bytes: int = 100_000) -> str:
    with story.database.write() as session:
        row = session.get_one(Hit, hit.id)
        row.clip_key = story.blobs.put("clip", bytes(n_bytes), row.recorded_at)
        row.clip_codec, row.clip_began_at, row.clip_s = "h264", row.seen_at, 10.0
        return row.clip_key


def clips(story: Story) -> list[int]:
    """The numbers of the hits that have a clip; no column of the others says that they ever had one."""
    hits = story.hits()
    columns = [(hit.clip_key, hit.clip_codec, hit.clip_began_at, hit.clip_s) for hit in hits]
    assert all(None not in of_one or set(of_one) == {None} for of_one in columns)
    return [hit.number for hit in hits if hit.clip_key]


def test_a_clip_goes_with_its_pictures(story: Story, now: datetime) -> None:
    hit = recorded(story, now, "rejected")
    with_clip(story, hit)
    assert run(story, now + 23 * HOUR).n_orphans == 0
    assert clips(story) == [hit.number]
    run(story, now + 24 * HOUR)
    assert clips(story) == story.blobs.keys() == []


def test_a_full_disk_takes_every_clip_before_the_first_picture(story: Story, now: datetime) -> None:
    hits = [recorded(story, now + n * HOUR, kind) for n, kind in enumerate([None, "confirmed", "rejected"])]
    pictures = sizes(story)
    for hit in hits:
        with_clip(story, hit)
    later = now + 4 * HOUR
    for left in ([1, 2], [1], []):  # each is more than a fifth of what is there
        report = run(story, later, quota_bytes=sizes(story) - 1)
        assert (report.n_clips_by_quota, report.n_shed_by_quota) == (1, 0)
        assert clips(story) == left
        assert report.used_bytes == sizes(story)
    assert not any(is_shed(story, hit) for hit in hits)
    assert run(story, later, quota_bytes=pictures - 1).n_shed_by_quota == 1
    assert count(story, Hit) == 3


def test_a_clip_on_a_confirmation_nobody_has_read_is_not_needed_for_it(story: Story, now: datetime) -> None:
    hit = story.see(track(now))
    assert hit is not None
    story.decide(hit, "confirmed")
    with_clip(story, hit)
    assert run(story, now, quota_bytes=sizes(story) - 1).n_clips_by_quota == 1
    assert not is_shed(story, hit)


def test_a_clip_that_no_row_names_goes_once_it_is_old(story: Story, now: datetime) -> None:
    named = with_clip(story, recorded(story, now))
    os.utime(story.blobs.folder / named, (0, 0))
    put_long_ago(story, "clip", now - 2 * HOUR)
    assert story.orphans_deleted(now - HOUR) == 1
    assert story.blobs.get(named)


class Disk:
    """A disk of a hundred gigabytes: what `shutil.disk_usage` tells of it, where so much is free beside our own."""

    def __init__(self, story: Story, free_bytes: int) -> None:
        self._story, self._all = story, free_bytes + sizes(story)

    def __call__(self, _folder: object) -> object:
        return SimpleNamespace(total=10**11, free=self._all - sizes(self._story))


def test_on_a_disk_that_is_full_clips_go_until_pictures_have_their_room(
    story: Story, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    hits = [recorded(story, now + n * HOUR, kind) for n, kind in enumerate([None, "confirmed", "rejected"])]
    for hit in hits:
        with_clip(story, hit)
    monkeypatch.setattr("shutil.disk_usage", Disk(story, 700_000_000 - 150_000))
    report = run(story, now + 4 * HOUR)
    assert (report.n_clips_by_quota, report.n_shed_by_quota, clips(story)) == (2, 0, [1])
    monkeypatch.setattr("shutil.disk_usage", Disk(story, 101_000_000))
    report = run(story, now + 4 * HOUR)
    assert (report.n_clips_by_quota, report.n_shed_by_quota) == (1, 0)
    monkeypatch.setattr("shutil.disk_usage", Disk(story, 100_000_000 - 10))
    assert run(story, now + 4 * HOUR).n_shed_by_quota == 1
    assert [is_shed(story, hit) for hit in hits] == [False, False, True]


def test_no_clip_takes_the_last_room_that_a_picture_needs(
    story: Story, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", Disk(story, 500_000_000))
    with pytest.raises(OSError, match="No space left"):
        story.blobs.put("clip", b"mp4", now)
    key = story.blobs.put("face", b"jpeg", now)
    assert story.blobs.has(key)


def test_clips_make_so_much_room_that_the_alarm_of_the_quota_ends(story: Story, now: datetime) -> None:
    for n in range(4):
        with_clip(story, recorded(story, now + n * HOUR))
    report = run(story, now + 5 * HOUR, quota_bytes=sizes(story) - 1)
    assert report.used_bytes < CALM_BELOW * report.quota_bytes
    with story.database.read() as session:
        assert session.scalars(select(Alarm).where(Alarm.cleared_at.is_(None))).all() == []


def test_pictures_that_found_no_room_are_an_alarm_until_there_is_room_again(
    story: Story, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", Disk(story, 63_000_000))
    recorded(story, now)
    with story.database.read() as session:
        assert session.scalars(select(Alarm.detail)).one() == {"error": "no_room"}  # every site's viewers read it
    for free_bytes, is_over in ((90_000_000, False), (110_000_000, True)):
        monkeypatch.setattr("shutil.disk_usage", Disk(story, free_bytes))
        run(story, now)
        with story.database.read() as session:
            assert (session.scalars(select(Alarm.cleared_at)).one() is not None) is is_over
