import io
import os
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest

from patrol.watchlist import bundles
from patrol.watchlist.bundles import Folder, Shelf, Zip
from patrol.watchlist.refusals import ImportRefused, PhotoRefused
from tests.watchlist.archives import link_zip, raw_zip, zip_of

GBK_NAME = "名单/张三.jpg".encode("gbk")
CP437_NAME = b"caf\x82\xff\xff.jpg"  # neither UTF-8 nor Chinese


def only_refusal(bundle: Folder | Zip) -> tuple[str, str]:
    assert bundle.names == []
    ((name, refusal),) = bundle.refused.items()
    return name, refusal.code


@pytest.mark.parametrize(
    ("archive", "names"),
    [
        (zip_of({}), []),
        (zip_of({"1.jpg": b"a", "张三/正面.jpg": b"b"}), ["1.jpg", "张三/正面.jpg"]),
        (zip_of({"__MACOSX/._1.jpg": b"", ".DS_Store": b"", "a/Thumbs.db": b"", "desktop.ini": b""}), []),
        (raw_zip((GBK_NAME, b"x")), ["名单/张三.jpg"]),
        (raw_zip(("张三.jpg".encode(), b"x")), ["张三.jpg"]),
        (raw_zip((unicodedata.normalize("NFD", "José.jpg").encode(), b"x")), ["José.jpg"]),
        (raw_zip((b"people\\zhang.jpg", b"x")), ["people/zhang.jpg"]),
        (raw_zip((CP437_NAME, b"x")), [CP437_NAME.decode("cp437")]),
        (raw_zip(("张三.jpg".encode(), b"x"), flags=0x800), ["张三.jpg"]),
    ],
    ids=["empty", "plain", "debris", "GBK", "UTF-8 without its flag", "macOS accents", "backslash", "cp437", "UTF-8"],
)
def test_names_are_read_as_their_author_typed_them(archive: io.BytesIO, names: list[str]) -> None:
    bundle = Zip(archive)
    assert bundle.names == names
    assert bundle.refused == {}


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (raw_zip((b"../../etc/passwd", b"x")), "unsafe_path"),
        (raw_zip((b"a/../../b.jpg", b"x")), "unsafe_path"),
        (raw_zip((b"..\\..\\b.jpg", b"x")), "unsafe_path"),
        (raw_zip((b"/etc/passwd", b"x")), "unsafe_path"),
        (raw_zip((b"C:\\Windows\\b.jpg", b"x")), "unsafe_path"),
        (raw_zip((b"a\nb.jpg", b"x")), "unsafe_path"),
        (link_zip(b"zhang.jpg", b"/etc/passwd"), "symlink"),
        (raw_zip((b"zhang.jpg", b"x" * 40), flags=1), "encrypted"),
        (raw_zip((b"zhang.jpg", b"x" * 40), method=14), "unsupported_compression"),
        (raw_zip((b"zhang.jpg", b"x" * 40), method=99), "unsupported_compression"),
        (raw_zip((b"zhang.jpg", bytes(5_000_000)), method=8), "bomb"),
        (zip_of({"more.zip": b"PK"}), "nested_archive"),
        (zip_of({"more.RAR": b"Rar!"}), "nested_archive"),
    ],
)
def test_a_dangerous_entry_is_refused_by_name_and_never_read(archive: io.BytesIO, code: str) -> None:
    assert only_refusal(Zip(archive))[1] == code


def test_the_second_file_of_one_name_is_refused() -> None:
    bundle = Zip(raw_zip((b"a.jpg", b"first"), (b"a.jpg", b"second")))
    assert bundle.names == ["a.jpg"]
    assert bundle.read("a.jpg") == b"first"
    assert [refusal.code for refusal in bundle.refused.values()] == ["duplicate_name"]


@pytest.mark.parametrize(
    "content",
    [b"", b"not a zip", b"PK\3\4 and nothing more", zip_of({"a.jpg": b"x" * 99}).getvalue()[:60]],
    ids=["empty", "text", "only the beginning", "cut off"],
)
def test_what_is_no_zip_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(ImportRefused, match="not_a_zip"):
        Zip(io.BytesIO(content))


def test_a_zip_that_claims_more_than_fits_is_refused_as_a_whole() -> None:
    huge = raw_zip(*((f"{i}.jpg".encode(), b"x") for i in range(5)), claimed=0xFFFFFFF0)
    with pytest.raises(ImportRefused, match="archive_too_large"):
        Zip(huge)


def test_a_zip_of_too_many_files_is_refused_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_FILES", 3)
    with pytest.raises(ImportRefused, match="too_many_files"):
        Zip(zip_of({f"{i}.jpg": b"x" for i in range(4)}))


