"""Log-in sessions: opened, held, ended."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from patrol.accounts.login import LoginRefused, log_in
from patrol.accounts.passwords import PasswordHash
from patrol.accounts.sessions import Opened, close_session, is_csrf, open_session, session_of
from patrol.accounts.users import OwnChange, UserChange, change_own, change_user
from patrol.store.engine import Database
from patrol.store.tables import LoginSession, User
from tests.accounts.people import PASSWORD, add_user

HOUR = timedelta(hours=1)


@pytest.fixture
def rita(database: Database, now: datetime) -> User:
    with database.write() as session:
        add_user(session, "ada", "admin", now)
        return add_user(session, "rita", "reviewer", now)


def opened(database: Database, user: User, now: datetime) -> Opened:
    with database.write() as session:
        return open_session(session, user, now=now, lasts=HOUR)


def is_open(database: Database, token: str, now: datetime) -> bool:
    with database.read() as session:
        return session_of(session, token, now) is not None


def test_a_made_up_token_opens_nothing(database: Database, now: datetime) -> None:
    assert not is_open(database, "", now)
    assert not is_open(database, "made up", now)


def test_a_session_lasts_until_its_end_and_not_a_moment_longer(database: Database, rita: User, now: datetime) -> None:
    token = opened(database, rita, now).token
    assert is_open(database, token, now + HOUR - timedelta(seconds=1))
    assert not is_open(database, token, now + HOUR)


def test_the_database_never_holds_a_token_or_its_csrf(database: Database, rita: User, now: datetime) -> None:
    session_opened = opened(database, rita, now)
    with database.read() as session:
        row = session.scalars(select(LoginSession)).one()
        assert session_opened.token not in (row.token_hash, row.csrf_hash)
        assert session_opened.csrf not in (row.token_hash, row.csrf_hash)


def test_the_csrf_of_another_session_does_not_fit(database: Database, rita: User, now: datetime) -> None:
    first, second = opened(database, rita, now), opened(database, rita, now)
    with database.read() as session:
        found = session_of(session, first.token, now)
    assert found is not None
    assert is_csrf(found[1], first.csrf)
    assert not is_csrf(found[1], second.csrf)
    assert not is_csrf(found[1], "")
    assert not is_csrf(found[1], "é")


def test_logging_out_ends_this_session_only(database: Database, rita: User, now: datetime) -> None:
    first, second = opened(database, rita, now), opened(database, rita, now)
    with database.write() as session:
        close_session(session, first.token)
    assert not is_open(database, first.token, now)
    assert is_open(database, second.token, now)


@pytest.mark.parametrize(
    "change", [UserChange(is_disabled=True), UserChange(password_hash=PasswordHash("$argon2id$new"))]
)
def test_an_admin_ends_every_session_of_a_user(
    database: Database, rita: User, now: datetime, change: UserChange
) -> None:
    tokens = [opened(database, rita, now).token for _ in range(2)]
    with database.write() as session:
        change_user(session, rita.id, change, by="ada", now=now)
    assert not any(is_open(database, token, now) for token in tokens)


def test_a_new_password_of_ones_own_ends_the_other_sessions(database: Database, rita: User, now: datetime) -> None:
    kept, ended = opened(database, rita, now), opened(database, rita, now)
    wish = OwnChange(password="another long one", current_password=PASSWORD)
    change_own(database, rita.id, wish, token=kept.token, now=now)
    assert is_open(database, kept.token, now)
    assert not is_open(database, ended.token, now)


def test_ended_sessions_are_swept(database: Database, rita: User, now: datetime) -> None:
    opened(database, rita, now)
    opened(database, rita, now + HOUR)
    with database.read() as session:
        assert len(session.scalars(select(LoginSession)).all()) == 1


def attempt(database: Database, name: str, password: str, now: datetime) -> Opened:
    return log_in(database, name, password, address="10.0.0.1", now=now, lasts=HOUR)


def test_the_right_password_logs_in_whatever_the_capitals_of_the_name(
    database: Database, rita: User, now: datetime
) -> None:
    assert is_open(database, attempt(database, "Rita", PASSWORD, now).token, now)


@pytest.mark.parametrize(("name", "password"), [("rita", "wrong horse battery"), ("max", PASSWORD), ("rita", "")])
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(
    database: Database, rita: User, now: datetime, name: str, password: str
) -> None:
    with pytest.raises(LoginRefused):
        attempt(database, name, password, now)


def test_who_is_disabled_is_refused_like_a_stranger(database: Database, rita: User, now: datetime) -> None:
    with database.write() as session:
        change_user(session, rita.id, UserChange(is_disabled=True), by="ada", now=now)
    with pytest.raises(LoginRefused):
        attempt(database, "rita", PASSWORD, now)


def test_who_comes_back_is_let_in_with_the_old_password(database: Database, rita: User, now: datetime) -> None:
    with database.write() as session:
        change_user(session, rita.id, UserChange(is_disabled=True), by="ada", now=now)
        change_user(session, rita.id, UserChange(is_disabled=False), by="ada", now=now)
    assert attempt(database, "rita", PASSWORD, now).user.id == rita.id
