"""Reads streams.yaml: which sites there are, and which streams to watch there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast, get_args
from zoneinfo import available_timezones

import structlog

from patrol.settings.addresses import address, refuse_same_addresses, sub_address
from patrol.settings.mistakes import Mistake, SettingsError
from patrol.settings.places import PLACE_OF_STREAM, PLACES_OF_SITE, where_of, with_places
from patrol.settings.recorders import channels_of
from patrol.settings.yaml_node import Entry, compose
from patrol.values import DecodeMode, Site, Stream

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SECRET_NAME = re.compile(r"[A-Za-z0-9_-]+")
SITE_KEYS = ("id", "name", "latitude", "longitude", "time_zone", *PLACES_OF_SITE)
STREAM_KEYS = (
    *("id", "site", "name", "place", "url", "sub_url", "credentials", "transport", "enabled"),
    *("latitude", "longitude", "looks_per_s", "decode", "key", "max_sessions", *PLACE_OF_STREAM),
)
TRANSPORTS = ("tcp", "udp")
LOOKS_PER_S = (2.0, 5.0)  # below 2 the tracker loses walkers; above 5 the same look is paid for twice
LOOKS_PER_S_DEFAULT = 4.0
MOST_SESSIONS = 64  # what the most generous cameras allow at once
NO_ZONE = {"Asia/Beijing": "Asia/Shanghai", "PRC": "Asia/Shanghai", "CST": "Asia/Shanghai"}

log = structlog.get_logger()


def load_streams(path: Path) -> tuple[Stream, ...]:
    """The streams of a streams.yaml; SettingsError lists every mistake as file:line: key: value: what."""
    return parse(_content_of(path), path)[1]


def load_sites(path: Path) -> tuple[Site, ...]:
    """The sites of a streams.yaml, those without streams too."""
    return parse(_content_of(path), path)[0]


class StreamsFile:
    """streams.yaml, read again when it changes; a broken edit is reported and the last good streams stay."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.error: SettingsError | None = None  #: what is wrong with the file as it is now
        content = _content_of(path)
        self._content: bytes | None = content  # as it was read last; None where it could not be read
        self._streams = parse(content, path)[1]
        self._is_new = True

    def changed(self) -> tuple[Stream, ...] | None:
        """The streams, at the first call and whenever the file says something new; else None."""
        is_new, self._is_new = self._is_new, False
        before = self._streams
        try:
            self._read_again()
        except SettingsError as error:
            self._report(error)
        return self._streams if is_new or self._streams != before else None

    def _read_again(self) -> None:
        before, self._content = self._content, None
        content = self._content = _content_of(self.path)
        if content == before:
            return
        self._streams = parse(content, self.path)[1]
        self.error = None
        log.info("streams.yaml read again", path=str(self.path), streams=len(self._streams))

    def _report(self, error: SettingsError) -> None:
        if str(error) != str(self.error):
            log.error("streams.yaml is broken, the streams stay as they were", path=str(self.path), error=str(error))
        self.error = error


def parse(content: bytes, path: Path) -> tuple[tuple[Site, ...], tuple[Stream, ...]]:
    """The sites and streams in a file's bytes; `path` is for the mistakes."""
    root, mistakes = compose(content, path)
    if root is None:
        empty = Mistake(path, 1, "", "", "is empty; it needs `sites:` and `streams:`")
        raise SettingsError.of(mistakes or [empty])
    file = Entry(root, "", path, mistakes)
    file.refuse_unknown(("sites", "recorders", "streams"))
    sites = _sites(file)
    streams = _streams(file, {site.id: site for site in sites})
    if mistakes:
        raise SettingsError.of(dict.fromkeys(mistakes))  # what is wrong with a recorder is so with each channel
    return sites, streams


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None


def _sites(file: Entry) -> tuple[Site, ...]:
    entries = list(file.entries("sites"))
    sites = tuple(_site(entry) for entry in entries)
    _refuse_twins(entries, (site.id for site in sites))
    return sites


