"""The groups of the simulated site, as patrol reads them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.demo import site
from patrol.demo.groups import GROUPS, write_groups
from patrol.dispatch import plan, routing
from patrol.dispatch.groups_file import import_groups
from patrol.dispatch.routing import Route, Rules, Where
from patrol.settings import load_sites, load_streams
from patrol.store.engine import Database
from patrol.store.tables import Group

URLS = {f"/{camera.id}": f"rtsp://127.0.0.1:8554/{camera.id}" for camera in site.CAMERAS}
MIDNIGHT = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)  # in Shanghai


@pytest.fixture
def imported(tmp_path: Path, database: Database, now: datetime) -> Path:
    write_groups(tmp_path / "groups.yaml")
    site.write_streams(tmp_path / "streams.yaml", URLS)
    with database.write() as session:
        import_groups(session, (tmp_path / "groups.yaml").read_bytes(), "test", now)
    return tmp_path / "streams.yaml"


def route_of(camera_id: str, streams: Path, database: Database, now: datetime) -> Route:
    stream = next(each for each in load_streams(streams) if each.id == camera_id)
    with database.read() as session:
        where = Where(stream.site.id, stream.id, stream.where, *stream.position)
        return routing.route(plan.load(session, load_sites(streams)), where, Rules(), now)


def test_patrol_accepts_them_as_one_tree(imported: Path, database: Database) -> None:
    with database.read() as session:
        parents = {group.id: group.parent_id for group in session.scalars(select(Group))}
    assert len(parents) == len(GROUPS)
    assert {id for id, parent in parents.items() if parent is None} == {"maintenance", "riverside-station"}


ROUTES = [
    ("station-concourse", "station-guards"),
    ("station-platform", "platform-guards"),
    ("mall-atrium", "mall-guards"),
]


@pytest.mark.parametrize(("camera_id", "nearest"), ROUTES)
@pytest.mark.parametrize("hour", range(0, 24, 6))
def test_the_guards_of_the_cameras_floor_are_told_at_any_hour_and_the_mechanics_never(
    imported: Path, database: Database, camera_id: str, nearest: str, hour: int
) -> None:
    route = route_of(camera_id, imported, database, MIDNIGHT + timedelta(hours=hour))
    assert nearest in [candidate.group_id for candidate in route.told]
    assert not route.is_default
    everybody = [candidate.group_id for candidate in (*route.told, *route.reserves)]
    assert "maintenance" not in everybody
    assert "mall-shops" not in everybody, "a list tells shopkeepers only where it says so"
