"""`patrol groups phones` says who has been reached; a code is printed for one member; one phone is ended."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.cli import parts
from patrol.dispatch import groups, phones
from patrol.dispatch.drafts import GroupDraft
from patrol.store.tables import Member
from tests.cli.terminal import Terminal


@pytest.fixture
def gate(terminal: Terminal) -> Terminal:
    """A terminal where the gate's guards are known: Gus, and Cleo who is their captain."""
    with parts.database(parts.settings()).write() as session:
        groups.create(session, GroupDraft("gate", "Gate", 31.23, 121.47), "ada", parts.clock())
        for name, role in (("Gus", "member"), ("Cleo", "captain")):
            session.add(Member(group_id="gate", name=name, role=role, created_at=parts.clock()))
    return terminal


def bound(code: str, *, has_reached_us: bool = False) -> str:
    """Bind a phone with a code; return its token."""
    with parts.database(parts.settings()).write() as session:
        token = phones.bind(session, code, "Pixel 5", parts.clock())
        phone = phones.phone_of(session, token)
        assert phone is not None
        if has_reached_us:
            phones.note_sign_of_life(session, phone, parts.clock())
    return token


def code_for(terminal: Terminal, member: str) -> str:
    return terminal.answer("groups", "invite", "gate", member).split()[-1].rpartition("/")[2]


def test_a_roster_is_listed_with_its_phones(gate: Terminal) -> None:
    assert "0 of 2 phones have reached us" in gate.answer("groups", "phones", "gate")
    bound(code_for(gate, "Gus"), has_reached_us=True)
    listed = gate.answer("groups", "phones", "gate")
    assert "1 of 2 phones have reached us" in listed
    assert [line.split()[0] for line in listed.splitlines()[-2:]] == ["Cleo", "Gus"]
    assert "Pixel 5" in listed
    assert "127.0.0.1" in listed  # no phone reaches that address


def test_it_is_one_json_object_where_asked(gate: Terminal) -> None:
    bound(code_for(gate, "Gus"))
    said = json.loads(gate.answer("groups", "phones", "gate", "--json"))
    assert (said["group"], said["n_reached"], said["n_members"]) == ("gate", 0, 2)
    assert [(line["member"], line["label"], line["last_seen_at"]) for line in said["phones"]] == [
        ("Cleo", "", None),
        ("Gus", "Pixel 5", None),
    ]


def test_a_code_is_drawn_in_the_terminal_and_kept_nowhere(gate: Terminal, tmp_path: Path) -> None:
    answer = gate.answer("groups", "invite", "gate", "Gus")
    code = answer.split()[-1].rpartition("/")[2].encode()
    assert "█" in answer or "▄" in answer
    assert all(code not in path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())


def test_a_phone_is_ended_by_its_id(gate: Terminal) -> None:
    token = bound(code_for(gate, "Gus"))
    id = json.loads(gate.answer("groups", "phones", "gate", "--json"))["phones"][1]["phone"]
    assert id in gate.answer("groups", "end-phone", id)
    with parts.database(parts.settings()).read() as session:
        assert phones.phone_of(session, token) is None
        assert session.scalars(select(Member)).all()


def test_what_is_not_there_is_named(gate: Terminal) -> None:
    assert "nobody" in gate.complaint("groups", "phones", "nobody")
    assert "nobody" in gate.complaint("groups", "invite", "nobody", "Gus")
    assert "Cleo, Gus" in gate.complaint("groups", "invite", "gate", "Max")
    assert "x1" in gate.complaint("groups", "end-phone", "x1")
    assert "no phone" in gate.complaint("groups", "end-phone", "00000000-0000-0000-0000-000000000000")
