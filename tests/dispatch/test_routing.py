"""Whom a hit goes to, and in which order."""

from patrol.dispatch.routing import MOST_NEIGHBOURS, destinations
from patrol.store.tables import Group, GroupChat, Hit
from tests.dispatch.scene import ACROSS_THE_STREET, MALL, OTHER_SIDE_OF_TOWN, Scene


def told(scene: Scene) -> list[tuple[str, str]]:
    hit_id = scene.hit()
    with scene.database.read() as session:
        return [(it.group.id, it.why) for it in destinations(session, session.get_one(Hit, hit_id))]


def test_without_groups_nobody_is_told(scene: Scene) -> None:
    assert told(scene) == []


def test_the_hits_own_site_comes_first_then_the_neighbours_by_distance(scene: Scene) -> None:
    scene.group("metro", position=ACROSS_THE_STREET, site_id="metro")
    scene.group("kiosk", position=MALL, site_id=None)
    scene.group("car-park", position=OTHER_SIDE_OF_TOWN, site_id="mall")
    scene.group("gate")
    scene.group("airport", position=OTHER_SIDE_OF_TOWN, site_id="airport")
    assert told(scene) == [("gate", "own_site"), ("car-park", "own_site"), ("kiosk", "near"), ("metro", "near")]


def test_not_the_whole_town_is_told(scene: Scene) -> None:
    for n in range(MOST_NEIGHBOURS + 3):
        scene.group(f"shop-{n}", site_id=f"shop-{n}")
    assert len(told(scene)) == MOST_NEIGHBOURS


def test_where_nobody_is_near_the_nearest_is_told(scene: Scene) -> None:
    scene.group("airport", position=OTHER_SIDE_OF_TOWN, site_id="airport")
    scene.group("beijing", position=(39.9042, 116.4074), site_id="capital")
    assert told(scene) == [("airport", "nearest")]


def test_a_group_that_has_ended_or_has_no_chat_is_not_told(scene: Scene) -> None:
    scene.group("gone")
    scene.group("mute")
    with scene.database.write() as session:
        session.get_one(Group, "gone").is_active = False
        session.query(GroupChat).filter_by(group_id="mute").update({"removed_at": scene.now})
    assert told(scene) == []


def test_the_cameras_own_position_counts(scene: Scene) -> None:
    scene.group("metro", position=OTHER_SIDE_OF_TOWN, site_id="metro")
    hit_id = scene.hit(position=OTHER_SIDE_OF_TOWN)
    with scene.database.read() as session:
        [metro] = destinations(session, session.get_one(Hit, hit_id))
    assert (metro.why, metro.distance_m) == ("near", 0)
