"""A real Matrix homeserver for a rehearsal: Synapse from its own virtual environment, with a member in every room."""

import hashlib
import hmac
import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from patrol.bench.tallies import number_in
from patrol.demo.processes import free_port
from patrol.values import PatrolError

PYTHON = Path(".tools/synapse/bin/python")  # what `make synapse` sets up
UP_S = 60.0  # it takes 5 to 9 s on two idle cores
LOOK_S = 0.2
POLL_MS = 2_000
SECRET_NAME = "homeserver"
FREELY = {"per_second": 1000, "burst_count": 1000}
LIMITS = ("rc_message", "rc_room_creation", "rc_registration")


class HomeserverDown(PatrolError):
    """Synapse is set up and does not start."""


@dataclass
class Homeserver:
    """Its address, and the account that patrol sends as."""

    url: str
    registration_secret: str = field(repr=False)
    token: str = field(default="", repr=False)

    def account(self, name: str) -> str:
        """Make an account; returns its access token."""
        path = f"{self.url}/_synapse/admin/v1/register"
        nonce, password = httpx.get(path, timeout=30).json()["nonce"], secrets.token_hex(8)
        signed = b"\0".join((nonce.encode(), name.encode(), password.encode(), b"notadmin"))
        mac = hmac.new(self.registration_secret.encode(), signed, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
        return str(httpx.post(path, json=body, timeout=30).json()["access_token"])

    def room(self, guest: str) -> str:
        """A room of patrol's account with one guest in it; returns its id."""
        asked = {"preset": "public_chat"}
        room_id = str(self._ask(self.token, "/_matrix/client/v3/createRoom", asked)["room_id"])
        self._ask(guest, f"/_matrix/client/v3/join/{room_id}", {})
        return room_id

    def _ask(self, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.post(self.url + path, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        content: dict[str, Any] = answer.json()
        return content


class RoomReader(Thread):
    """A member whose client asks for news of all its rooms, as clients do."""

    def __init__(self, server: Homeserver, token: str) -> None:
        super().__init__(name="room-reader", daemon=True)
        self.seen: dict[str, dict[int, float]] = {}  #: time.time() at which each number was read, by room
        self.is_open = Event()
        self._url = f"{server.url}/_matrix/client/v3/sync"
        self._token = token
        self._ending = Event()

    def close(self) -> None:
        self._ending.set()

    def run(self) -> None:
        since: dict[str, str] = {}
        headers = {"authorization": f"Bearer {self._token}"}
        with httpx.Client(headers=headers, timeout=30) as client:
            while not self._ending.is_set():
                try:
                    news = client.get(self._url, params={"timeout": str(POLL_MS), **since}).json()
                except httpx.TransportError:  # in the end the server is gone first
                    self._ending.wait(LOOK_S)
                    continue
                since = {"since": news["next_batch"]}
                self._note(news)
                self.is_open.set()

    def _note(self, news: dict[str, Any]) -> None:
        now = time.time()
        for room_id, room in news.get("rooms", {}).get("join", {}).items():
            for event in room["timeline"]["events"]:
                number = number_in(str(event.get("content", {}).get("body", "")))
                if number is not None:
                    self.seen.setdefault(room_id, {}).setdefault(number, now)


@contextmanager
def running(folder: Path) -> Iterator[Homeserver | None]:
    """Serve until the block ends; None where there is no Synapse."""
    if not PYTHON.is_file():
        yield None
        return
    folder.mkdir()
    server = Homeserver(f"http://127.0.0.1:{free_port()}", secrets.token_hex(8))
    config = folder / "homeserver.yaml"
    config.write_text(json.dumps(_config(folder, server)), encoding="utf-8")  # JSON is YAML
    command = [str(PYTHON.absolute()), "-m", "synapse.app.homeserver", "-c", str(config)]
    subprocess.run([*command, "--generate-keys"], check=True, capture_output=True, cwd=folder)
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_up(server.url)
        server.token = server.account("patrol")
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_up(url: str) -> None:
    deadline, pause = time.monotonic() + UP_S, Event()
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health", timeout=2).text == "OK":
                return
        except httpx.TransportError:
            pause.wait(LOOK_S)
    raise HomeserverDown(f"Synapse was not up within {UP_S:.0f} s; run `make synapse` again")


def _config(folder: Path, server: Homeserver) -> dict[str, Any]:
    log = {"version": 1, "root": {"level": "ERROR", "handlers": []}, "disable_existing_loggers": False}
    (folder / "log.yaml").write_text(json.dumps(log), encoding="utf-8")
    resources = [{"names": ["client", "media"]}]
    port = int(server.url.rpartition(":")[2])
    return {
        "server_name": "localhost",
        "listeners": [{"port": port, "type": "http", "bind_addresses": ["127.0.0.1"], "resources": resources}],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "log_config": str(folder / "log.yaml"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": server.registration_secret,
        "macaroon_secret_key": secrets.token_hex(16),
        "form_secret": secrets.token_hex(16),
        "bcrypt_rounds": 4,
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "presence": {"enabled": False},
        **dict.fromkeys(LIMITS, FREELY),
    }
