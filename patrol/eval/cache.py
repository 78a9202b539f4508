"""Keeps what was seen in photos, so that a run goes on where it was stopped and the next one starts with it.

One row a picture, a variant and a recipe; the recipe is the hash of everything a face passes through: both networks
with all that the manifest says of them, the arithmetic they run in, and the code between them. Change any of it, and
nothing old is read. The file holds templates of people: nobody but its owner reads it, and the rows of a recipe that
no run has used for a month are removed.
"""

import ast
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from threading import Lock

import numpy as np

from patrol.eval.looking import Variant
from patrol.faces.manifest import Weights
from patrol.values import Face, Quality, Template

#: What code decides how a face is found, cut out, judged and embedded.
CODE = {
    "patrol.faces": (
        *("align", "closeup", "detect", "detections", "embed", "finder", "int8", "quality", "runtime", "scrfd"),
        "yunet",
    ),
    "patrol.eval": ("looking", "spoil"),
    "patrol.watchlist": ("photos",),
}
_TABLE = """create table if not exists seen (
    recipe text not null, picture text not null, variant text not null, face text, vector blob,
    primary key (recipe, picture, variant))"""
_USED = "create table if not exists used (recipe text primary key, used_at text not null)"
OWNERS_ONLY = 0o600
UNUSED_FOR = timedelta(days=30)  # then the rows of a recipe go: its code or its weights are hardly coming back

Row = tuple[str, Variant, Face | None]  # picture, variant, and the face seen in it, None where there was none


def recipe_of(weights: Sequence[Weights], arithmetic: str) -> str:
    """Hash the weights' entries, the arithmetic ("openvino bf16") and the code; comments and layout do not count."""
    digest = hashlib.sha256(json.dumps([[asdict(each) for each in weights], arithmetic], sort_keys=True).encode())
    for package, modules in CODE.items():
        for module in modules:
            source = resources.files(package).joinpath(f"{module}.py").read_text(encoding="utf-8")
            digest.update(ast.dump(ast.parse(source)).encode())
    return digest.hexdigest()[:32]


class Cache:
    """Faces seen by one recipe, in a SQLite file. Safe to read from many threads."""

    def __init__(self, path: Path, recipe: str, embedder: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=OWNERS_ONLY)
        path.chmod(OWNERS_ONLY)  # SQLite gives the files beside it the same
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode=wal", "synchronous=normal", "secure_delete=on"):
            self._connection.execute(f"pragma {pragma}")
        for table in (_TABLE, _USED):
            self._connection.execute(table)
        self._lock = Lock()
        self._recipe = recipe
        self._embedder = embedder

    def close(self) -> None:
        self._connection.close()

    def prune(self, now: datetime) -> int:
        """Remove what other recipes saw that no run has used for UNUSED_FOR, and write down that this one is used.

        now: with a time zone. Returns how many rows went.
        """
        forgotten = (now - UNUSED_FOR).isoformat()
        with self._lock:
            self._connection.execute("insert or replace into used values (?, ?)", (self._recipe, now.isoformat()))
            self._connection.execute("delete from used where used_at < ?", (forgotten,))
            return self._connection.execute("delete from seen where recipe not in (select recipe from used)").rowcount

    def read(self, picture: str, variants: Sequence[Variant]) -> dict[Variant, Face | None]:
        """What is known of a picture, by variant. picture: sha256 of the file, hexadecimal."""
        query = "select variant, face, vector from seen where recipe = ? and picture = ?"
        with self._lock, closing(self._connection.execute(query, (self._recipe, picture))) as rows:
            known = {variant: (face, vector) for variant, face, vector in rows}
        return {variant: self._face(*known[str(variant)]) for variant in variants if str(variant) in known}

    def write(self, rows: Iterable[Row]) -> None:
        """Keep what was seen, in one transaction."""
        values = [
            (self._recipe, picture, str(variant), _as_text(face), _as_bytes(face)) for picture, variant, face in rows
        ]
        with self._lock:
            self._connection.execute("begin")
            self._connection.executemany("insert or replace into seen values (?, ?, ?, ?, ?)", values)
            self._connection.execute("commit")

    def _face(self, text: str | None, vector: bytes | None) -> Face | None:
        if text is None:
            return None
        kept = json.loads(text)
        quality = kept["quality"] | {"refusals": tuple(kept["quality"]["refusals"])}
        return Face(
            box_xyxy=np.array(kept["box_xyxy"], np.float32),
            landmarks_xy=np.array(kept["landmarks_xy"], np.float32),
            score=kept["score"],
            quality=Quality(**quality),
            template=None if vector is None else Template(self._embedder, np.frombuffer(vector, "<f4").copy()),
        )


def _as_text(face: Face | None) -> str | None:
    if face is None:
        return None
    return json.dumps(
        {
            "box_xyxy": face.box_xyxy.tolist(),
            "landmarks_xy": face.landmarks_xy.tolist(),
            "score": face.score,
            "quality": asdict(face.quality),
        }
    )


def _as_bytes(face: Face | None) -> bytes | None:
    return None if face is None or face.template is None else face.template.vector.astype("<f4").tobytes()
