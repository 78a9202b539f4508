"""A guard's phone is bound once, by a code of ten minutes, and ends alone: by one tap or by leaving the roster."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest

from patrol.dispatch import groups, phones
from patrol.dispatch.drafts import ChatDraft, GroupDraft
from patrol.dispatch.phones import InviteRefused, MemberUnknown, PhoneUnknown
from patrol.store import events
from patrol.store.engine import Database
from patrol.store.tables import Event, Group, Member, Phone, PhoneInvite


@dataclass
class Gate:
    """The gate's guards: Gus, and Cleo who is their captain."""

    database: Database
    now: datetime
    gus: uuid.UUID
    cleo: uuid.UUID

    def bind(self, member_id: uuid.UUID, label: str = "iPhone") -> str:
        with self.database.write() as session:
            code = phones.invite(session, member_id, "user:ada", self.now)
            return phones.bind(session, code, label, self.now)

    def phone(self, token: str) -> Phone | None:
        with self.database.read() as session:
            return phones.phone_of(session, token)

    def leave(self, member_id: uuid.UUID) -> None:
        with self.database.write() as session:
            session.get_one(Member, member_id).removed_at = self.now

    def kinds(self) -> list[str]:
        with self.database.read() as session:
            return [event.kind for event in events.after(session, 0) if event.kind.startswith("phone.")]


@pytest.fixture
def gate(any_database: Database, now: datetime) -> Gate:
    with any_database.write() as session:
        draft = GroupDraft("gate", "Gate", 31.23, 121.47, site_id="mall", chats=(ChatDraft("page"),))
        groups.create(session, draft, "ada", now)
        gus = Member(group_id="gate", name="Gus", created_at=now)
        cleo = Member(group_id="gate", name="Cleo", role="captain", created_at=now)
        session.add_all([gus, cleo])
    return Gate(any_database, now, gus.id, cleo.id)


def test_a_code_binds_one_phone_which_is_its_members_then(gate: Gate) -> None:
    token = gate.bind(gate.gus)
    phone = gate.phone(token)
    assert phone is not None
    assert (phone.member.name, phone.member.group.id, phone.label) == ("Gus", "gate", "iPhone")
    assert gate.kinds() == ["phone.invited", "phone.bound"]


def test_neither_code_nor_token_is_kept(gate: Gate) -> None:
    with gate.database.write() as session:
        code = phones.invite(session, gate.gus, "user:ada", gate.now)
        token = phones.bind(session, code, "", gate.now)
    with gate.database.read() as session:
        assert session.query(PhoneInvite.token_hash).one()[0] == hashlib.sha256(code.encode()).hexdigest()
        assert session.query(Phone.token_hash).one()[0] == hashlib.sha256(token.encode()).hexdigest()
        recorded = " ".join(f"{row.subject} {row.actor} {row.body}" for row in session.query(Event).all())
    assert code not in recorded
    assert token not in recorded


def test_a_code_binds_no_second_phone(gate: Gate) -> None:
    with gate.database.write() as session:
        code = phones.invite(session, gate.gus, "user:ada", gate.now)
        phones.bind(session, code, "", gate.now)
    with gate.database.write() as session, pytest.raises(InviteRefused):
        phones.bind(session, code, "", gate.now)


def test_of_two_phones_with_one_code_at_once_one_is_bound(gate: Gate) -> None:
    with gate.database.write() as session:
        code = phones.invite(session, gate.gus, "user:ada", gate.now)
    start, bound, refused = Barrier(2), [], []

    def bring() -> None:
        start.wait()
        try:
            with gate.database.write() as session:
                bound.append(phones.bind(session, code, "", gate.now))
        except InviteRefused:
            refused.append(True)

    threads = [Thread(target=bring) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(bound), len(refused)) == (1, 1)


@pytest.mark.parametrize(("after_s", "is_good"), [(0, True), (599, True), (600, False), (86_400, False)])
def test_a_code_is_good_for_ten_minutes(gate: Gate, after_s: int, is_good: bool) -> None:
    with gate.database.write() as session:
        code = phones.invite(session, gate.gus, "user:ada", gate.now)
    later = gate.now + timedelta(seconds=after_s)
    with gate.database.write() as session:
        if is_good:
            assert phones.member_of_invite(session, code, later).name == "Gus"
            return
        with pytest.raises(InviteRefused):
            phones.bind(session, code, "", later)


def test_a_new_code_ends_the_members_earlier_one_and_nobody_elses(gate: Gate) -> None:
    with gate.database.write() as session:
        first, others = (phones.invite(session, member, "user:ada", gate.now) for member in (gate.gus, gate.cleo))
        second = phones.invite(session, gate.gus, "user:ada", gate.now)
    with gate.database.write() as session:
        with pytest.raises(InviteRefused):
            phones.bind(session, first, "", gate.now)
        assert phones.bind(session, second, "", gate.now)
        assert phones.bind(session, others, "", gate.now)


