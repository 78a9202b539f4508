"""Watchlists and people over HTTP, with drawn faces."""

import io
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from patrol.store.tables import PortraitTemplate
from tests.watchlist.drawn import Oval, jpeg_of
from tests.web.house import House

LIST = {
    **{"name": "Missing children", "category": "missing", "reason": "case 7", "owner": "Inspector Li"},
    "ends_at": "2026-04-01T00:00:00+08:00",
}
PERSON = {"name": "小明", "reason": "case 7", "source": "family", "ends_at": "2026-03-20T00:00:00Z"}


def photos(*contents: bytes, name: str = "photos") -> list[tuple[str, tuple[str, bytes, str]]]:
    return [(name, (f"photo-{number}.jpg", content, "image/jpeg")) for number, content in enumerate(contents)]


@pytest.fixture
def ada(house: House) -> Any:
    return house.client("ada")


@pytest.fixture
def watchlist(ada: Any) -> str:
    answer = ada.post("/api/v1/watchlists", json=LIST)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def enrol(ada: Any, watchlist: str, *contents: bytes, **more: object) -> Any:
    return ada.post(f"/api/v1/watchlists/{watchlist}/people", data={**PERSON, **more}, files=photos(*contents))


def test_a_list_is_made_shown_changed_and_closed(ada: Any, watchlist: str) -> None:
    shown = ada.get(f"/api/v1/watchlists/{watchlist}").json()
    assert (shown["ends_at"], shown["created_by"], shown["is_active"]) == ("2026-03-31T16:00:00Z", "ada", True)
    changed = ada.patch(f"/api/v1/watchlists/{watchlist}", json={"instruction": "Call the parents."}).json()
    assert (changed["instruction"], changed["name"]) == ("Call the parents.", "Missing children")
    closed = ada.post(f"/api/v1/watchlists/{watchlist}/close").json()
    assert (closed["is_active"], closed["closed_at"]) == (False, "2026-03-02T01:30:00Z")
    assert enrol(ada, watchlist, jpeg_of(Oval(3))).json()["reason"] == "list_closed"


def test_a_list_says_who_may_be_told_of_its_hits(ada: Any, watchlist: str) -> None:
    shown = ada.get(f"/api/v1/watchlists/{watchlist}").json()
    assert (shown["levels"], shown["tell_at_once"]) == (None, None)
    rules = {"levels": ["guards", "shopkeepers"], "tell_at_once": 5}
    changed = ada.patch(f"/api/v1/watchlists/{watchlist}", json=rules).json()
    assert {name: changed[name] for name in rules} == rules
    back = ada.patch(f"/api/v1/watchlists/{watchlist}", json={"levels": [], "tell_at_once": 0}).json()
    assert (back["levels"], back["tell_at_once"]) == (None, None)
    made = ada.post("/api/v1/watchlists", json={**LIST, "name": "Pickpockets", "levels": ["guards"]}).json()
    assert made["levels"] == ["guards"]


REFUSED_LISTS: list[tuple[dict[str, object], str]] = [
    ({"reason": ""}, "invalid"),
    ({"reason": "  "}, "invalid"),
    ({"owner": None}, "invalid"),
    ({"category": "enemies"}, "invalid"),
    ({"levels": ["maintenance"]}, "entry_refused"),
    ({"tell_at_once": 21}, "invalid"),
    ({"ends_at": "2026-04-01"}, "invalid"),
    ({"ends_at": "2026-04-01T00:00:00"}, "invalid"),
    ({"ends_at": "9999-12-31T23:59:59-23:00"}, "invalid"),
    ({"ends_at": "2020-01-01T00:00:00Z"}, "entry_refused"),
    ({"name": "Wanted"}, "entry_refused"),
]


def test_a_list_without_reason_owner_or_end_is_refused(ada: Any) -> None:
    for wrong, code in REFUSED_LISTS:
        answer = ada.post("/api/v1/watchlists", json={**LIST, **wrong})
        assert (answer.status_code, answer.json()["code"]) == (422, code), wrong


def test_a_person_is_enrolled_from_photos_and_each_says_what_became_of_it(ada: Any, watchlist: str) -> None:
    two = jpeg_of(Oval(3, centre_xy=(100, 180)), Oval(4, centre_xy=(300, 180)), size_wh=(400, 400))
    answer = enrol(ada, watchlist, jpeg_of(Oval(3)), two, b"text")
    assert answer.status_code == 201, answer.text
    report = answer.json()
    assert [photo["is_accepted"] for photo in report["photos"]] == [True, False, False]
    assert [photo["reason"] for photo in report["photos"]] == [None, "two_faces", "not_a_picture"]
    assert all(photo["explanation"] for photo in report["photos"][1:])
    person = report["person"]
    assert (person["name"], len(person["portraits"]), person["is_active"]) == ("小明", 1, True)
    picture = ada.get(f"/api/v1/portraits/{person['portraits'][0]['id']}/picture")
    assert (picture.headers["content-type"], picture.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert ada.get(f"/api/v1/watchlists/{watchlist}").json()["n_people"] == 1


def test_where_no_photo_is_accepted_nobody_is_kept(ada: Any, watchlist: str) -> None:
    answer = enrol(ada, watchlist, b"", jpeg_of())
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "no_photo_accepted")
    assert [photo["reason"] for photo in problem["photos"]] == ["empty_file", "no_face"]
    assert ada.get(f"/api/v1/watchlists/{watchlist}/people").json() == []


