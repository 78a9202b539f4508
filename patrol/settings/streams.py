"""Reads streams.yaml: which sites there are, and which streams to watch there."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Literal, cast
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

import structlog

from patrol.settings.mistakes import Mistake, SettingsError
from patrol.settings.places import PLACE_OF_STREAM, PLACES_OF_SITE, where_of, with_places
from patrol.settings.yaml_node import Entry, compose
from patrol.values import Site, Stream

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SECRET_NAME = re.compile(r"[A-Za-z0-9_-]+")
SITE_KEYS = ("id", "name", "latitude", "longitude", "time_zone", *PLACES_OF_SITE)
STREAM_KEYS = (
    *("id", "site", "name", "place", "url", "credentials", "transport", "enabled"),
    *("latitude", "longitude", "looks_per_s", *PLACE_OF_STREAM),
)
SCHEMES = ("rtsp", "rtsps")
TRANSPORTS = ("tcp", "udp")
LOOKS_PER_S = (2.0, 5.0)  # below 2 the tracker loses walkers; above 5 the same look is paid for twice
LOOKS_PER_S_DEFAULT = 4.0
PLAIN_PASSWORD = re.compile(r"(pass(word|wd)?|pwd)=(?!\{password\})", re.IGNORECASE)
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
    file.refuse_unknown(("sites", "streams"))
    sites = _sites(file)
    streams = _streams(file, {site.id: site for site in sites})
    if mistakes:
        raise SettingsError.of(mistakes)
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
    entries = list(file.entries("streams"))
    streams = tuple(_stream(entry, sites) for entry in entries)
    _refuse_twins(entries, (stream.id for stream in streams))
    return streams


def _stream(entry: Entry, sites: dict[str, Site]) -> Stream:
    entry.refuse_unknown(STREAM_KEYS)
    latitude, longitude = _position(entry)
    site = _site_of(entry, sites)
    stream = Stream(
        id=_id(entry),
        site=replace(site, buildings=(), walks=(), duty_phone=None),  # no camera starts again for a walk or a phone
        name=entry.text("name"),
        place=entry.text("place"),
        url=_url(entry),
        credentials=_credentials(entry),
        transport=_transport(entry),
        is_enabled=entry.flag("enabled", default=True),
        latitude=latitude,
        longitude=longitude,
        looks_per_s=entry.number("looks_per_s", *LOOKS_PER_S, default=LOOKS_PER_S_DEFAULT),
        where=where_of(entry, site),
    )
    if "{password}" in stream.url and stream.credentials is None:
        entry.refuse("url", "has {password} in it, so `credentials` must name a secret")
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


def _transport(entry: Entry) -> Literal["tcp", "udp"]:
    transport = entry.text("transport", default="tcp")
    if transport not in TRANSPORTS:
        entry.refuse("transport", "must be tcp or udp")
    return cast(Literal["tcp", "udp"], transport)


def _url(entry: Entry) -> str:
    url = entry.text("url")
    if url and (what := _what_is_wrong_with(url)):
        entry.refuse("url", what)
    return url


def _what_is_wrong_with(url: str) -> str:
    """What the writer of a camera's address must change; empty where it is right."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "is not an address; the port must be a number from 1 to 65535"
    if "@" in url:
        return "has a user or password in it: name a secret in `credentials` instead (an @ of the path is %40)"
    if PLAIN_PASSWORD.search(url):
        return "has a password in it: write {password} in its place and name a secret in `credentials`"
    return _what_is_wrong_with_parts(url, parts)


def _what_is_wrong_with_parts(url: str, parts: SplitResult) -> str:
    if parts.scheme not in SCHEMES:
        return "must begin with rtsp:// or rtsps://"
    if not parts.hostname:
        return "has no host; write rtsp://HOST/PATH"
    if re.search(r"[\s\x00-\x1f]", url):
        return "has a space in it; write %20"
    return ""