@pytest.mark.parametrize("code", ["", "x", "0" * 43, "é", "a" * 5000])
def test_what_is_no_code_binds_nothing(gate: Gate, code: str) -> None:
    with gate.database.write() as session, pytest.raises(InviteRefused):
        phones.bind(session, code, "", gate.now)
    assert gate.phone(code) is None


def test_one_tap_ends_one_phone_only(gate: Gate) -> None:
    lost, kept, others = gate.bind(gate.gus), gate.bind(gate.gus), gate.bind(gate.cleo)
    phone = gate.phone(lost)
    assert phone is not None
    with gate.database.write() as session:
        phones.revoke(session, phone.id, "member:Cleo", gate.now)
        phones.revoke(session, phone.id, "user:ada", gate.now)
    assert [gate.phone(token) is not None for token in (lost, kept, others)] == [False, True, True]
    with gate.database.read() as session:
        assert [phones.has_ended(session, token) for token in (lost, kept, "never")] == [True, False, False]
        assert session.get_one(Phone, phone.id).revoked_by == "member:Cleo"
    assert gate.kinds().count("phone.revoked") == 1


def test_leaving_the_roster_ends_that_members_phones_only(gate: Gate) -> None:
    gone, kept = gate.bind(gate.gus), gate.bind(gate.cleo)
    gate.leave(gate.gus)
    assert gate.phone(gone) is None
    assert gate.phone(kept) is not None
    with gate.database.read() as session:
        assert phones.has_ended(session, gone)


def test_a_group_that_gets_no_messages_has_no_phones(gate: Gate) -> None:
    token = gate.bind(gate.gus)
    with gate.database.write() as session:
        session.get_one(Group, "gate").is_active = False
    assert gate.phone(token) is None


def test_nobody_is_invited_who_is_on_no_roster(gate: Gate) -> None:
    with gate.database.write() as session:
        code = phones.invite(session, gate.gus, "user:ada", gate.now)
    gate.leave(gate.gus)
    with gate.database.write() as session:
        with pytest.raises(InviteRefused):
            phones.bind(session, code, "", gate.now)
        for stranger in (gate.gus, uuid.uuid4()):
            with pytest.raises(MemberUnknown):
                phones.invite(session, stranger, "user:ada", gate.now)
        with pytest.raises(PhoneUnknown):
            phones.revoke(session, uuid.uuid4(), "user:ada", gate.now)


def test_a_member_is_reached_once_one_of_their_phones_has_come_by_itself(gate: Gate) -> None:
    def reached() -> tuple[int, int]:
        with gate.database.read() as session:
            return phones.reached(session, "gate")

    assert reached() == (0, 2)
    token = gate.bind(gate.gus)
    gate.bind(gate.gus)
    assert reached() == (0, 2)
    phone = gate.phone(token)
    assert phone is not None
    for _ in range(2):
        with gate.database.write() as session:
            phones.note_sign_of_life(session, session.get_one(Phone, phone.id), gate.now)
    assert reached() == (1, 2)
    assert gate.kinds().count("phone.reached") == 1
    with gate.database.write() as session:
        phones.revoke(session, phone.id, "user:ada", gate.now)
    assert reached() == (0, 2)
    gate.leave(gate.cleo)
    assert reached() == (0, 1)


def test_a_sign_of_life_is_worth_a_write_once_a_minute(gate: Gate) -> None:
    phone = Phone(last_seen_at=None)
    assert phones.is_sign_due(phone, gate.now)
    phone.last_seen_at = gate.now
    assert not phones.is_sign_due(phone, gate.now + timedelta(seconds=59))
    assert phones.is_sign_due(phone, gate.now + timedelta(seconds=60))


def test_a_roster_names_captains_first_and_only_phones_that_stand(gate: Gate) -> None:
    gate.bind(gate.gus, "Old phone")
    lost = gate.phone(gate.bind(gate.gus, "Lost phone"))
    assert lost is not None
    with gate.database.write() as session:
        phones.revoke(session, lost.id, "user:ada", gate.now)
    with gate.database.read() as session:
        listed = phones.roster(session, "gate")
    assert [(one.member.name, [phone.label for phone in one.phones]) for one in listed] == [
        ("Cleo", []),
        ("Gus", ["Old phone"]),
    ]


def test_a_group_knows_whether_a_captains_phone_was_ever_bound(gate: Gate) -> None:
    def known() -> bool:
        with gate.database.read() as session:
            return phones.had_captain_phone(session, "gate")

    gate.bind(gate.gus)
    assert not known()
    gate.bind(gate.cleo)
    assert known()
    gate.leave(gate.cleo)
    assert known()


def test_a_long_label_is_shortened(gate: Gate) -> None:
    phone = gate.phone(gate.bind(gate.gus, "x" * 500))
    assert phone is not None
    assert len(phone.label) == phones.LONGEST_LABEL
