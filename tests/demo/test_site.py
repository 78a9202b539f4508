"""The simulated site, as patrol reads it."""

from pathlib import Path

from patrol.demo import site
from patrol.demo.clip import Clip
from patrol.demo.portraits import catalogue
from patrol.settings import load_sites, load_streams

URLS = {f"/{camera.id}": f"rtsp://127.0.0.1:8554/{camera.id}" for camera in site.CAMERAS}


def test_patrol_accepts_the_streams(tmp_path: Path) -> None:
    site.write_streams(tmp_path / "streams.yaml", URLS)
    streams = load_streams(tmp_path / "streams.yaml")
    assert [stream.id for stream in streams] == [camera.id for camera in site.CAMERAS]
    assert {stream.credentials for stream in streams} == {site.CREDENTIALS}
    assert len({stream.site.id for stream in streams}) >= 2


def test_every_camera_stands_on_a_floor_of_a_building(tmp_path: Path) -> None:
    site.write_streams(tmp_path / "streams.yaml", URLS)
    sites = {each.id: each for each in load_sites(tmp_path / "streams.yaml")}
    for stream in load_streams(tmp_path / "streams.yaml"):
        floors = {building.id: building.floors for building in sites[stream.site.id].buildings}
        assert stream.where.floor in floors[stream.where.building or ""]
        assert sites[stream.site.id].duty_phone


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
