"""Network video recorders (NVR) in streams.yaml: one entry stands for the streams of all its channels.

The addresses are those that the makers publish. Hikvision: rtsp://HOST/Streaming/Channels/ID, where ID is
channel * 100 + 1 for the main stream and + 2 for the sub-stream (Hikvision ISAPI, "Streaming/channels/<ID>"). Dahua:
rtsp://HOST/cam/realmonitor?channel=C&subtype=S, channels from 1, where S is 0 for the main and 1 for the sub-stream.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address

import yaml

from patrol.settings.yaml_node import TAG, Entry, shown
from patrol.values import RTSP_PORTS

KINDS = {
    "hikvision": ("/Streaming/Channels/{channel}01", "/Streaming/Channels/{channel}02"),
    "dahua": ("/cam/realmonitor?channel={channel}&subtype=0", "/cam/realmonitor?channel={channel}&subtype=1"),
}  #: path of the main and of the sub-stream
OWN_KEYS = ("id", "kind", "host", "port", "tls", "channels")
NO_DEFAULTS = ("id", "name", "url", "sub_url")  # what each channel has for itself
SUB_STREAM = "sub_stream"
MOST_CHANNELS = 512  # the largest recorders sold have 256; a hybrid counts network channels behind its analogue ones
HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
RANGE = re.compile(r"(\d{1,4})(?:\s*-\s*(\d{1,4}))?")
NO_HOST = "line-{line}.invalid"  # stands for a host that is wrong, so that the other mistakes are found


@dataclass(frozen=True, slots=True)
class Recorder:
    """What all its channels have in common."""

    entry: Entry
    id: str
    name: str
    door: str  #: rtsp://HOST:PORT
    paths: tuple[str, str]  #: of the main and of the sub-stream, with {channel}

    def complete(self, channel: Entry, number: int) -> Entry:
        """Make a channel what an entry of `streams:` is: what it does not say is the recorder's, or follows."""
        channel.borrow(self.entry, (key for key in self.entry.names if key not in (*OWN_KEYS, *NO_DEFAULTS)))
        main, sub = (self.door + path.format(channel=number) for path in self.paths)
        name = f"{self.name} {number}"
        channel.give("id", f"{self.id}-{number}")
        channel.give("name", name)
        channel.give("place", channel.text("name") or name)
        channel.give("url", main)
        if channel.flag(SUB_STREAM, default=True):
            channel.give("sub_url", sub)
        channel.drop(SUB_STREAM, "channel")
        return channel


def channels_of(file: Entry, stream_keys: Sequence[str]) -> Iterator[Entry]:
    """Every channel of every recorder, to be read as an entry of `streams:`; mistakes are noted on the way."""
    taken: dict[str, int] = {}
    for entry in file.entries("recorders", is_required=False):
        recorder = _recorder(entry, stream_keys)
        if recorder.id in taken:
            entry.refuse("id", f"is taken, by the recorder in line {taken[recorder.id]}; every id is its own")
        elif recorder.id:
            taken[recorder.id] = entry.line("id")
        yield from _channels(recorder, stream_keys)


def _recorder(entry: Entry, stream_keys: Sequence[str]) -> Recorder:
    defaults = (key for key in stream_keys if key not in NO_DEFAULTS)
    entry.refuse_unknown((*OWN_KEYS, "name", SUB_STREAM, *defaults))
    id, kind = entry.text("id"), entry.text("kind")
    if kind and kind not in KINDS:
        what = f"must be {' or '.join(KINDS)}; write other makers' cameras under `streams:`, each by its url"
        entry.refuse("kind", what)
    scheme = "rtsps" if entry.flag("tls", default=False) else "rtsp"
    port = entry.count("port", 1, 65535, default=RTSP_PORTS[scheme])
    door = f"{scheme}://{_host(entry)}" + ("" if port == RTSP_PORTS[scheme] else f":{port}")
    return Recorder(entry, id, entry.text("name", default=id), door, KINDS.get(kind, KINDS["hikvision"]))


def _host(entry: Entry) -> str:
    host = entry.text("host")
    try:
        return f"[{IPv6Address(host.strip('[]'))}]"
    except ValueError:
        if HOST.fullmatch(host):
            return host
    if host:
        what = "must be a host name or an IP address and nothing else; the rest of an address has keys of its own"
        entry.refuse("host", what, "(hidden)" if "@" in host else None)
    return NO_HOST.format(line=entry.line("host"))


def _channels(recorder: Recorder, stream_keys: Sequence[str]) -> Iterator[Entry]:
    taken: dict[int, int] = {}
    items = list(recorder.entry.items("channels"))
    if recorder.entry.is_empty("channels"):
        recorder.entry.refuse("channels", "must name at least one channel, as in [1, 2, 5-8]")
    for key, node in items:
        for number in _numbers(_entry(recorder.entry, key, node), node, stream_keys):
            channel = _entry(recorder.entry, key, node)
            if number in taken:
                channel.refuse("channel", f"channel {number} is there already, in line {taken[number]}")
                continue
            taken[number] = channel.line("channel")
            yield recorder.complete(channel, number)


def _entry(recorder: Entry, key: str, node: yaml.Node) -> Entry:
    """An item of `channels:` as an entry; a bare number is one without keys."""
    if isinstance(node, yaml.ScalarNode):
        node = yaml.MappingNode(f"{TAG}map", [], node.start_mark, node.end_mark)
    return Entry(node, key, recorder.path, recorder.mistakes)


def _numbers(item: Entry, node: yaml.Node, stream_keys: Sequence[str]) -> range:
    """The channels that one item of `channels:` names: 3, or 5-8, or keys with `channel: 3`."""
    if not isinstance(node, yaml.ScalarNode):
        item.refuse_unknown(("channel", SUB_STREAM, *(key for key in stream_keys if key not in ("url", "sub_url"))))
        number = item.count("channel", 1, MOST_CHANNELS)
        return range(number, number + 1) if item.has("channel") else range(0)
    found = RANGE.fullmatch(node.value.strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if 1 <= first <= last <= MOST_CHANNELS:
        return range(first, last + 1)
    what = f"must be a channel from 1 to {MOST_CHANNELS}, a range of them as 5-8, or keys with `channel`"
    item.refuse("", what, shown(node))
    return range(0)
