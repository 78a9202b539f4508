"""Cases: opened by the first yes, updated by each further one, moved, quietened, closed; one a person at a time."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from patrol.hits import episodes, queue
from patrol.hits.endings import close
from patrol.hits.episodes import EpisodeClosed, EpisodeUnknown, OtherSitesToo
from patrol.hits.review import MayNotDecide
from patrol.store.tables import Alarm, Episode, Hit, User
from tests.hits.sightings import SITE, elsewhere, match, track
from tests.hits.story import Story


def see(story: Story, now: datetime, stream_id: str = "gate-b", **more: Any) -> Hit:
    hit = story.see(track(now), stream=elsewhere(stream_id), **more)
    assert hit is not None
    return hit


def see_at_airport(story: Story, now: datetime) -> Hit:
    hit = story.see(track(now), stream=replace(elsewhere("hall"), site=replace(SITE, id="airport")))
    assert hit is not None
    return hit


def episode_of(story: Story, hit: Hit) -> Episode | None:
    with story.database.read() as session:
        return session.get_one(Hit, hit.id).episode


def open_case(story: Story, hit: Hit) -> Episode:
    story.decide(hit, "confirmed")
    episode = episode_of(story, hit)
    assert episode is not None
    return episode


def test_a_hit_that_waits_or_was_rejected_is_of_no_case(story: Story, now: datetime) -> None:
    hit = see(story, now)
    assert episode_of(story, hit) is None
    story.decide(hit, "rejected")
    assert story.count(Episode) == 0


def test_the_first_yes_opens_a_case_where_the_person_was(story: Story, now: datetime) -> None:
    hit = see(story, now)
    episode = open_case(story, hit)
    assert (episode.first_hit_number, episode.n_updates, episode.outcome) == (hit.number, 0, None)
    assert (episode.site_id, episode.stream_id, episode.place) == ("mall", "gate-b", hit.place)
    assert (episode.placed_at, episode.placed_by) == (hit.last_seen_at, f"hit:{hit.number}")
    assert episode.deadline_at - episode.opened_at == timedelta(hours=2)


def test_the_next_yes_is_an_update_and_moves_the_case(story: Story, now: datetime) -> None:
    first = see(story, now)
    episode = open_case(story, first)
    later = now + timedelta(minutes=5)
    second = see(story, later, "gate-5")
    story.decide(second, "confirmed")
    moved = episode_of(story, second)
    assert moved is not None
    assert (moved.id, moved.n_updates, moved.stream_id, moved.placed_at) == (episode.id, 1, "gate-5", later)
    assert (story.hit(first.id).update_number, story.hit(second.id).update_number) == (0, 1)


def test_a_yes_to_an_older_sighting_does_not_move_the_case_back(story: Story, now: datetime) -> None:
    older = see(story, now)
    newer = see(story, now + timedelta(minutes=5), "gate-5")
    open_case(story, newer)
    story.decide(older, "confirmed", now=newer.last_seen_at)
    moved = episode_of(story, older)
    assert moved is not None
    assert moved.stream_id == "gate-5"


def test_exercises_and_replays_have_cases_of_their_own(story: Story, now: datetime) -> None:
    real, replay = see(story, now), see(story, now, "gate-5", origin="replay")
    assert open_case(story, real).id != open_case(story, replay).id


def test_two_people_have_two_cases(story: Story, now: datetime) -> None:
    real = see(story, now)
    open_case(story, real)
    assert story.count(Episode) == 1
    with story.database.read() as session:
        assert episodes.standing(session, real.person_id, "match") is not None
        assert episodes.standing(session, real.person_id, "exercise") is None


def test_after_its_deadline_the_next_yes_ends_the_case_as_lost_and_opens_another(story: Story, now: datetime) -> None:
    first = see(story, now)
    earlier = open_case(story, first)
    second = see(story, now + timedelta(hours=2, minutes=1), "gate-5")
    later = open_case(story, second)
    assert later.id != earlier.id
    ended = episode_of(story, first)
    assert ended is not None
    assert (ended.outcome, ended.closed_by) == ("lost", "system")


def test_when_its_only_yes_is_taken_back_the_case_ends(story: Story, now: datetime) -> None:
    for verdict, outcome in (("rejected", "not_him"), ("unsure", "called_off")):
        hit = see(story, now, f"gate-{verdict}")
        open_case(story, hit)
        story.amend(story.hit(hit.id), verdict)
        episode = episode_of(story, hit)
        assert episode is not None
        assert (episode.outcome, episode.closed_by) == (outcome, "rita")


def test_when_one_of_two_is_taken_back_the_case_goes_on_without_it(story: Story, now: datetime) -> None:
    first = see(story, now)
    episode = open_case(story, first)
    second = see(story, now, "gate-5")
    story.decide(second, "confirmed")
    story.amend(story.hit(first.id), "rejected")
    assert episode_of(story, first) is None
    left = episode_of(story, second)
    assert left is not None
    assert (left.id, left.closed_at) == (episode.id, None)


@pytest.mark.parametrize("doubt", ["rejected", "unsure"])
def test_a_yes_said_again_after_a_doubt_opens_a_case_again(story: Story, now: datetime, doubt: str) -> None:
    hit = see(story, now)
    earlier = open_case(story, hit)
    story.amend(story.hit(hit.id), doubt)
    story.amend(story.hit(hit.id), "confirmed")
    again = episode_of(story, hit)
    assert again is not None
    assert (again.id != earlier.id, again.closed_at, again.first_hit_number) == (True, None, hit.number)


def test_a_yes_only_said_again_leaves_a_closed_case_closed(story: Story, now: datetime) -> None:
    hit = see(story, now)
    earlier = open_case(story, hit)
    with story.database.write() as session:
        episodes.close(session, earlier.id, "handed_over", "", "rita", now)
        row = session.get_one(Hit, hit.id)
        row.round, row.verdict = row.round + 1, None  # a guard doubted it
    story.decide(story.hit(hit.id), "confirmed")
    again = episode_of(story, hit)
    assert again is not None
    assert (again.id, again.outcome) == (earlier.id, "handed_over")


def test_agreeing_with_a_guard_overrules_every_yes_of_the_case(story: Story, now: datetime) -> None:
    first, second = see(story, now), see(story, now, "gate-5")
    open_case(story, first)
    open_case(story, second)
    story.amend(story.hit(first.id), "rejected", "guard_says_not_him")
    assert [hit.verdict for hit in story.hits()] == ["rejected", "rejected"]
    with story.database.read() as session:
        newest = session.get_one(Hit, second.id).decisions[-1]
        assert (newest.user_name, newest.reason, newest.note) == ("rita", "guard_says_not_him", f"#{first.number:04}")


def test_agreeing_with_a_guard_takes_back_no_yes_of_a_site_that_the_reviewer_does_not_see(
    story: Story, now: datetime
) -> None:
    first, second = see(story, now), see_at_airport(story, now + timedelta(seconds=60))
    open_case(story, first)
    episode = open_case(story, second)
    story.amend(story.hit(first.id), "rejected", "guard_says_not_him", sites={"mall"})
    assert [hit.verdict for hit in story.hits()] == ["rejected", "confirmed"]
    left = episode_of(story, second)
    assert left is not None
    assert (left.id, left.closed_at) == (episode.id, None)


def test_another_reason_overrules_only_the_hit_it_is_about(story: Story, now: datetime) -> None:
    first, second = see(story, now), see(story, now, "gate-5")
    open_case(story, first)
    open_case(story, second)
    story.amend(story.hit(first.id), "rejected", "second_look")
    assert [hit.verdict for hit in story.hits()] == ["rejected", "confirmed"]


class TestClosing:
    def test_a_case_is_closed_once_with_an_outcome_and_a_note(self, story: Story, now: datetime) -> None:
        episode = open_case(story, see(story, now))
        with story.database.write() as session:
            rita = session.get_one(User, story.people.rita.id)
            ended = close(session, episode.id, "handed_over", " to the police at gate 5 ", rita, now)
            assert (ended.outcome, ended.note, ended.closed_by) == ("handed_over", "to the police at gate 5", "rita")
            with pytest.raises(EpisodeClosed, match="rita closed #0001: handed_over"):
                close(session, episode.id, "lost", "", rita, now)
        assert story.event_kinds()[-1] == "episode.closed"

    def test_not_him_overrules_every_yes(self, story: Story, now: datetime) -> None:
        first, second = see(story, now), see(story, now, "gate-5")
        open_case(story, first)
        episode = open_case(story, second)
        with story.database.write() as session:
            close(session, episode.id, "not_him", "", session.get_one(User, story.people.rita.id), now)
        assert [hit.verdict for hit in story.hits()] == ["rejected", "rejected"]

    def test_another_sites_reader_and_somebody_shut_out_close_nothing(self, story: Story, now: datetime) -> None:
        episode = open_case(story, see(story, now))
        with story.database.write() as session:
            rita, max = (session.get_one(User, who.id) for who in (story.people.rita, story.people.max))
            with pytest.raises(EpisodeUnknown):
                close(session, episode.id, "lost", "", rita, now, sites={"airport"})
            with pytest.raises(MayNotDecide):
                close(session, episode.id, "lost", "", max, now)

    def test_who_sees_one_of_its_sites_sees_a_case_but_takes_back_no_yes_of_another(
        self, story: Story, now: datetime
    ) -> None:
        open_case(story, see(story, now))
        episode = open_case(story, see_at_airport(story, now + timedelta(seconds=60)))
        assert episode.site_id == "airport"
        with story.database.write() as session:
            rita = session.get_one(User, story.people.rita.id)
            assert episodes.find(session, episode.id, {"mall"}).id == episode.id
            for sites in ({"mall"}, {"airport"}):
                with pytest.raises(OtherSitesToo):
                    close(session, episode.id, "not_him", "", rita, now, sites)
            with pytest.raises(EpisodeUnknown):
                close(session, episode.id, "not_him", "", rita, now, {"harbour"})
        assert [hit.verdict for hit in story.hits()] == ["confirmed", "confirmed"]
        with story.database.write() as session:
            close(session, episode.id, "handed_over", "", session.get_one(User, rita.id), now, {"mall"})

    def test_its_alarms_are_over(self, story: Story, now: datetime) -> None:
        hit = see(story, now)
        episode = open_case(story, hit)
        with story.database.write() as session:
            for code in (episodes.NEED_HELP, episodes.NOBODY_ANSWERS):
                session.add(Alarm(code=code, subject=f"hit:{hit.id}", detail={}, raised_at=now))
            session.flush()
            rita = session.get_one(User, story.people.rita.id)
            close(session, episode.id, "lost", "", rita, now)
        with story.database.read() as session:
            assert all(alarm.cleared_at for alarm in session.scalars(select(Alarm)))


class TestBeingHandled:
    def handled(self, story: Story, now: datetime, minutes: int = 15) -> Episode:
        episode = open_case(story, see(story, now))
        with story.database.write() as session:
            return episodes.handle(session, episode.id, minutes, "rita", now)

    def test_hits_at_that_site_are_quiet_for_so_long(self, story: Story, now: datetime) -> None:
        episode = self.handled(story, now)
        soon, late = now + timedelta(minutes=14), now + timedelta(minutes=16)
        assert see(story, soon, "gate-5").is_quiet
        assert not see(story, late, "gate-6").is_quiet
        assert (episode.handled_site_id, episode.handled_by) == (SITE.id, "rita")

    def test_0_minutes_end_it(self, story: Story, now: datetime) -> None:
        episode = self.handled(story, now)
        with story.database.write() as session:
            episodes.handle(session, episode.id, 0, "rita", now)
        assert not see(story, now, "gate-5").is_quiet

    def test_a_quiet_hit_that_waits_is_loud_again_once_nobody_is_with_the_person(
        self, story: Story, now: datetime
    ) -> None:
        episode = self.handled(story, now)
        seen = track(now)
        assert story.see(seen, stream=elsewhere("gate-5")).is_quiet  # type: ignore[union-attr]
        with story.database.write() as session:
            episodes.handle(session, episode.id, 0, "rita", now)
        story.see(track(now + timedelta(seconds=5), passage_id=seen.passage_id), stream=elsewhere("gate-5"))
        assert not story.hits()[-1].is_quiet
        assert story.event_kinds()[-1] == "hit.updated"

    def test_only_who_sees_the_site_where_the_person_is_quiets_it(self, story: Story, now: datetime) -> None:
        open_case(story, see(story, now))
        episode = open_case(story, see_at_airport(story, now + timedelta(seconds=60)))
        with story.database.write() as session:
            with pytest.raises(OtherSitesToo):
                episodes.handle(session, episode.id, 15, "rita", now, {"mall"})
            assert episodes.handle(session, episode.id, 15, "rita", now, {"airport"}).handled_site_id == "airport"

    def test_somebody_elses_hits_and_other_sites_are_not_quiet(self, story: Story, now: datetime) -> None:
        episode = self.handled(story, now)
        with story.database.read() as session:
            asked = (episode.person_id, "match", now)
            assert episodes.is_handled(session, asked[0], "match", "mall", now)
            assert not episodes.is_handled(session, asked[0], "match", "airport", now)
            assert not episodes.is_handled(session, asked[0], "exercise", "mall", now)

    def test_quiet_hits_stand_behind_all_others_in_the_queue(self, story: Story, now: datetime) -> None:
        self.handled(story, now)
        quiet = see(story, now, "gate-5")
        loud = see(story, now + timedelta(minutes=20), "gate-6", found=match(story.people, grade="uncertain"))
        with story.database.read() as session:
            assert [hit.id for hit in queue.waiting(session, None).hits] == [loud.id, quiet.id]
