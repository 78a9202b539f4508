"""A small site of cameras: serves H.264 files over RTSP on loopback, each looped without a seam.

Runs under Debian's /usr/bin/python3, which has GStreamer's bindings (gir1.2-gst-rtsp-server-1.0), and so imports
nothing of patrol. Give it a JSON file of mounts; when it is ready it prints one JSON line, {"port": ..., "urls":
{path: url}}; it ends on SIGTERM, or when its standard input closes, so that it never outlives who started it.

With --say-plays each client's start is one more line, {"plays": path, "at": UNIX time}: when the picture at
`starts_s` of the file left, by the clock the packets are sent by. Read these lines, or the pipe fills.
"""

import argparse
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

Gst.init(None)  # before the class below: its signals carry Gst.Message, a type that exists only from here on

ANYBODY = "anybody"  # the role of a client that gave no password
ANY_PORT = "0"
SEEK_PATIENCE_MS = 2000
CLOCK_POLL_MS = 50
PROTOCOLS = {"tcp": GstRtsp.RTSPLowerTrans.TCP, "udp": GstRtsp.RTSPLowerTrans.UDP}
AUTH_METHODS = {"basic": GstRtsp.RTSPAuthMethod.BASIC, "digest": GstRtsp.RTSPAuthMethod.DIGEST}


@dataclass(frozen=True)
class Mount:
    """One camera. It plays `file` (MP4 with H.264), or whatever the GStreamer pipeline `launch` makes as pay0."""

    path: str  #: "/gate"
    file: str = ""
    launch: str = ""
    user: str = ""
    password: str = ""
    auth: str = "digest"  #: or "basic"
    loop: bool = True  #: False ends the stream after one showing
    shared: bool = False  #: True: all clients see the same moment; False: each begins at the start of the file
    transports: tuple[str, ...] = ("tcp", "udp")
    starts_s: float = 0.0  #: where in the file the first round begins: the time of a key frame

    @property
    def pipeline(self) -> str:
        if self.launch:
            return f"( {self.launch} )"
        location = json.dumps(str(Path(self.file).absolute()))
        return (
            f"( filesrc location={location} ! qtdemux ! h264parse config-interval=-1 "
            "! rtph264pay name=pay0 pt=96 aggregate-mode=zero-latency )"
        )


class LoopingMedia(GstRtspServer.RTSPMedia):  # type: ignore[misc]
    """Plays its file again and again: a segment seek at its end starts the next round without a gap in the clock."""

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.starts_s = 0.0
        self.connect("prepared", self._begin)

    def do_query_position(self, position: int) -> bool:
        """Say 0 wherever the round begins: players ask for npt=0-, and a server that is elsewhere seeks there.

        position: the address of the gint64 that takes the answer; the bindings hand on no more.
        """
        ctypes.c_int64.from_address(position).value = 0
        return True

    def do_handle_message(self, message: Gst.Message) -> bool:
        if message.type == Gst.MessageType.SEGMENT_DONE:
            self._play_from(0.0, Gst.SeekFlags(0))
        return bool(GstRtspServer.RTSPMedia.do_handle_message(self, message))

    def _begin(self, media: GstRtspServer.RTSPMedia) -> None:
        """Start the first round. PLAY reads the segment off the pads; where there is none yet, the process aborts."""
        self._play_from(self.starts_s, Gst.SeekFlags.FLUSH)
        for _ in range(SEEK_PATIENCE_MS):
            if all(pad.get_sticky_event(Gst.EventType.SEGMENT, 0) for pad in self.get_element().srcpads):
                return
            GLib.usleep(1000)

    def _play_from(self, seconds: float, flags: Gst.SeekFlags) -> None:
        start = round(seconds * Gst.SECOND)
        flags |= Gst.SeekFlags.SEGMENT
        event = Gst.Event.new_seek(1.0, Gst.Format.TIME, flags, Gst.SeekType.SET, start, Gst.SeekType.NONE, -1)
        self.get_element().get_by_name("pay0").get_static_pad("src").send_event(event)