@pytest.mark.parametrize("is_64", [False, True])
def test_a_list_of_files_that_would_fill_the_memory_is_not_even_read(is_64: bool) -> None:
    n, size = 2**40 if is_64 else 0xFFFF, 2**30
    tail = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF if is_64 else size, 0, 0)
    if is_64:
        tail = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, n, n, size, 0) + bytes(20) + tail
    with pytest.raises(ImportRefused, match="too_many_files"):
        Zip(io.BytesIO(bytes(100) + tail))


def test_an_entry_that_claims_to_be_smaller_than_it_is_cannot_be_read() -> None:
    bundle = Zip(raw_zip((b"a.jpg", b"x" * 5000), method=8, claimed=1))
    with pytest.raises(PhotoRefused, match="damaged_entry"):
        bundle.read("a.jpg")


def test_an_entry_larger_than_any_photo_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_PHOTO_BYTES", 1000)
    bundle = Zip(zip_of({"a.jpg": os.urandom(1001), "b.jpg": os.urandom(1000)}))
    with pytest.raises(PhotoRefused, match="too_large_a_file"):
        bundle.read("a.jpg")
    assert len(bundle.read("b.jpg")) == 1000


def test_an_entry_that_was_damaged_is_refused_and_the_next_one_read() -> None:
    content = bytearray(zip_of({"a.jpg": os.urandom(500), "b.jpg": b"whole"}).getvalue())
    content[100:200] = bytes(100)
    bundle = Zip(io.BytesIO(bytes(content)))
    with pytest.raises(PhotoRefused, match="damaged_entry"):
        bundle.read("a.jpg")
    assert bundle.read("b.jpg") == b"whole"


def test_a_real_password_is_told() -> None:
    archive = zip_of({"a.jpg": b"x" * 99})
    entries = zipfile.ZipFile(archive).infolist()
    content = bytearray(archive.getvalue())
    content[content.index(b"PK\1\2") + 8] |= 1
    assert len(entries) == 1
    assert only_refusal(Zip(io.BytesIO(bytes(content)))) == ("a.jpg", "encrypted")


def test_a_folder_is_read_without_following_links(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.jpg").write_bytes(b"secret")
    root = tmp_path / "people"
    (root / "张三").mkdir(parents=True)
    (root / "张三" / "1.jpg").write_bytes(b"one")
    (root / "link.jpg").symlink_to(secret / "key.jpg")
    (root / "linked").symlink_to(secret)
    (root / ".hidden").write_bytes(b"")
    os.mkfifo(root / "pipe.jpg")
    bundle = Folder(root)
    assert bundle.names == ["张三/1.jpg"]
    assert bundle.read("张三/1.jpg") == b"one"
    assert {name: refusal.code for name, refusal in bundle.refused.items()} == {
        "link.jpg": "symlink",
        "linked": "symlink",
        "pipe.jpg": "not_a_file",
    }


@pytest.mark.parametrize("raw", [GBK_NAME, "名单/张三.jpg".encode()])
def test_a_folder_unpacked_from_an_old_windows_zip_has_its_names(tmp_path: Path, raw: bytes) -> None:
    """On disk a name is bytes; one that is not UTF-8 must not reach the database as it is."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw))
    path.parent.mkdir()
    path.write_bytes(b"x")
    bundle = Folder(tmp_path)
    assert bundle.names == ["名单/张三.jpg"]
    assert bundle.read("名单/张三.jpg") == b"x"


def test_a_file_that_is_gone_when_it_is_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"one")
    bundle = Folder(tmp_path)
    (tmp_path / "1.jpg").unlink()
    with pytest.raises(PhotoRefused, match="unreadable"):
        bundle.read("1.jpg")


NAMES = ["名单/张三.jpg", "名单/李四.PNG", "a/1.jpg", "b/1.jpg", "a, b.jpg"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("名单/张三.jpg", "名单/张三.jpg"),
        ("张三.jpg", "名单/张三.jpg"),
        ("张三", "名单/张三.jpg"),
        (" 张三.JPG ", "名单/张三.jpg"),
        ("./名单\\张三.jpg", "名单/张三.jpg"),
        ("李四.png", "名单/李四.PNG"),
        ("a/1.jpg", "a/1.jpg"),
        ("a/1", "a/1.jpg"),
        ("1.jpg", "photo_ambiguous"),
        ("王五.jpg", "photo_missing"),
        ("../张三.jpg", "photo_missing"),
        ("/etc/passwd", "photo_missing"),
        ("", "photo_missing"),
        ("a, b", "a, b.jpg"),
    ],
)
def test_a_photo_is_found_by_what_people_call_it(said: str, found: str) -> None:
    shelf = Shelf(NAMES)
    if found.startswith("photo_"):
        with pytest.raises(PhotoRefused, match=found):
            shelf.find(said)
    else:
        assert shelf.find(said) == found
