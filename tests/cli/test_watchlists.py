"""Lists and people at the terminal: every photo accepted, or refused with a reason."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from patrol.cli import parts
from patrol.watchlist import people
from tests.cli.terminal import Terminal

ABOUT = ("--category", "banned", "--reason", "court order", "--owner", "Station 3")
ENTRY = ("--reason", "theft on 2 March", "--source", "shop's camera", "--ends", "2099-01-31")


def create(terminal: Terminal, name: str = "Bans") -> str:
    return terminal.answer("watchlist", "create", name, *ABOUT, "--ends", "2099-01-31")


def test_a_list_is_made_listed_and_closed(terminal: Terminal) -> None:
    create(terminal)
    assert "Bans  banned  0 people  until 2099-02-01  open" in terminal.answer("watchlist", "list")
    terminal.answer("watchlist", "close", "Bans")
    assert "closed" in terminal.answer("watchlist", "list")


def test_a_list_says_who_may_be_told_of_its_hits(terminal: Terminal) -> None:
    create(terminal)
    told = terminal.answer("watchlist", "tell", "Bans", "--levels", "guards,shopkeepers", "--at-once", "5")
    assert told == "Bans: told are guards, shopkeepers, 5 groups at once\n"
    assert "guards, shopkeepers, 5" in terminal.answer("watchlist", "tell", "Bans")
    back = terminal.answer("watchlist", "tell", "Bans", "--levels", "", "--at-once", "0")
    assert back == "Bans: told are guards, managers, station, 3 groups at once\n"
    assert "maintenance" in terminal.complaint("watchlist", "tell", "Bans", "--levels", "maintenance")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--ends", "2001-01-01"), "passed"),
        (("--ends", "2099-01-31", "--reason", " "), "reason"),
        (("--ends", "2099-01-31", "--category", "enemies"), "enemies"),
        (("--ends", "soon"), "soon"),
    ],
)
def test_a_list_that_cannot_be_is_refused_in_words(
    terminal: Terminal, arguments: tuple[str, ...], complaint: str
) -> None:
    assert complaint in terminal.complaint("watchlist", "create", "Bans", *ABOUT, *arguments)


def test_an_unknown_list_is_named_in_the_readers_language(terminal: Terminal) -> None:
    terminal.set("LANG", "zh_CN.UTF-8")
    assert "没有名为 'Bans' 的名单" in terminal.complaint("watchlist", "close", "Bans")


def add(name: str, ref: str | None = None) -> None:
    """Somebody on the list without photos, as an import leaves them where a photo was removed."""
    ends_at, now = datetime(2099, 1, 31, tzinfo=UTC), parts.clock()
    with parts.database(parts.settings()).write() as session:
        bans = people.watchlists(session)[0]
        entry = {"name": name, "reason": "theft", "source": "camera", "external_ref": ref}
        people.add_person(session, bans, ends_at=ends_at, by="test", now=now, **entry)  # type: ignore[arg-type]


def test_somebody_is_taken_off_a_list_by_name_or_by_key(terminal: Terminal) -> None:
    create(terminal)
    for name, ref in (("Exercise A", None), ("Exercise B", "case-1"), ("Exercise B", "case-2")):
        add(name, ref)
    assert "Exercise A is off 'Bans'" in terminal.answer("watchlist", "remove", "Bans", "Exercise A")
    assert "several" in terminal.complaint("watchlist", "remove", "Bans", "Exercise B")
    terminal.answer("watchlist", "remove", "Bans", "case-1")
    terminal.answer("watchlist", "remove", "Bans", "Exercise B")
    assert terminal.answer("watchlist", "people", "Bans") == ""
    assert "nobody on 'Bans'" in terminal.complaint("watchlist", "remove", "Bans", "Exercise A")


def test_somebody_is_suspended_and_resumed_with_a_reason(terminal: Terminal) -> None:
    create(terminal)
    add("Exercise A")
    said = terminal.answer("watchlist", "suspend", "Bans", "Exercise A", "--reason", "wrong person was stopped")
    assert said == "Exercise A of 'Bans' is suspended: nobody looks for them until they are resumed.\n"
    assert "suspended" in terminal.answer("watchlist", "people", "Bans")
    assert "--reason" in terminal.complaint("watchlist", "resume", "Bans", "Exercise A")
    terminal.answer("watchlist", "resume", "Bans", "Exercise A", "--reason", "looked at the footage")
    assert "suspended" not in terminal.answer("watchlist", "people", "Bans")


@pytest.mark.weights
@pytest.mark.data
def test_a_person_is_enrolled_from_good_photos_and_told_about_the_bad_ones(
    terminal: Terminal, shared_data: Path, tmp_path: Path
) -> None:
    create(terminal)
    photo = next((shared_data / "portraits" / "obama").iterdir())
    (tmp_path / "note.jpg").write_text("not a picture", encoding="utf-8")
    said = terminal.answer("watchlist", "enrol", "Bans", "Exercise A", str(photo), "note.jpg", *ENTRY, "--json")
    report = json.loads(said)
    assert [(row["is_accepted"], row["reason_code"]) for row in report["photos"]] == [
        (True, None),
        (False, "not_a_picture"),
    ]
    assert "Exercise A  1 photos" in terminal.answer("watchlist", "people", "Bans")


@pytest.mark.weights
def test_nobody_is_enrolled_without_a_photo(terminal: Terminal, tmp_path: Path) -> None:
    create(terminal)
    (tmp_path / "note.jpg").write_text("not a picture", encoding="utf-8")
    done = terminal.run("watchlist", "enrol", "Bans", "Exercise A", "note.jpg", *ENTRY)
    assert done.status == 1
    assert "note.jpg: refused" in done.stdout
    assert terminal.answer("watchlist", "people", "Bans") == ""


@pytest.mark.weights
@pytest.mark.data
def test_a_folder_of_people_is_imported_and_each_refusal_named(
    terminal: Terminal, shared_data: Path, tmp_path: Path
) -> None:
    create(terminal)
    for person in ("obama", "biden"):
        folder = tmp_path / "people" / person
        folder.mkdir(parents=True)
        photo = next((shared_data / "portraits" / person).iterdir())
        (folder / photo.name).write_bytes(photo.read_bytes())
    (tmp_path / "people" / "biden" / "broken.jpg").write_bytes(b"\xff\xd8\xff nonsense")
    said = terminal.answer("watchlist", "import", "Bans", "people", *ENTRY, "--json")
    report = json.loads(said)
    assert (report["n_people"], report["n_accepted"], report["n_refused"]) == (2, 2, 1)


@pytest.mark.weights
def test_an_empty_zip_is_refused_in_words(terminal: Terminal, tmp_path: Path) -> None:
    create(terminal)
    (tmp_path / "people.zip").write_bytes(b"PK\x05\x06" + b"\0" * 18)
    assert "patrol: " in terminal.complaint("watchlist", "import", "Bans", "people.zip", *ENTRY)


@pytest.mark.weights
@pytest.mark.data
def test_a_poor_photo_is_let_in_as_weak_for_a_reason_and_a_good_one_added_later(
    terminal: Terminal, shared_data: Path, tmp_path: Path
) -> None:
    create(terminal)
    first, second = sorted((shared_data / "portraits" / "obama").iterdir())[:2]
    with Image.open(first) as photo:
        photo.thumbnail((150, 150))
        photo.save(tmp_path / "still.png")
    refused = terminal.run("watchlist", "enrol", "Bans", "Exercise A", "still.png", *ENTRY)
    assert "too small" in refused.stdout
    assert "--weak REASON" in refused.stdout
    said = terminal.answer("watchlist", "enrol", "Bans", "Exercise A", "still.png", *ENTRY, "--weak", "only footage")
    assert "accepted as weak" in said
    assert "accepted" in terminal.answer("watchlist", "photos", "Bans", "Exercise A", str(second))
    assert "2 photos, 1 of them weak" in terminal.answer("watchlist", "people", "Bans")
