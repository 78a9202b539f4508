"""Buildings, floors, walks and posts in streams.yaml: what is read, and what is said of what cannot be."""

from pathlib import Path

import pytest

from patrol.settings import SettingsError, load_sites, load_streams
from patrol.values import Building, Place, Walk

FILE = """\
sites:
  - id: mall
    name: Mall
    latitude: 31.23
    longitude: 121.47
    time_zone: Asia/Shanghai
    duty_phone: "+86 21 5555 0110"
    buildings:
      - {id: north, name: North hall, floors: [B1, 1F, 2F, 3F]}
      - {id: kiosk}
    walks:
      - {from: north/3F/escalator, to: north/2F, minutes: 2}
      - {from: north, to: //car park, minutes: 4.5}
streams:
  - id: escalator
    site: mall
    name: Escalator
    place: 3F escalator
    url: rtsp://10.0.0.5/main
    building: north
    floor: 3F
    post: escalator
  - {id: gate, site: mall, name: Gate, place: Gate, url: rtsp://10.0.0.6/main, post: gate 4}
"""


def write(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "streams.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def mistakes(tmp_path: Path, old: str, new: str) -> list[str]:
    assert old in FILE
    path = write(tmp_path, FILE.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        load_streams(path)
    return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]


def test_a_site_has_buildings_walks_and_a_duty_phone(tmp_path: Path) -> None:
    [mall] = load_sites(write(tmp_path, FILE))
    assert mall.buildings == (Building("north", "North hall", ("B1", "1F", "2F", "3F")), Building("kiosk", "kiosk"))
    assert mall.walks == (
        Walk(Place("north", "3F", "escalator"), Place("north", "2F"), 2.0),
        Walk(Place("north"), Place(post="car park"), 4.5),
    )
    assert mall.duty_phone == "+86 21 5555 0110"


def test_a_stream_says_where_it_looks(tmp_path: Path) -> None:
    escalator, gate = load_streams(write(tmp_path, FILE))
    assert escalator.where == Place("north", "3F", "escalator")
    assert gate.where == Place(post="gate 4")


def test_no_camera_starts_again_for_a_walk_or_a_phone(tmp_path: Path) -> None:
    before = load_streams(write(tmp_path, FILE))
    assert load_streams(write(tmp_path, FILE.replace("minutes: 2", "minutes: 3").replace("0110", "0111"))) == before
    assert load_streams(write(tmp_path, FILE.replace("floor: 3F", "floor: 2F"))) != before


FROM, FLOORS, WALK = "from: north/3F/escalator", "[B1, 1F, 2F, 3F]", "12: sites[0].walks[0]"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"+86 21 5555 0110"',
            '"call me"',
            "7: sites[0].duty_phone: call me: must be a phone number of 3 to 15 digits",
        ),
        ('"+86 21 5555 0110"', "+862155550110", "7: sites[0].duty_phone: +862155550110: must be text"),
        ("floors: [B1, 1F, 2F, 3F]", "floors: 3F", "9: sites[0].buildings[0].floors: 3F: must be a list"),
        (
            "[B1, 1F, 2F, 3F]",
            "[1, 2F, 3F]",
            "9: sites[0].buildings[0].floors[0]: 1: must be text; put it in",
        ),
        (FLOORS, "[1F, 1F, 3F, 2F]", "9: sites[0].buildings[0].floors: [...]: 1F is there twice"),
        (FLOORS, "[1F, 2F, 3F, a/b]", "9: sites[0].buildings[0].floors: [...]: a/b must not have one of"),
        ("id: north,", "id: a/b,", "9: sites[0].buildings[0].id: a/b: must not have one of"),
        ("{id: kiosk}", "{id: north}", "9: sites[0].buildings: north: two are called north"),
        ("{id: kiosk}", "{name: Kiosk}", "10: sites[0].buildings[1].id: is missing"),
        (
            "{id: kiosk}",
            "{id: kiosk, flors: [1F]}",
            "10: sites[0].buildings[1].flors: [...]: unknown key; did you",
        ),
        (
            "from: north/3F/escalator",
            "from: south",
            f"{WALK}.from: south: no building south; known are",
        ),
        (FROM, "from: north/9F", f"{WALK}.from: north/9F: north has no floor 9F"),
        (FROM, "from: /9F", f"{WALK}.from: /9F: names a floor of no building"),
        (FROM, "from: a/b/c/d", f"{WALK}.from: a/b/c/d: must be BUILDING"),
        (FROM, "from: //", f"{WALK}.from: //: must be BUILDING"),
        (
            "from: north/3F/escalator",
            "form: north",
            f"{WALK}.form: north: unknown key; did you mean from?",
        ),
        (
            "from: north/3F/escalator",
            "from: north/2F",
            "12: sites[0].walks[0].to: north/2F: is where the walk begins",
        ),
        ("minutes: 4.5", "minutes: far", "13: sites[0].walks[1].minutes: far: must be a number from 0 to 240"),
        ("minutes: 4.5", "minutes: 241", "13: sites[0].walks[1].minutes: 241: must be a number from 0 to 240"),
        (
            "{from: north, to: //car park, minutes: 4.5}",
            "{from: north/2F, to: north/3F/escalator, minutes: 3}",
            "12: sites[0].walks: north/2F to north/3F/escalator: is there twice",
        ),
        ("    building: north\n", "", "20: streams[0].floor: 3F: needs a `building`"),
        (
            "    building: north\n",
            "    building: south\n",
            "20: streams[0].building: south: mall has no such building",
        ),
        ("    floor: 3F\n", "    floor: 9F\n", "21: streams[0].floor: 9F: north has no such floor; known are B1, 1F"),
        ("post: escalator", "post: a;b", "22: streams[0].post: a;b: must not have one of"),
    ],
)
def test_a_mistake_in_a_place_names_line_key_and_value(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = mistakes(tmp_path, old, new)
    assert any(line.startswith(said) for line in found), found


def test_a_site_needs_none_of_it(tmp_path: Path) -> None:
    bare = FILE.partition("    duty_phone")[0] + "streams: []\n"
    [mall] = load_sites(write(tmp_path, bare))
    assert (mall.buildings, mall.walks, mall.duty_phone) == ((), (), None)
