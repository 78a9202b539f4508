"""The places a guard picks from: landmarks of the cameras first, then floors, each once."""

from patrol.values import Building, Place, Site, Stream
from patrol.web.places import choices, find

MALL = Site("mall", "Mall", 31.2, 121.4, "Asia/Shanghai", (Building("north", "North tower", ("1F", "2F")),))
HALL = Site("hall", "Hall", 31.3, 121.5, "Asia/Shanghai")


def stream(id: str, site: Site, place: str, where: Place | None = None) -> Stream:
    return Stream(id, site, f"Camera {id}", place, "rtsp://127.0.0.1/x", where=where or Place())


STREAMS = [
    stream("a", MALL, "3F escalator", Place("north", "3F", "escalator")),
    stream("b", MALL, "3F escalator"),
    stream("c", HALL, ""),
]


def test_a_site_offers_its_cameras_places_and_its_floors() -> None:
    assert [choice.label for choice in choices((MALL, HALL), STREAMS, "mall")] == [
        *("3F escalator", "North tower 1F", "North tower 2F")
    ]
    assert [choice.label for choice in choices((MALL, HALL), STREAMS, "hall")] == ["Camera c"]
    assert len(choices((MALL, HALL), STREAMS, None)) == 4
    assert choices((), (), "mall") == []


def test_a_choice_says_for_programs_where_it_is() -> None:
    options = choices((MALL, HALL), STREAMS, "mall")
    camera, floor = find(options, "stream:a"), find(options, "floor:mall/north/2F")
    assert camera is not None
    assert camera.place == {
        **{"site": "mall", "building": "north", "floor": "3F", "post": "escalator"},
        **{"words": "3F escalator", "latitude": 31.2, "longitude": 121.4},
    }
    assert floor is not None
    assert floor.place == {"site": "mall", "building": "north", "floor": "2F", "words": "North tower 2F"}
    assert find(options, "stream:gone") is None
    assert find(options, None) is None
