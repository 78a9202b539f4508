"""Users: made, changed, and what each may see."""

from datetime import datetime

import pytest
from sqlalchemy import select

from patrol.accounts import users
from patrol.accounts.attempts import MAX_PER_NAME_AND_ADDRESS, TooManyAttempts
from patrol.accounts.passwords import hash_password, is_password
from patrol.accounts.users import (
    LastAdmin,
    NameRefused,
    NameTaken,
    OwnChange,
    UserChange,
    UserUnknown,
    WrongPassword,
    change_own,
    change_user,
)
from patrol.store import events
from patrol.store.engine import Database
from patrol.store.tables import Event, LoginSession, User
from tests.accounts.people import PASSWORD, add_user


def test_there_is_nobody_to_begin_with(database: Database) -> None:
    with database.read() as session:
        assert users.list_users(session) == []


@pytest.mark.parametrize("name", ["", " rita", "rita ", "ri\nta", "ri\x00ta", "x" * 65])
def test_a_name_that_cannot_be_read_is_refused(database: Database, now: datetime, name: str) -> None:
    with database.write() as session, pytest.raises(NameRefused):
        add_user(session, name, "viewer", now)


def test_a_name_is_taken_in_capitals_too(database: Database, now: datetime) -> None:
    with database.write() as session:
        add_user(session, "Rita", "reviewer", now)
        with pytest.raises(NameTaken):
            add_user(session, "rita", "viewer", now)


@pytest.mark.parametrize(
    ("role", "wanted", "is_enough"),
    [
        *(("viewer", "viewer", True), ("viewer", "reviewer", False), ("viewer", "admin", False)),
        *(("reviewer", "viewer", True), ("reviewer", "reviewer", True), ("reviewer", "admin", False)),
        *(("admin", "viewer", True), ("admin", "reviewer", True), ("admin", "admin", True)),
    ],
)
def test_a_role_holds_the_lower_ones(role: users.Role, wanted: users.Role, is_enough: bool) -> None:
    assert users.is_at_least(User(role=role), wanted) is is_enough


@pytest.mark.parametrize(
    ("sites", "site_id", "is_seen"),
    [
        ((), "mall", False),
        ((), None, True),
        (("mall",), "mall", True),
        (("mall",), "hall", False),
        (None, "hall", True),
    ],
)
def test_a_user_sees_their_sites_and_what_belongs_to_none(
    database: Database, now: datetime, sites: tuple[str, ...] | None, site_id: str | None, is_seen: bool
) -> None:
    with database.write() as session:
        assert users.may_see(add_user(session, "vic", "viewer", now, sites), site_id) is is_seen


def test_a_change_is_made_and_recorded_without_the_password(database: Database, now: datetime) -> None:
    with database.write() as session:
        add_user(session, "ada", "admin", now)
        vic = add_user(session, "vic", "viewer", now, ("mall",))
        new_hash = hash_password("a quite new one", "vic")
        change = UserChange(role="reviewer", sites=frozenset({"hall", "mall"}), password_hash=new_hash)
        change_user(session, vic.id, change, by="ada", now=now)
    with database.read() as session:
        vic = users.user_of(session, vic.id)
        assert (vic.role, users.sites_of(vic)) == ("reviewer", {"hall", "mall"})
        assert is_password("a quite new one", vic.password_hash)
        event = events.about(session, f"user:{vic.id}")[-1]
        assert (event.kind, event.actor) == ("account.changed", "user:ada")
        assert not any("new one" in str(row.body) for row in session.scalars(select(Event)))


def test_sites_are_taken_away_again(database: Database, now: datetime) -> None:
    with database.write() as session:
        add_user(session, "ada", "admin", now)
        vic = add_user(session, "vic", "viewer", now, ("mall", "hall"))
        change_user(session, vic.id, UserChange(sites=frozenset()), by="ada", now=now)
    with database.read() as session:
        assert users.sites_of(users.user_of(session, vic.id)) == frozenset()


@pytest.mark.parametrize(
    "change", [UserChange(role="viewer"), UserChange(is_disabled=True), UserChange(sees_all_sites=False)]
)
def test_the_last_admin_for_everything_stays(database: Database, now: datetime, change: UserChange) -> None:
    with database.write() as session:
        ada = add_user(session, "ada", "admin", now)
        add_user(session, "site-admin", "admin", now, ("mall",))
    with pytest.raises(LastAdmin), database.write() as session:
        change_user(session, ada.id, change, by="ada", now=now)
    with database.write() as session:
        add_user(session, "second", "admin", now)
        change_user(session, ada.id, change, by="ada", now=now)


def test_a_user_who_is_not_there_cannot_be_changed(database: Database, now: datetime) -> None:
    with database.write() as session:
        ada = add_user(session, "ada", "admin", now)
        session.delete(ada)
        session.flush()
        with pytest.raises(UserUnknown):
            change_user(session, ada.id, UserChange(role="viewer"), by="ada", now=now)


def test_ones_own_password_needs_the_current_one(database: Database, now: datetime) -> None:
    with database.write() as session:
        vic = add_user(session, "vic", "viewer", now)
    with pytest.raises(WrongPassword):
        change_own(database, vic.id, OwnChange(password="a quite new one"), token="t", now=now)
    wish = OwnChange(password="a quite new one", current_password=PASSWORD)
    assert is_password("a quite new one", change_own(database, vic.id, wish, token="t", now=now).password_hash)


def test_the_current_password_cannot_be_guessed_for_ever(database: Database, now: datetime) -> None:
    with database.write() as session:
        vic = add_user(session, "vic", "viewer", now)
    for _ in range(MAX_PER_NAME_AND_ADDRESS):
        with pytest.raises(WrongPassword):
            change_own(database, vic.id, OwnChange(password="a quite new one"), token="t", now=now)
    wish = OwnChange(password="a quite new one", current_password=PASSWORD)
    with pytest.raises(TooManyAttempts):
        change_own(database, vic.id, wish, token="t", now=now)


def test_ones_own_language_needs_no_password(database: Database, now: datetime) -> None:
    with database.write() as session:
        vic = add_user(session, "vic", "viewer", now)
    assert change_own(database, vic.id, OwnChange(language="zh"), token="t", now=now).language == "zh"
    with database.read() as session:
        assert session.scalars(select(LoginSession)).all() == []
