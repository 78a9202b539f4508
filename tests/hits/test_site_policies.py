"""A stranger's template goes once the rejection is final, unless the site has written down why it stays."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from patrol.hits import site_policies
from patrol.hits.clocks import Clocks
from patrol.hits.policies import WrittenPolicyRefused
from patrol.hits.retention import sweep
from patrol.hits.site_policies import SitePolicyUnknown
from patrol.store.tables import Event, GalleryChange, Hit, HitProbe, Policy, PortraitTemplate
from tests.hits.sightings import SITE, track
from tests.hits.story import Story

WEEK = timedelta(days=7)
QUOTA = 10**12


def rejected(story: Story, now: datetime, reason: str | None = None) -> Hit:
    hit = story.see(track(now))
    assert hit is not None
    story.decide(hit, "rejected", reason)
    return story.hit(hit.id)


def allow(story: Story, now: datetime, text: str = "a twin works here", within: timedelta = WEEK) -> Policy:
    with story.database.write() as session:
        return site_policies.write(session, SITE.id, text, "user:ada", now, now + within)


def tidy(story: Story, now: datetime) -> None:
    sweep(story.database, story.blobs, Clocks(), QUOTA, now)


def rev(story: Story) -> int:
    with story.database.read() as session:
        return session.scalar(select(func.max(GalleryChange.rev))) or 0


def test_a_rejected_strangers_templates_go_with_the_next_sweep(story: Story, now: datetime) -> None:
    hit = rejected(story, now)
    tidy(story, now)
    assert story.count(HitProbe) == 0
    assert story.hit(hit.id).pictures_shed_at is None  # the pictures have a clock of their own


@pytest.mark.parametrize("verdict", ["confirmed", "unsure", None])
def test_what_nobody_rejected_keeps_its_templates(story: Story, now: datetime, verdict: str | None) -> None:
    hit = story.see(track(now))
    assert hit is not None
    if verdict:
        story.decide(hit, verdict)
    tidy(story, now)
    assert story.count(HitProbe) > 0


def test_a_sites_policy_keeps_them_past_the_pictures_until_it_ends(story: Story, now: datetime) -> None:
    allow(story, now)
    hit = rejected(story, now)
    tidy(story, now + timedelta(days=2))
    assert story.hit(hit.id).pictures_shed_at is not None
    assert story.count(HitProbe) > 0
    tidy(story, now + WEEK)
    assert story.count(HitProbe) == 0


def test_a_policy_that_is_ended_early_takes_them_at_once(story: Story, now: datetime) -> None:
    policy = allow(story, now)
    rejected(story, now)
    with story.database.write() as session:
        site_policies.end(session, SITE.id, policy.id, "user:ada", now + timedelta(hours=1))
    tidy(story, now + timedelta(hours=1))
    assert story.count(HitProbe) == 0


def test_the_right_person_off_the_list_is_no_anchor(story: Story, now: datetime) -> None:
    allow(story, now)
    rejected(story, now, "not_listed_now")
    tidy(story, now)
    assert story.count(HitProbe) == 0


def test_an_entry_that_has_ended_needs_no_anchors(story: Story, now: datetime) -> None:
    allow(story, now, within=timedelta(days=300))
    rejected(story, now)
    tidy(story, now + timedelta(days=31))  # the entry ended after thirty
    assert story.count(HitProbe) == 0


def test_the_row_that_goes_takes_its_anchor_along(story: Story, now: datetime) -> None:
    allow(story, now, within=timedelta(days=300))
    rejected(story, now)
    before = rev(story)
    sweep(story.database, story.blobs, Clocks(rows=timedelta(days=3)), QUOTA, now + timedelta(days=2))
    assert story.count(HitProbe) > 0
    sweep(story.database, story.blobs, Clocks(rows=timedelta(days=3)), QUOTA, now + timedelta(days=6))
    assert (story.count(Hit), story.count(HitProbe)) == (0, 0)
    assert rev(story) > before  # workers forget it too


def test_a_confirmed_face_never_becomes_a_template_of_the_gallery(story: Story, now: datetime) -> None:
    allow(story, now)
    hit = story.see(track(now))
    assert hit is not None
    before = (story.count(PortraitTemplate), rev(story))
    story.decide(hit, "confirmed")
    tidy(story, now)
    assert (story.count(PortraitTemplate), rev(story)) == before


def test_workers_learn_of_each_rejection_and_of_its_end(story: Story, now: datetime) -> None:
    start = rev(story)
    hit = rejected(story, now)
    assert rev(story) == start + 1
    story.amend(hit, "unsure")
    assert rev(story) == start + 2
    story.amend(story.hit(hit.id), "confirmed")
    assert rev(story) == start + 2  # neither verdict says anything of strangers


@pytest.mark.parametrize(
    ("text", "within", "code"),
    [(" ", WEEK, "no_text"), ("why", timedelta(0), "bad_end"), ("why", 60 * WEEK, "bad_end")],
)
def test_a_policy_says_why_and_until_when(
    story: Story, now: datetime, text: str, within: timedelta, code: str
) -> None:
    with pytest.raises(WrittenPolicyRefused) as refused:
        allow(story, now, text, within)
    assert refused.value.code == code


def test_another_sites_policy_is_not_there_to_be_ended(story: Story, now: datetime) -> None:
    policy = allow(story, now)
    with story.database.write() as session, pytest.raises(SitePolicyUnknown):
        site_policies.end(session, "another", policy.id, "user:ada", now)


def test_policies_are_listed_and_on_record(story: Story, now: datetime) -> None:
    policy = allow(story, now)
    with story.database.write() as session:
        site_policies.end(session, SITE.id, policy.id, "user:ada", now)
        site_policies.end(session, SITE.id, policy.id, "user:ada", now)  # twice is once
    with story.database.read() as session:
        [kept] = site_policies.of_site(session, SITE.id)
        said = [
            event for event in session.scalars(select(Event).order_by(Event.seq)) if event.kind.startswith("policy.")
        ]
    assert (kept.text, kept.written_by, kept.ends_at) == ("a twin works here", "user:ada", now)
    assert [(event.kind, event.actor, event.site_id) for event in said] == [
        ("policy.written", "user:ada", SITE.id),
        ("policy.ended", "user:ada", SITE.id),
    ]