def factory_of(mount: Mount, says_plays: bool = False) -> GstRtspServer.RTSPMediaFactory:
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(mount.pipeline)
    factory.set_shared(mount.shared)
    factory.set_protocols(protocols_of(mount))
    if mount.loop and mount.file:
        factory.set_media_gtype(LoopingMedia.__gtype__)
        factory.connect("media-configure", lambda _, media: setattr(media, "starts_s", mount.starts_s))
    if says_plays:
        factory.connect("media-configure", lambda _, media: media.connect("new-state", say_plays, mount.path))
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role(mount.user or ANYBODY, "media.factory.access", True)
    permissions.add_permission_for_role(mount.user or ANYBODY, "media.factory.construct", True)
    factory.set_permissions(permissions)
    return factory


def say_plays(media: GstRtspServer.RTSPMedia, state: int, path: str) -> None:
    """Say since when a client is sent pictures: the time that the pipeline's clock counts from, once it has one."""
    if Gst.State(state) == Gst.State.PLAYING:
        GLib.timeout_add(CLOCK_POLL_MS, say_since, media.get_element(), path)


def say_since(element: Gst.Element, path: str) -> bool:
    """Whether to be called again: there is no clock yet."""
    if (clock := element.get_clock()) is None:
        return bool(GLib.SOURCE_CONTINUE)
    since_s = (clock.get_time() - element.get_base_time()) / Gst.SECOND
    say({"plays": path, "at": time.time() - since_s})
    return bool(GLib.SOURCE_REMOVE)


def protocols_of(mount: Mount) -> GstRtsp.RTSPLowerTrans:
    protocols = GstRtsp.RTSPLowerTrans(0)
    for name in mount.transports:
        protocols |= PROTOCOLS[name]
    return protocols


class Doors(GstRtspServer.RTSPAuth):  # type: ignore[misc]
    """Asks for the password of a mount that has one, and lets anybody in where there is none."""

    def __init__(self, mounts: list[Mount]) -> None:
        super().__init__()
        self._locked = {mount.path: mount for mount in mounts if mount.user}
        for mount in self._locked.values():
            self.add_digest(mount.user, mount.password, token_of(mount.user))
            self.add_basic(self.make_basic(mount.user, mount.password), token_of(mount.user))

    def do_authenticate(self, context: GstRtspServer.RTSPContext) -> bool:
        # GStreamer asks for a password only where no default token stands ready, and knows one for all mounts.
        mount = next((self._locked[path] for path in self._locked if is_under(context.uri.abspath, path)), None)
        self.set_default_token(None if mount else token_of(ANYBODY))
        self.set_supported_methods(AUTH_METHODS[mount.auth if mount else "digest"])
        return bool(GstRtspServer.RTSPAuth.do_authenticate(self, context))


def is_under(address: str, path: str) -> bool:
    """Whether `address` is the mount itself or one of its tracks ("/gate/stream=0")."""
    return address == path or address.startswith(f"{path}/")


def token_of(role: str) -> GstRtspServer.RTSPToken:
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", role)
    return token


def serve(mounts: list[Mount], port: str, says_plays: bool = False) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input."""
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    server.set_auth(Doors(mounts))
    for mount in mounts:
        server.get_mount_points().add_factory(mount.path, factory_of(mount, says_plays))
    if not server.attach(None):
        raise SystemExit(f"port {port} on 127.0.0.1 is taken; choose another with --port, or 0 for any")
    loop = GLib.MainLoop()
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_HIGH, GLib.IO_IN | GLib.IO_HUP, at_input(loop))
    say_ready(server.get_bound_port(), mounts)
    loop.run()


def at_input(loop: GLib.MainLoop) -> Callable[[int, GLib.IOCondition], bool]:
    def on_input(descriptor: int, _: GLib.IOCondition) -> bool:
        if os.read(descriptor, 4096):
            return True
        loop.quit()
        return False

    return on_input


def say_ready(port: int, mounts: list[Mount]) -> None:
    urls = {mount.path: f"rtsp://127.0.0.1:{port}{mount.path}" for mount in mounts}
    say({"port": port, "urls": urls})


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mounts", type=Path, help='JSON: [{"path": "/gate", "file": "gate.mp4", ...}, ...]')
    parser.add_argument("--port", default=ANY_PORT, help="0 takes any free port (default)")
    parser.add_argument("--say-plays", action="store_true", help="say when each client began to be sent pictures")
    asked = parser.parse_args()
    entries = json.loads(asked.mounts.read_text(encoding="utf-8"))
    serve([Mount(**entry) for entry in entries], asked.port, asked.say_plays)


if __name__ == "__main__":
    main()
