"""The test cameras behind TLS (rtsps): patrol/demo/rtsp_server.py with a certificate, under Debian's Python.

TLS_CERTIFICATE and TLS_KEY name the PEM files.
"""

import os
import sys
from pathlib import Path

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent.parent / "patrol" / "demo"))
import rtsp_server  # noqa: E402


class TlsDoors(rtsp_server.Doors):
    """Asks for the same passwords, within TLS."""

    def __init__(self, mounts: list[rtsp_server.Mount]) -> None:
        super().__init__(mounts)
        pems = os.environ["TLS_CERTIFICATE"], os.environ["TLS_KEY"]
        self.set_tls_certificate(Gio.TlsCertificate.new_from_files(*pems))


rtsp_server.Doors = TlsDoors  # type: ignore[misc]
rtsp_server.main()
