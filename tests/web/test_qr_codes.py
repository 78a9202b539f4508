"""A QR code is read by a camera, and an address that only works inside says so."""

from datetime import datetime
from urllib.parse import unquote

import pytest

from patrol.dispatch import groups
from patrol.dispatch.drafts import GroupDraft
from patrol.store.engine import Database
from patrol.store.tables import Member
from patrol.web.qr_codes import invite, is_inside_only


@pytest.mark.parametrize(
    ("public_url", "is_inside"),
    [
        *(("http://127.0.0.1:8000", True), ("http://192.168.1.20", True), ("http://[fe80::1]/", True)),
        *(("http://patrol", True), ("https://patrol.local", True), ("https://patrol.lan:8443/x", True)),
        *(("https://patrol.example", False), ("https://8.8.8.8", False), ("http://[2606:4700::1]", False)),
        ("", True),
    ],
)
def test_an_address_says_by_its_looks_whether_it_works_inside_only(public_url: str, is_inside: bool) -> None:
    assert is_inside_only(public_url) is is_inside


def test_a_code_is_a_drawing_without_script_and_fits_any_address(database: Database, now: datetime) -> None:
    with database.write() as session:
        groups.create(session, GroupDraft("gate", "Gate", 31.23, 121.47), "ada", now)
        gus = Member(group_id="gate", name="Gus", created_at=now)
        session.add(gus)
        session.flush()
        made = invite(session, gus.id, "user:ada", now, f"https://{'long-name.' * 15}example/")
    assert made.url.startswith("https://long-name.")
    assert "example/g/join/" in made.url
    drawing = unquote(made.qr)
    assert drawing.startswith("data:image/svg+xml")
    assert "<path" in drawing
    assert "script" not in drawing
