"""What each room of patrol/ may import, in the order data flows. A new arrow is added here first, in review."""

import ast
from pathlib import Path

import pytest

PATROL = Path(__file__).parent.parent / "patrol"
MAY_IMPORT: dict[str, set[str]] = {
    "values": set(),
    "words": {"values"},
    "settings": {"values"},
    "store": {"values"},
    "streams": {"values"},
    "faces": {"values"},
    "matching": {"values"},
    "watchlist": {"values", "store", "faces", "matching"},
    "hits": {"values", "store", "watchlist", "matching"},
    "clips": {"values", "store", "streams", "hits"},
    "live": {"values"},
    "health": {"values", "store"},
    "worker": {"values", "store", "streams", "faces", "matching", "watchlist", "hits"},
    "turns": {"values", "store", "streams", "faces", "matching", "watchlist", "hits", "worker"},
    "replay": {"values", "store", "streams", "faces", "matching", "watchlist", "hits", "worker"},
    "selftest": {"values", "store", "streams", "faces", "matching", "watchlist", "hits", "worker"},
    "successor": {"values", "store", "faces", "matching", "watchlist"},
    "loop": {"values", "store", "streams", "turns", "worker"},
    "beat": {"values", "store", "streams", "hits", "health", "worker", "loop"},
    "watch": {
        "loop",
        "beat",
        "values",
        "store",
        "streams",
        "faces",
        "matching",
        "watchlist",
        "hits",
        "worker",
        "selftest",
        "successor",
        "turns",
        "health",
    },
    "dealing": {"values", "watch"},
    "chats": {"values"},
    "dispatch": {"values", "words", "store", "hits", "chats"},
    "accounts": {"values", "store"},
    "web": {
        "values",
        "words",
        "settings",
        "store",
        "streams",
        "faces",
        "matching",
        "watchlist",
        "hits",
        "dispatch",
        "accounts",
        "health",
        "clips",
    },
    "eval": {"values", "streams", "faces", "matching", "watchlist"},
    "demo": {"values", "settings"},
    "bench": {
        "values",
        "settings",
        "store",
        "streams",
        "faces",
        "matching",
        "watchlist",
        "hits",
        "worker",
        "dispatch",
        "eval",
        "demo",
    },
    "cli": {
        *("values", "words", "settings", "store", "streams", "faces", "matching", "watchlist", "hits", "worker"),
        *("clips", "live", "health", "turns", "replay", "selftest", "successor", "watch", "dealing"),
        *("chats", "dispatch", "accounts", "web", "eval", "demo", "bench"),
    },
}
FILES = sorted(path for path in PATROL.rglob("*.py") if path.parent != PATROL or not path.name.startswith("__"))


def room_of(path: Path) -> str:
    return path.relative_to(PATROL).parts[0].removesuffix(".py")


def rooms_imported(path: Path) -> set[str]:
    """Every other room an import in this file names, inside functions and TYPE_CHECKING blocks too."""
    package = ("patrol", *path.relative_to(PATROL).parts[:-1])
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            names |= {".".join((*start, *filter(None, [node.module]), alias.name)) for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("patrol.")} & MAY_IMPORT.keys() - {room_of(path)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PATROL)))
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    assert rooms_imported(path) <= MAY_IMPORT[room_of(path)]


def test_every_arrow_points_upstream() -> None:
    order = list(MAY_IMPORT)
    for room, allowed in MAY_IMPORT.items():
        assert all(order.index(other) < order.index(room) for other in allowed), room


def test_every_room_of_the_package_is_listed() -> None:
    assert {room_of(path) for path in FILES} <= MAY_IMPORT.keys()
