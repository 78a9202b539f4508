"""Policies that forward without a click: written by somebody, with an end, revoked on the record."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from patrol.dispatch import policies
from patrol.dispatch.groups import GroupUnknown
from patrol.dispatch.policies import PolicyRefused, PolicyUnknown
from patrol.store import events
from patrol.store.engine import Database
from patrol.store.tables import Group

A_MONTH = timedelta(days=30)


@pytest.fixture
def house(any_database: Database, now: datetime) -> Database:
    with any_database.write() as session:
        for group_id in ("lead", "other"):
            session.add(Group(id=group_id, name=group_id, latitude=0, longitude=0, created_at=now))
    return any_database


def test_a_policy_is_written_listed_and_revoked(house: Database, now: datetime) -> None:
    with house.write() as session:
        policy = policies.write(session, "lead", " All to the floors ", now + A_MONTH, "ada", now)
        assert (policy.text, policy.written_by) == ("All to the floors", "ada")
        policies.revoke(session, "lead", policy.id, "ada", now + timedelta(days=1))
        policies.revoke(session, "lead", policy.id, "eve", now + timedelta(days=2))
    with house.read() as session:
        [listed] = policies.of_group(session, "lead")
        assert listed.revoked_at == now + timedelta(days=1)
        kinds = [(event.kind, event.actor) for event in events.after(session, 0)]
        assert kinds == [("forward_policy.written", "user:ada"), ("forward_policy.revoked", "user:ada")]


@pytest.mark.parametrize(("text", "lasts"), [(" ", A_MONTH), ("All", timedelta(0)), ("All", timedelta(days=367))])
def test_without_words_or_an_end_within_a_year_it_is_refused(
    house: Database, now: datetime, text: str, lasts: timedelta
) -> None:
    with house.write() as session, pytest.raises(PolicyRefused, match="lead"):
        policies.write(session, "lead", text, now + lasts, "ada", now)


def test_a_policy_of_another_group_or_of_none_is_unknown(house: Database, now: datetime) -> None:
    with house.write() as session:
        policy = policies.write(session, "lead", "All", now + A_MONTH, "ada", now)
        for group_id, policy_id in (("other", policy.id), ("lead", uuid4())):
            with pytest.raises(PolicyUnknown):
                policies.revoke(session, group_id, policy_id, "ada", now)
        with pytest.raises(GroupUnknown):
            policies.write(session, "nobody", "All", now + A_MONTH, "ada", now)