REFUSED_PEOPLE = [
    {"name": ""},
    {"reason": " "},
    {"source": ""},
    {"ends_at": "tomorrow"},
    {"ends_at": "2026-05-01T00:00:00Z"},
    {"name": "x" * 201},
    {"name": "two\nlines"},
]


def test_a_person_without_what_it_takes_is_refused(ada: Any, watchlist: str) -> None:
    for wrong in REFUSED_PEOPLE:
        answer = enrol(ada, watchlist, jpeg_of(Oval(3)), **wrong)
        assert answer.status_code == 422, wrong
        assert answer.json()["detail"], wrong
    assert ada.get(f"/api/v1/watchlists/{watchlist}/people").json() == []


def test_photos_that_are_missing_or_too_many_are_refused(ada: Any, watchlist: str) -> None:
    assert enrol(ada, watchlist).status_code == 422
    assert enrol(ada, watchlist, *[b"x"] * 21).status_code == 422
    path = f"/api/v1/watchlists/{watchlist}/people"
    assert ada.post(path, data={**PERSON, "photos": "text"}).status_code == 422
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert ada.post(path, content=b"--x\r\ngarbage", headers=headers).status_code in (400, 422)


def test_a_person_is_changed_and_taken_off_the_list(ada: Any, watchlist: str) -> None:
    person = enrol(ada, watchlist, jpeg_of(Oval(3))).json()["person"]
    path = f"/api/v1/people/{person['id']}"
    assert ada.patch(path, json={"note": "蓝色外套"}).json()["note"] == "蓝色外套"
    assert ada.patch(path, json={"ends_at": "2026-03-01T00:00:00Z"}).json()["reason"] == "end_past"
    added = ada.post(f"{path}/portraits", files=photos(jpeg_of(Oval(3, look=2))))
    assert (added.status_code, len(added.json()["person"]["portraits"])) == (201, 2)
    again = ada.post(f"{path}/portraits", files=photos(jpeg_of(Oval(3, look=2))))
    assert (again.status_code, again.json()["code"]) == (422, "no_photo_accepted")
    portrait = f"/api/v1/portraits/{person['portraits'][0]['id']}"
    assert ada.delete(portrait).status_code == 204
    assert ada.get(f"{portrait}/picture").status_code == 410
    assert ada.delete(path).status_code == 204
    assert ada.get(path).status_code == 404
    assert ada.delete(path).status_code == 404


@pytest.mark.parametrize("removed", ["people", "portraits"])
def test_the_template_of_who_is_removed_is_nowhere_on_the_disk(
    house: House, ada: Any, watchlist: str, tmp_path: Path, removed: str
) -> None:
    person = enrol(ada, watchlist, jpeg_of(Oval(3))).json()["person"]
    with house.database.read() as session:
        vector = session.scalars(select(PortraitTemplate.vector)).one()
    assert files_with(vector, tmp_path) != []
    id = person["id"] if removed == "people" else person["portraits"][0]["id"]
    assert ada.delete(f"/api/v1/{removed}/{id}").status_code == 204
    assert files_with(vector, tmp_path) == []


def files_with(content: bytes, folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file() and content in path.read_bytes()]


def archive(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name, content in files.items():
            target.writestr(name.replace("__", "."), content)
    return made.getvalue()


def test_people_are_taken_in_from_a_zip(ada: Any, watchlist: str) -> None:
    rows = (
        "name,photo,reason,source,ends_at",
        *(f"{it},case 7,family,2026-03-20" for it in ("小红,a.jpg", "小刚,b.jpg")),
    )
    table = "\n".join(rows)
    content = archive(people__csv=table.encode("gbk"), a__jpg=jpeg_of(Oval(5)))
    answer = ada.post(f"/api/v1/watchlists/{watchlist}/imports", files=photos(content, name="file"))
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["n_people"], report["n_accepted"]) == (1, 1)
    assert {row["name"] for row in report["rows"]} == {"小红", "小刚"}
    assert all(row["explanation"] for row in report["rows"] if not row["is_accepted"])


@pytest.mark.parametrize("content", [b"", b"not a zip", archive(people__csv=b"")])
def test_a_file_that_is_no_import_is_refused_in_words(ada: Any, watchlist: str, content: bytes) -> None:
    answer = ada.post(f"/api/v1/watchlists/{watchlist}/imports", files=photos(content, name="file"))
    assert (answer.status_code, answer.json()["code"]) == (422, "import_refused"), answer.text
    assert answer.json()["reason"]


def test_what_is_not_there_is_not_found(ada: Any) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    for path in (f"watchlists/{nobody}", f"watchlists/{nobody}/people", f"people/{nobody}"):
        assert ada.get(f"/api/v1/{path}").status_code == 404
    assert ada.get(f"/api/v1/portraits/{nobody}/picture").status_code == 404
    assert enrol(ada, nobody, jpeg_of(Oval(3))).status_code == 404


def test_on_a_full_disk_nobody_is_enrolled_and_the_reader_hears_why(
    ada: Any, watchlist: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(total=10**11, free=10**6))
    answer = enrol(ada, watchlist, jpeg_of(Oval(3)))
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
    assert "try again" in answer.json()["detail"]
    assert ada.get(f"/api/v1/watchlists/{watchlist}/people").json() == []
