"""The sites for who asks often: read again when the file has changed, kept while it is broken."""

import os
from pathlib import Path

from patrol.settings import SitesFile

SITE = "sites:\n  - {id: mall, name: Mall, latitude: 31.2, longitude: 121.4, time_zone: Asia/Shanghai}\nstreams: []\n"


def names(file: SitesFile) -> list[str]:
    return [site.name for site in file()]


def test_the_sites_are_read_again_when_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    file = SitesFile(path)
    assert names(file) == []
    path.write_text(SITE)
    assert names(file) == ["Mall"]
    path.write_text(SITE.replace("Mall", "Metro"))
    assert names(file) == ["Metro"]


def test_the_sites_stay_as_they_were_while_the_file_is_broken_or_away(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(SITE)
    file = SitesFile(path)
    assert names(file) == ["Mall"]
    path.write_text("sites: [")
    assert names(file) == ["Mall"]
    path.unlink()
    assert names(file) == ["Mall"]
    path.write_text(SITE.replace("Mall", "Metro"))
    assert names(file) == ["Metro"]


def test_a_file_as_it_was_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "streams.yaml"
    path.write_text(SITE)
    file = SitesFile(path)
    before = file()
    stamp = path.stat()
    path.write_text(SITE.replace("Mall", "Moll"))  # the same length, and by the clock the same moment
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert file() is before
