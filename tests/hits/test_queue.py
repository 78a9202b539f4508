"""What waits comes in the order in which a reviewer should see it, page by page, and only the reader's sites."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from patrol.hits import queue
from patrol.hits.review import HitUnknown
from patrol.store.tables import Delivery, Group, GroupChat, GroupReply, Hit
from patrol.values import Site
from tests.hits.sightings import STREAM, elsewhere, match, track
from tests.hits.story import Story

STATION = replace(STREAM, id="platform-2", site=Site("station", "North Station", 31.25, 121.45, "Asia/Shanghai"))


def fill(story: Story, now: datetime, *grades: str) -> list[Hit]:
    """One hit a grade, each an hour after the one before, numbered from 1."""
    hits = [
        story.see(track(now + timedelta(hours=n)), match(story.people, grade=grade)) for n, grade in enumerate(grades)
    ]
    return [hit for hit in hits if hit is not None]


def alarm(story: Story, hit: Hit) -> None:
    """A guard says "not him", as dispatch writes it down."""
    with story.database.write() as session:
        reopened = session.get_one(Hit, hit.id)
        reopened.round, reopened.verdict, reopened.alarm = 2, None, "not_him"


def numbers(page: queue.Page) -> list[int]:
    return [hit.number for hit in page.hits]


def test_an_empty_queue_is_an_empty_page(story: Story) -> None:
    with story.database.read() as session:
        assert queue.waiting(session, None) == queue.Page((), None)
        assert queue.n_waiting(session, None) == 0


def test_alarms_come_first_then_sure_then_uncertain_and_the_newest_of_each(story: Story, now: datetime) -> None:
    hits = fill(story, now, "sure", "uncertain", "sure", "uncertain", "sure")
    story.decide(hits[0], "confirmed")
    alarm(story, hits[0])
    with story.database.read() as session:
        assert numbers(queue.waiting(session, None)) == [1, 5, 3, 4, 2]
        assert queue.n_waiting(session, None) == 5


def test_what_a_recording_showed_waits_behind_what_is_seen_now(story: Story, now: datetime) -> None:
    recorded = story.see(track(now - timedelta(hours=5)), origin="replay")
    assert recorded is not None
    live = fill(story, now, "sure", "uncertain")
    with story.database.read() as session:
        assert numbers(queue.waiting(session, None)) == [live[0].number, live[1].number, recorded.number]


def test_pages_follow_on_without_gap_or_repeat(story: Story, now: datetime) -> None:
    hits = fill(story, now, "sure", "uncertain", "sure", "uncertain", "sure")
    alarm(story, hits[0])
    seen: list[int] = []
    before = None
    with story.database.read() as session:
        for _ in range(3):
            page = queue.waiting(session, None, before=before, limit=2)
            seen += numbers(page)
            before = page.next
    assert seen == [1, 5, 3, 4, 2]
    assert before is None


def test_a_full_last_page_has_no_next(story: Story, now: datetime) -> None:
    fill(story, now, "sure", "sure")
    with story.database.read() as session:
        assert queue.waiting(session, None, limit=2).next is None
        assert queue.waiting(session, None, limit=1).next == 2


def test_a_page_goes_on_where_it_was_though_its_last_hit_was_decided(story: Story, now: datetime) -> None:
    hits = fill(story, now, "uncertain", "sure", "sure", "sure")
    with story.database.read() as session:
        first = queue.waiting(session, None, limit=2)
    story.decide(hits[2], "rejected")
    with story.database.read() as session:
        assert numbers(queue.waiting(session, None, before=first.next, limit=2)) == [2, 1]
        assert numbers(queue.waiting(session, None, before=99)) == [4, 2, 1]


def test_a_reader_sees_only_the_sites_that_are_theirs(story: Story, now: datetime) -> None:
    story.see(track(now))
    theirs = story.see(track(now), stream=STATION)
    assert theirs is not None
    with story.database.read() as session:
        for sites, wanted in ((None, [2, 1]), ({"mall"}, [1]), ({"station"}, [2]), (set(), [])):
            assert numbers(queue.waiting(session, sites)) == wanted
            assert queue.n_waiting(session, sites) == len(wanted)
        assert queue.read(session, theirs.id, {"station"}).hit.number == 2
        with pytest.raises(HitUnknown):
            queue.read(session, theirs.id, {"mall"})
        with pytest.raises(HitUnknown):
            queue.read(session, uuid.uuid4(), None)


def test_the_decided_are_found_by_what_a_reader_asks_for(story: Story, now: datetime) -> None:
    hits = fill(story, now, "sure", "uncertain", "sure")
    other = story.see(track(now + timedelta(hours=9)), stream=elsewhere("gate-c"))
    assert other is not None
    story.decide(hits[0], "confirmed")
    story.decide(hits[1], "rejected")
    with story.database.read() as session:
        for asked, wanted in (
            ({"state": "all"}, [4, 3, 2, 1]),
            ({"state": "decided"}, [2, 1]),
            ({"state": "waiting"}, [4, 3]),
            ({"verdict": "rejected"}, [2]),
            ({"verdict": "unsure"}, []),
            ({"stream_id": "gate-c"}, [4]),
            ({"site_id": "mall", "state": "decided"}, [2, 1]),
            ({"watchlist_id": story.people.watchlist.id}, [4, 3, 2, 1]),
            ({"watchlist_id": uuid.uuid4()}, []),
            ({"person_id": story.people.wanda.id, "limit": 2}, [4, 3]),
            ({"before": 3}, [2, 1]),
        ):
            assert numbers(queue.find(session, None, **asked)) == wanted, asked  # type: ignore[arg-type]


def test_a_hit_without_pictures_leaves_the_queue_unless_a_guard_asks(story: Story, now: datetime) -> None:
    hits = fill(story, now, "sure", "sure")
    alarm(story, hits[0])
    story.hold_quota(1, now)
    with story.database.read() as session:
        assert numbers(queue.waiting(session, None)) == [1]
        assert queue.n_waiting(session, None) == 1


def test_a_hit_comes_with_its_decisions_deliveries_and_replies(story: Story, now: datetime) -> None:
    first, second = fill(story, now, "sure", "sure")
    decision = story.decide(first, "confirmed")
    with story.database.write() as session:
        group = Group(id="gate", name="Gate", latitude=31.2, longitude=121.4, created_at=now)
        chat = GroupChat(group=group, kind="page")
        delivery = Delivery(
            kind="hit",
            decision_id=decision.id,
            verdict="confirmed",
            hit_id=first.id,
            group=group,
            chat=chat,
            lane=1,
            next_try_at=now,
            expires_at=now,
            created_at=now,
        )
        session.add(delivery)
        session.flush()
        said = {"group_id": "gate", "chat_id": chat.id, "kind": "seen", "said_at": now, "received_at": now}
        session.add(GroupReply(hit_id=first.id, delivery_id=delivery.id, event_ref="1", **said))
    with story.database.read() as session:
        whole, bare = queue.with_everything(session, queue.find(session, None).hits[::-1])
        assert (whole.hit.id, bare.hit.id) == (first.id, second.id)
        assert [one.verdict for one in whole.hit.decisions] == ["confirmed"]
        assert [(one.group.name, one.chat.kind) for one in whole.deliveries] == [("Gate", "page")]
        assert [one.kind for one in whole.replies] == ["seen"]
        assert (bare.deliveries, bare.replies, list(bare.hit.decisions)) == ((), (), [])
        assert queue.with_everything(session, []) == []