def _site(entry: Entry) -> Site:
    entry.refuse_unknown(SITE_KEYS)
    site = Site(
        id=_id(entry),
        name=entry.text("name"),
        latitude=entry.number("latitude", -90, 90),
        longitude=entry.number("longitude", -180, 180),
        time_zone=_time_zone(entry),
    )
    return with_places(entry, site)


def _streams(file: Entry, sites: dict[str, Site]) -> tuple[Stream, ...]:
    entries = list(file.entries("streams", is_required=not file.has("recorders")))
    entries += channels_of(file, STREAM_KEYS)
    streams = tuple(_stream(entry, sites) for entry in entries)
    _refuse_twins(entries, (stream.id for stream in streams))
    refuse_same_addresses(entries, streams)
    return streams


def _stream(entry: Entry, sites: dict[str, Site]) -> Stream:
    entry.refuse_unknown(STREAM_KEYS)
    url = address(entry, "url")
    latitude, longitude = _position(entry)
    site = _site_of(entry, sites)
    stream = Stream(
        id=_id(entry),
        site=replace(site, buildings=(), walks=(), duty_phone=None),  # no camera starts again for a walk or a phone
        name=entry.text("name"),
        place=entry.text("place"),
        url=url,
        credentials=_credentials(entry),
        transport=cast(Literal["tcp", "udp"], _one_of(entry, "transport", TRANSPORTS)),
        is_enabled=entry.flag("enabled", default=True),
        latitude=latitude,
        longitude=longitude,
        looks_per_s=entry.number("looks_per_s", *LOOKS_PER_S, default=LOOKS_PER_S_DEFAULT),
        where=where_of(entry, site),
        sub_url=sub_address(entry, url),
        decode=cast(DecodeMode, _one_of(entry, "decode", get_args(DecodeMode))),
        is_key=entry.flag("key", default=False),
        max_sessions=entry.count("max_sessions", 1, MOST_SESSIONS, default=2),
    )
    for key, there in (("url", stream.url), ("sub_url", stream.sub_url)):
        if there and "{password}" in there and stream.credentials is None:
            entry.refuse(key, "has {password} in it, so `credentials` must name a secret")
    return stream


def _refuse_twins(entries: Iterable[Entry], ids: Iterable[str]) -> None:
    first: dict[str, int] = {}
    for entry, id in zip(entries, ids, strict=True):
        if id in first:
            entry.refuse("id", f"is taken, by the entry in line {first[id]}; every id is its own")
        elif id:
            first[id] = entry.line("id")


def _id(entry: Entry) -> str:
    id = entry.text("id")
    if id and not ID.fullmatch(id):
        entry.refuse("id", "must be up to 64 of the letters a-z, digits, dot, dash and underscore")
    return id


def _site_of(entry: Entry, sites: dict[str, Site]) -> Site:
    id = entry.text("site")
    if id and id not in sites:
        entry.refuse("site", f"no such site; known are {', '.join(filter(None, sites)) or 'none'}")
    return sites.get(id) or Site(id, "", 0.0, 0.0, "UTC")


def _time_zone(entry: Entry) -> str:
    zone = entry.text("time_zone")
    if zone and (zone in NO_ZONE or zone not in available_timezones()):
        entry.refuse("time_zone", f"no such time zone; write a name like {NO_ZONE.get(zone, 'Europe/Berlin')}")
    return zone


def _position(entry: Entry) -> tuple[float | None, float | None]:
    """Both coordinates, or neither."""
    if not entry.has("latitude") and not entry.has("longitude"):
        return None, None
    return entry.number("latitude", -90, 90), entry.number("longitude", -180, 180)


def _credentials(entry: Entry) -> str | None:
    if not entry.has("credentials"):
        return None
    name = entry.text("credentials")
    if name and not SECRET_NAME.fullmatch(name):
        what = "must be the name of a secret, not the user and password; see PATROL_SECRET_NAME in docs/streams.md"
        entry.refuse("credentials", what, "(hidden)")
    return name or None


def _one_of(entry: Entry, key: str, words: Sequence[str]) -> str:
    """One of the words; the first goes without saying."""
    word = entry.text(key, default=words[0])
    if word not in words:
        entry.refuse(key, f"must be {', '.join(words[:-1])} or {words[-1]}")
        return words[0]
    return word
