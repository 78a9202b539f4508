"""The simulated site, as patrol reads it."""

from datetime import datetime
from pathlib import Path

from patrol.demo import site
from patrol.demo.clip import Clip
from patrol.demo.portraits import catalogue
from patrol.dispatch.groups_file import import_groups
from patrol.settings import load_streams
from patrol.store.engine import Database

URLS = {f"/{camera.id}": f"rtsp://127.0.0.1:8554/{camera.id}" for camera in site.CAMERAS}


def test_patrol_accepts_the_streams(tmp_path: Path) -> None:
    site.write_streams(tmp_path / "streams.yaml", URLS)
    streams = load_streams(tmp_path / "streams.yaml")
    assert [stream.id for stream in streams] == [camera.id for camera in site.CAMERAS]
    assert {stream.credentials for stream in streams} == {site.CREDENTIALS}
    assert len({stream.site.id for stream in streams}) >= 2


def test_patrol_accepts_the_groups(tmp_path: Path, database: Database, now: datetime) -> None:
    site.write_groups(tmp_path / "groups.yaml")
    with database.write() as session:
        changed = import_groups(session, (tmp_path / "groups.yaml").read_bytes(), "test", now)
    assert len(changed) == len(site.GROUPS)


def test_every_site_has_a_group_with_its_page() -> None:
    assert {entry["id"] for entry in site.SITES} == {group["site"] for group in site.GROUPS}
    assert all(group["chats"] == [{"kind": "page"}] for group in site.GROUPS)


def test_one_camera_never_shows_the_listed_person() -> None:
    shown = [camera.shows_listed for camera in site.CAMERAS]
    assert shown.count(False) == 1
    assert shown.count(True) >= 2


def test_the_enrolled_photo_is_another_one_than_the_scenes() -> None:
    enrolled = catalogue()[site.ENROLLED_PORTRAIT]
    assert enrolled.person == site.LISTED
    assert all(site.ENROLLED_PORTRAIT not in camera.cast for camera in site.CAMERAS)


def test_every_face_shown_is_in_the_public_domain() -> None:
    shown = {name for camera in site.CAMERAS for name in camera.cast} | {site.ENROLLED_PORTRAIT}
    assert all(catalogue()[name].is_public_domain for name in shown)


def test_every_camera_is_behind_the_password(tmp_path: Path) -> None:
    clips = {
        camera.id: Clip(tmp_path / camera.id, tmp_path / "truth", tmp_path / "thumbs") for camera in site.CAMERAS
    }
    mounts = site.mounts(clips, "demo", "secret")
    assert {mount["path"] for mount in mounts} == URLS.keys()
    assert {(mount["user"], mount["password"]) for mount in mounts} == {("demo", "secret")}
