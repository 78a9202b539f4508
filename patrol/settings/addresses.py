"""The addresses of cameras in streams.yaml: what may stand there, and which two lead to the same picture."""

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit

from patrol.settings.yaml_node import Entry
from patrol.values import RTSP_PORTS, Stream

PLAIN_PASSWORD = re.compile(r"(pass(word|wd)?|pwd)=(?!\{password\})", re.IGNORECASE)
FILE = re.compile(r"file:|[/.~]|[A-Za-z]:[\\/]|.*\.(mp4|mkv|avi|mov|ts|h26[45]|flv|dav)$", re.IGNORECASE)
REPLAY = "a recording is looked through with `patrol replay FILE --stream ID`"


def address(entry: Entry, key: str) -> str:
    """The address at `key`, which must be there; a stand-in where it is wrong."""
    url = entry.text(key)
    if url and (what := what_is_wrong_with(url)):
        entry.refuse(key, what)
    return url


def sub_address(entry: Entry, url: str) -> str | None:
    """The address of the camera's smaller stream, where it has one; the main one again is a mistake."""
    if not entry.has("sub_url"):
        return None
    sub_url = address(entry, "sub_url")
    if sub_url and url and place_of(sub_url) == place_of(url):
        entry.refuse("sub_url", "is the url itself; write the address of the smaller stream, or leave it out")
    return sub_url or None


def what_is_wrong_with(url: str) -> str:
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
    if parts.scheme not in RTSP_PORTS:
        return f"must begin with rtsp:// or rtsps://{_right_way(url, parts)}"
    if not parts.hostname:
        return "has no host; write rtsp://HOST/PATH"
    if re.search(r"[\s\x00-\x1f]", url):
        return "has a space in it; write %20"
    return ""


def _right_way(url: str, parts: SplitResult) -> str:
    """What to write instead, behind "must begin with ..."."""
    if parts.scheme in ("http", "https"):
        return "; this is a web address, and a camera that shows MJPEG there has an RTSP address, too: see its manual"
    return f"; {REPLAY}" if FILE.match(url) else ""


def place_of(url: str) -> tuple[str, int, str]:
    """(host, port, path with query): two addresses with the same one reach the same picture of the same camera.

    Letters of the host are alike, a port that goes without saying is said, %-escapes are what they stand for.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or RTSP_PORTS.get(parts.scheme, 0)
    except ValueError:
        return url, 0, ""
    query = f"?{parts.query}" if parts.query else ""
    return (parts.hostname or "").rstrip("."), port, unquote(parts.path.rstrip("/") + query)


def refuse_same_addresses(entries: Iterable[Entry], streams: Iterable[Stream]) -> None:
    """Note every address that another entry has, for that camera would be opened twice; what is off opens none."""
    first: dict[tuple[str, int, str], tuple[str, Entry]] = {}
    for entry, stream in zip(entries, streams, strict=True):
        addresses = {"url": stream.url, "sub_url": stream.sub_url} if stream.is_enabled else {}
        for key, url in addresses.items():
            if not url:
                continue
            key_there, there = first.setdefault(place_of(url), (key, entry))
            if there is not entry:
                where = f"line {there.line(key_there)}"
                entry.refuse(key, f"is the camera in {where} already; two entries would open it twice")
