"""Matrix Synapse for the tests: the real server from PyPI in its own virtual environment, on loopback, on SQLite."""

import hashlib
import hmac
import json
import secrets
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

VENV = Path(__file__).parent.parent / ".tools" / "synapse"
PYTHON = VENV / "bin" / "python"
START_S = 60.0  # it takes 5 to 9 s on two idle cores
REGISTRATION_SECRET = "only-for-this-test"

#: The server's own defaults are 0.2 messages a second and ten at once; `is_strict` keeps them, to see it refuse.
FREELY = {"per_second": 1000, "burst_count": 1000}
RELAXED = {
    "rc_message": FREELY,
    "rc_room_creation": FREELY,
    "rc_registration": FREELY,
    "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), FREELY),
    "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), FREELY),
    "rc_joins": dict.fromkeys(("local", "remote"), FREELY),
}


@dataclass
class Member:
    """An account on the server, spoken to directly and not through patrol."""

    homeserver: str
    user_id: str
    token: str = field(repr=False)

    def ask(self, method: str, path: str, **request: Any) -> Any:
        headers = {"authorization": f"Bearer {self.token}"}
        answer = httpx.request(method, self.homeserver + path, headers=headers, timeout=30, **request)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()


@dataclass
class Synapse:
    """A running homeserver."""

    url: str

    def member(self, name: str, *, is_admin: bool = False) -> Member:
        """Register an account by the shared secret."""
        path = f"{self.url}/_synapse/admin/v1/register"
        nonce = httpx.get(path, timeout=30).json()["nonce"]
        password = secrets.token_hex(8)
        role = b"admin" if is_admin else b"notadmin"
        signed = b"\0".join((nonce.encode(), name.encode(), password.encode(), role))
        mac = hmac.new(REGISTRATION_SECRET.encode(), signed, hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": is_admin, "mac": mac}
        answer = httpx.post(path, json=body, timeout=30).json()
        return Member(self.url, answer["user_id"], answer["access_token"])

    def room(self, owner: Member, *members: Member) -> str:
        """A private room that all of them are in; returns its id."""
        invited = [member.user_id for member in members]
        made = owner.ask("POST", "/_matrix/client/v3/createRoom", json={"preset": "private_chat", "invite": invited})
        for member in members:
            member.ask("POST", f"/_matrix/client/v3/join/{made['room_id']}", json={})
        return str(made["room_id"])


def reason_for_absence() -> str | None:
    return None if PYTHON.is_file() else f"{VENV} is absent: run `make synapse`"


@contextmanager
def running_synapse(folder: Path, *, is_strict: bool = False) -> Iterator[Synapse]:
    """Start a server with its data in `folder`, wait until it is up, stop it."""
    port = _free_port()
    config = folder / "homeserver.yaml"
    config.write_text(json.dumps(_config(folder, port) | ({} if is_strict else RELAXED)))  # JSON is YAML
    command = [str(PYTHON), "-m", "synapse.app.homeserver", "-c", str(config)]
    subprocess.run([*command, "--generate-keys"], check=True, capture_output=True, cwd=folder)
    with (folder / "stderr").open("wb") as errors:
        process = subprocess.Popen(command, cwd=folder, stdout=errors, stderr=errors)
    try:
        _wait_until_up(f"http://127.0.0.1:{port}", process, folder)
        yield Synapse(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver without rate limits, started once for all the tests that want it."""
    if reason := reason_for_absence():
        pytest.skip(reason)
    with running_synapse(tmp_path_factory.mktemp("synapse")) as server:
        yield server


def _config(folder: Path, port: int) -> dict[str, Any]:
    resources = [{"names": ["client", "media"]}]
    log = {"version": 1, "root": {"level": "WARNING", "handlers": []}, "disable_existing_loggers": False}
    (folder / "log.yaml").write_text(json.dumps(log))
    return {
        "server_name": "localhost",
        "listeners": [{"port": port, "type": "http", "bind_addresses": ["127.0.0.1"], "resources": resources}],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "media_store_path": str(folder / "media"),
        "log_config": str(folder / "log.yaml"),
        "signing_key_path": str(folder / "signing.key"),
        "registration_shared_secret": REGISTRATION_SECRET,
        "macaroon_secret_key": secrets.token_hex(16),
        "form_secret": secrets.token_hex(16),
        "bcrypt_rounds": 4,  # passwords of a test are worth nothing, and each costs a second
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "presence": {"enabled": False},
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    pause = threading.Event()
    for _ in range(int(START_S / 0.1)):
        assert process.poll() is None, (folder / "stderr").read_text()[-2000:]
        try:
            if httpx.get(f"{url}/health", timeout=1).text == "OK":
                return
        except httpx.TransportError:
            pass
        pause.wait(0.1)
    raise AssertionError(f"Synapse was not up within {START_S} s: {(folder / 'stderr').read_text()[-2000:]}")
