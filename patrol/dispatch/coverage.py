"""What a group covers, held against the sites and streams there are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from patrol.dispatch.drafts import GroupDraft, Mistake, Where
from patrol.values import Building, Site, Stream

KEYS = ("site", "building", "floor", "post", "stream")
PLACE_KEYS = ("site", "building", "floor", "post")
LONGEST = 100
NOT_IN_PLACES = frozenset("/;；\r\n")  # they part places where these are written in one cell
MOST_M = 50_000.0  # a radius beyond this is a slip: metres, not millimetres
MOST_COVERS = 200


@dataclass(frozen=True, slots=True)
class Premises:
    """The sites with their buildings, and the streams: all that a group may name."""

    sites: Mapping[str, Site]
    streams: Mapping[str, Stream]

    @classmethod
    def of(cls, sites: Iterable[Site], streams: Iterable[Stream] = ()) -> Self:
        return cls({site.id: site for site in sites}, {stream.id: stream for stream in streams})


def mistakes_of(draft: GroupDraft, premises: Premises | None) -> Iterator[Mistake]:
    """Everything wrong with where a group stands and what it covers; None where sites and streams are not known."""
    own = {"site": draft.site_id, "building": draft.building, "floor": draft.floor, "post": draft.post}
    yield from _mistakes_of_place({key: value for key, value in own.items() if value is not None}, (), premises)
    if draft.radius_m is not None and not 0 < draft.radius_m <= MOST_M:
        yield Mistake(("radius_m",), "not_between", draft.radius_m, {"lowest": 1, "highest": f"{MOST_M:.0f}"})
    if len(draft.covers) > MOST_COVERS:
        yield Mistake(("covers",), "too_many", len(draft.covers), {"most": MOST_COVERS})
    for index, cover in enumerate(draft.covers[:MOST_COVERS]):
        yield from _mistakes_of_cover(cover, ("covers", index), premises)
        if cover in draft.covers[:index]:
            yield Mistake(("covers", index), "twice", words_of(cover))


def words_of(cover: Mapping[str, str]) -> str:
    """A cover in one cell: "mall/north/3F", or "stream:gate-b"."""
    if "stream" in cover:
        return f"stream:{cover['stream']}"
    return "/".join(cover.get(key, "") for key in PLACE_KEYS).rstrip("/")


def takes_in(cover: Mapping[str, str], stream: Stream) -> bool:
    """Whether a cover covers the place of a stream."""
    if "stream" in cover:
        return cover["stream"] == stream.id
    there = {
        "site": stream.site.id,
        "building": stream.where.building,
        "floor": stream.where.floor,
        "post": stream.where.post,
    }
    return all(there[key] == value for key, value in cover.items())


def _mistakes_of_cover(cover: Any, where: Where, premises: Premises | None) -> Iterator[Mistake]:
    if not isinstance(cover, Mapping):
        yield Mistake(where, "not_a_mapping")
        return
    for key in cover:
        if key not in KEYS:
            yield Mistake((*where, str(key)), "unknown_key", "", {"known": ", ".join(KEYS)})
    if ("stream" in cover) == ("site" in cover) or ("stream" in cover and cover.keys() & PLACE_KEYS):
        yield Mistake(where, "site_or_stream")
    elif "stream" in cover:
        yield from _mistakes_of_stream(cover["stream"], (*where, "stream"), premises)
    else:
        place = {key: cover[key] for key in PLACE_KEYS if key in cover}
        yield from _mistakes_of_place(place, where, premises)


def _mistakes_of_stream(stream: Any, where: Where, premises: Premises | None) -> Iterator[Mistake]:
    if not _is_name(stream):
        yield Mistake(where, "not_text", stream, {"longest": LONGEST})
    elif premises is not None and stream not in premises.streams:
        yield Mistake(where, "unknown_stream", stream)


def _mistakes_of_place(place: Mapping[str, Any], where: Where, premises: Premises | None) -> Iterator[Mistake]:
    wrong = [key for key, value in place.items() if not _is_name(value)]
    for key in wrong:
        yield Mistake((*where, key), "not_text", place[key], {"longest": LONGEST})
    for key, needs in (("building", "site"), ("floor", "building"), ("post", "site")):
        if key in place and needs not in place:
            yield Mistake((*where, key), "needs", place[key], {"needs": needs})
            return
    if premises is not None and not wrong and "site" in place:
        yield from _unknown_places(place, where, premises)


def _unknown_places(place: Mapping[str, str], where: Where, premises: Premises) -> Iterator[Mistake]:
    site = premises.sites.get(place["site"])
    if site is None:
        yield Mistake((*where, "site"), "unknown_site", place["site"])
    elif "building" in place:
        yield from _unknown_in(site, place, where)


def _unknown_in(site: Site, place: Mapping[str, str], where: Where) -> Iterator[Mistake]:
    building = next((building for building in site.buildings if building.id == place["building"]), None)
    if building is None:
        known = ", ".join(building.id for building in site.buildings) or "-"
        yield Mistake((*where, "building"), "unknown_building", place["building"], {"site": site.id, "known": known})
    elif "floor" in place and place["floor"] not in building.floors:
        yield _unknown_floor(building, place["floor"], where)


def _unknown_floor(building: Building, floor: str, where: Where) -> Mistake:
    known = ", ".join(building.floors) or "-"
    return Mistake((*where, "floor"), "unknown_floor", floor, {"building": building.id, "known": known})


def _is_name(value: Any) -> bool:
    is_text = isinstance(value, str) and 0 < len(value.strip()) <= LONGEST and value.isprintable()
    return is_text and not NOT_IN_PLACES & set(value)
