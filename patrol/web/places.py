"""The places of a site as a guard picks one: where its cameras look, in words, and its floors."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from patrol.dispatch.desk import Desk
from patrol.values import Site, Stream
from patrol.web.parts import Parts


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """One place that can be picked; `id` stays the same while streams.yaml does."""

    id: str
    label: str
    place: dict[str, Any]  #: as patrol.store.tables.GroupReply.place has it


def choices_of(parts: Parts, site_id: str | None) -> list[PlaceChoice]:
    """The places of a site, or of all where None."""
    return choices(*parts.known_places(), site_id)


def choices(sites: Iterable[Site], streams: Iterable[Stream], site_id: str | None) -> list[PlaceChoice]:
    """Cameras' places first, for they name landmarks; each label once."""
    seen = [stream for stream in streams if site_id in (None, stream.site.id)]
    floors = [choice for site in sites if site_id in (None, site.id) for choice in _floors(site)]
    once: dict[str, PlaceChoice] = {}
    for choice in (*map(_of_stream, seen), *floors):
        once.setdefault(choice.label, choice)
    return list(once.values())


def find(options: Sequence[PlaceChoice], id: str | None) -> PlaceChoice | None:
    return next((option for option in options if option.id == id), None)


def _of_stream(stream: Stream) -> PlaceChoice:
    label, (latitude, longitude) = stream.place or stream.name, stream.position
    where = {"building": stream.where.building, "floor": stream.where.floor, "post": stream.where.post}
    place = {"site": stream.site.id, **where, "words": label, "latitude": latitude, "longitude": longitude}
    return PlaceChoice(f"stream:{stream.id}", label, place)


def _floors(site: Site) -> Iterator[PlaceChoice]:
    for building in site.buildings:
        for floor in building.floors:
            label = f"{building.name} {floor}"
            place = {"site": site.id, "building": building.id, "floor": floor, "words": label}
            yield PlaceChoice(f"floor:{site.id}/{building.id}/{floor}", label, place)


def desk_of(parts: Parts) -> Desk:
    """What the pages know of the duty desk."""
    return Desk(lambda: parts.known_places()[0], parts.settings.public_url, parts.settings.duty_phone)
