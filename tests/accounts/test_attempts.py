"""The limit on failed log-ins."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from patrol.accounts import attempts
from patrol.accounts.attempts import (
    MAX_PER_ADDRESS,
    MAX_PER_NAME,
    MAX_PER_NAME_AND_ADDRESS,
    WINDOW,
    TooManyAttempts,
    admit,
    network_of,
)
from patrol.store.engine import Database
from patrol.store.tables import LoginAttempt


def try_often(database: Database, times: int, now: datetime, name: str = "rita", address: str = "10.0.{}.{}") -> None:
    with database.write() as session:
        for number in range(times):
            admit(session, name.format(number), address.format(number // 250, number % 250), now)


def test_a_name_is_held_where_it_was_guessed_and_open_to_its_owner(database: Database, now: datetime) -> None:
    try_often(database, MAX_PER_NAME_AND_ADDRESS, now, address="10.0.0.1")
    with database.write() as session, pytest.raises(TooManyAttempts) as refused:
        admit(session, "RITA", "10.0.0.1", now + timedelta(minutes=1))
    assert refused.value.retry_after_s == (WINDOW - timedelta(minutes=1)).total_seconds()
    with database.write() as session:
        admit(session, "rita", "10.0.0.2", now + timedelta(minutes=1))


def test_a_name_is_held_after_very_many_attempts_from_wherever_they_come(database: Database, now: datetime) -> None:
    try_often(database, MAX_PER_NAME, now)
    with database.write() as session, pytest.raises(TooManyAttempts):
        admit(session, "rita", "10.9.9.9", now)


def test_an_address_is_held_whatever_names_it_tries(database: Database, now: datetime) -> None:
    try_often(database, MAX_PER_ADDRESS, now, name="guess{}", address="10.0.0.1")
    with database.write() as session, pytest.raises(TooManyAttempts):
        admit(session, "somebody else", "10.0.0.1", now)
    with database.write() as session:
        admit(session, "somebody else", "10.0.0.2", now)


def test_the_wait_ends_when_the_first_attempts_are_old(database: Database, now: datetime) -> None:
    try_often(database, MAX_PER_NAME_AND_ADDRESS, now, address="10.0.0.1")
    with database.write() as session:
        admit(session, "rita", "10.0.0.1", now + WINDOW)
        assert session.scalar(select(func.count(LoginAttempt.id))) == 1  # and the old ones are swept


def test_a_refused_attempt_does_not_lengthen_the_wait(database: Database, now: datetime) -> None:
    try_often(database, MAX_PER_NAME_AND_ADDRESS, now, address="10.0.0.1")
    for minute in range(1, 14):
        with database.write() as session, pytest.raises(TooManyAttempts):
            admit(session, "rita", "10.0.0.1", now + timedelta(minutes=minute))
    with database.write() as session:
        admit(session, "rita", "10.0.0.1", now + WINDOW)


def test_a_success_forgets_this_persons_errors_and_nobody_elses(database: Database, now: datetime) -> None:
    try_often(database, 3, now, address="10.0.0.1")
    try_often(database, 3, now, name="max", address="10.0.0.1")
    with database.write() as session:
        attempts.forget(session, "rita", "10.0.0.1")
        assert set(session.scalars(select(LoginAttempt.name))) == {"max"}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("", ""),
        ("testclient", "testclient"),
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_one_home_of_ipv6_addresses_counts_as_one(address: str, network: str) -> None:
    assert network_of(address) == network
