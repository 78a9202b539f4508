"""The places within a site, as streams.yaml has them: buildings with floors, walking times, where a stream looks."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from patrol.settings.yaml_node import Entry
from patrol.values import PHONE, Building, Place, Site, Walk

PLACES_OF_SITE = ("buildings", "walks", "duty_phone")
PLACE_OF_STREAM = ("building", "floor", "post")
BUILDING_KEYS = ("id", "name", "floors")
WALK_KEYS = ("from", "to", "minutes")
LONGEST_WALK_MIN = 240.0  # four hours on foot is no walk within a site
PARTS = "/;；"  # they part places where these are written in one line


def with_places(entry: Entry, site: Site) -> Site:
    """The site with its buildings, the walks between its places and its duty desk's number."""
    buildings = tuple(_building(each) for each in entry.entries("buildings", is_required=False))
    _refuse_twins(entry, buildings)
    known = {building.id: building for building in buildings}
    walks = tuple(filter(None, (_walk(each, known) for each in entry.entries("walks", is_required=False))))
    _refuse_same_walks(entry, walks)
    return replace(site, buildings=buildings, walks=walks, duty_phone=duty_phone(entry))


def where_of(entry: Entry, site: Site) -> Place:
    """Where a stream looks, held against the buildings of its site."""
    building, floor, post = (_name(entry, key) for key in PLACE_OF_STREAM)
    known = {building.id: building for building in site.buildings}
    if floor and not building:
        entry.refuse("floor", "needs a `building`, of which it is a floor")
    elif building and building not in known:
        entry.refuse("building", f"{site.id} has no such building; known are {_listed(known)}")
    elif building and floor and floor not in known[building].floors:
        entry.refuse("floor", f"{building} has no such floor; known are {_listed(known[building].floors)}")
    return Place(building, floor, post)


def duty_phone(entry: Entry) -> str | None:
    if not entry.has("duty_phone"):
        return None
    phone = entry.text("duty_phone")
    if phone and not PHONE.fullmatch(phone):
        entry.refuse("duty_phone", 'must be a phone number of 3 to 15 digits in quotes, as in "+86 21 5555 0110"')
    return phone or None


def _building(entry: Entry) -> Building:
    entry.refuse_unknown(BUILDING_KEYS)
    id = _name(entry, "id", is_required=True) or ""
    floors = tuple(entry.texts("floors"))
    for floor in floors:
        if set(PARTS) & set(floor):
            entry.refuse("floors", f"{floor} must not have one of {PARTS} in it")
        if floors.count(floor) > 1:
            entry.refuse("floors", f"{floor} is there twice")
            break
    return Building(id, entry.text("name", default=id) or id, floors)


def _walk(entry: Entry, known: Mapping[str, Building]) -> Walk | None:
    entry.refuse_unknown(WALK_KEYS)
    here, there = (_place(entry, key, known) for key in ("from", "to"))
    minutes = entry.number("minutes", 0, LONGEST_WALK_MIN)
    if here is None or there is None:
        return None
    if here == there:
        entry.refuse("to", "is where the walk begins")
    return Walk(here, there, minutes)


def _place(entry: Entry, key: str, known: Mapping[str, Building]) -> Place | None:
    """ "north", "north/3F" or "north/3F/escalator"; a place outside any building is "//car park"."""
    text = entry.text(key)
    parts = [part.strip() or None for part in text.split("/")]
    if len(parts) > len(PLACE_OF_STREAM) or not any(parts):
        if text:
            entry.refuse(key, "must be BUILDING, BUILDING/FLOOR or BUILDING/FLOOR/POST")
        return None
    building, floor, post = [*parts, None, None][: len(PLACE_OF_STREAM)]
    if building is None and floor is not None:
        entry.refuse(key, "names a floor of no building")
    elif building is not None and building not in known:
        entry.refuse(key, f"no building {building}; known are {_listed(known)}")
    elif building is not None and floor is not None and floor not in known[building].floors:
        entry.refuse(key, f"{building} has no floor {floor}; known are {_listed(known[building].floors)}")
    return Place(building, floor, post)


def _name(entry: Entry, key: str, *, is_required: bool = False) -> str | None:
    if not is_required and not entry.has(key):
        return None
    name = entry.text(key)
    if set(PARTS) & set(name):
        entry.refuse(key, f"must not have one of {PARTS} in it")
    return name or None


def _refuse_twins(entry: Entry, buildings: tuple[Building, ...]) -> None:
    for first, second in combinations(buildings, 2):
        if first.id == second.id and first.id:
            entry.refuse("buildings", f"two are called {first.id}; every id is its own", first.id)


def _refuse_same_walks(entry: Entry, walks: tuple[Walk, ...]) -> None:
    for first, second in combinations(walks, 2):
        if {first.here, first.there} == {second.here, second.there}:
            shown = " to ".join("/".join(filter(None, _steps(place))) for place in (second.here, second.there))
            entry.refuse("walks", "is there twice; a walk counts either way", shown)


def _steps(place: Place) -> Iterator[str | None]:
    return iter((place.building, place.floor, place.post))


def _listed(names: Mapping[str, Building] | tuple[str, ...]) -> str:
    return ", ".join(filter(None, names)) or "none"
