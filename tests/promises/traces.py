"""Looks for any trace of a face in what patrol leaves behind: files, rows, logs. Trusts nothing of patrol itself."""

import base64
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import MetaData, select

from patrol.store.engine import Database
from patrol.values import Float32

#: How pictures begin. A JPEG by its first marker and that segment's length too: three bytes alone also occur by
#: chance among a database's numbers.
PICTURE_STARTS = {
    "a JPEG": re.compile(rb"\xff\xd8\xff[\xc0\xc4\xdb\xdd\xe0-\xef\xfe][\x00-\x3f]"),
    "a PNG": re.compile(rb"\x89PNG\r\n"),
    "a WebP": re.compile(rb"WEBPVP8"),
    "a GIF": re.compile(rb"GIF89a"),
    "an MP4": re.compile(rb"ftyp(?:isom|iso[2-9]|mp4[12]|avc1|hvc1)"),
    "a JPEG in base64": re.compile(rb"/9j/4"),
    "a PNG in base64": re.compile(rb"iVBORw0KGgo"),
}
RUN = 4  # so many numbers of a template in a row are no chance: 128 bits
N_WRITTEN = 5  # so many numbers of one template, written out with six digits in one place, are no chance either
FACE_TABLES = ("hit", "hit_passage", "hit_probe", "decision", "routing", "delivery", "reply")


@dataclass(frozen=True, slots=True)
class Trace:
    where: str
    what: str


def traces_in_files(folder: Path, templates: Sequence[Float32] = (), allowed: Collection[Path] = ()) -> list[Trace]:
    """Search every file below `folder`: databases with their logs, pictures, whatever else lies there.

    `allowed` are pictures that may be there, such as enrolled photos; everything else counts.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path not in allowed]
    return [trace for path in files for trace in traces_in(path.read_bytes(), str(path), templates)]


def traces_in_rows(database: Database, templates: Sequence[Float32] = ()) -> list[Trace]:
    """Search every value of every row, and expect the tables that can only speak of a hit to be empty."""
    found = []
    for table, row in _rows(database):
        if table in FACE_TABLES:
            found.append(Trace(f"table {table}", "a row that speaks of a face"))
        if table == "event" and str(row["kind"]).startswith(("hit.", "delivery.", "reply.")):
            found.append(Trace("table event", f"an event {row['kind']}"))
        for column, value in row.items():
            content = value if isinstance(value, bytes) else repr(value).encode()
            found += traces_in(content, f"{table}.{column}", templates)
    return found


def traces_in(content: bytes, where: str, templates: Sequence[Float32] = ()) -> list[Trace]:
    """Search some bytes for pictures, and for templates in any form that a program might write them."""
    found = [Trace(where, what) for what, start in PICTURE_STARTS.items() if start.search(content)]
    for number, template in enumerate(templates):
        if any(run in content for run in _runs(template)):
            found.append(Trace(where, f"template {number} in binary"))
        if sum(written in content for written in _written(template)) >= N_WRITTEN:
            found.append(Trace(where, f"template {number} written out"))
    return found


def _rows(database: Database) -> Iterator[tuple[str, dict[str, object]]]:
    tables = MetaData()
    tables.reflect(database.engine)
    with database.engine.connect() as connection:
        for table in tables.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                yield table.name, dict(row)


def _runs(template: Float32) -> Iterator[bytes]:
    """A few numbers in a row, from every place: as floats of each size and byte order, in hex and in base64."""
    for dtype in ("<f4", ">f4", "<f8", "<f2"):
        numbers = template.astype(dtype)
        for start in range(0, len(numbers) - RUN + 1, RUN):
            run = numbers[start : start + RUN].tobytes()
            yield run
            yield run.hex().encode()
    whole = base64.b64encode(template.astype("<f4").tobytes())
    yield from (whole[start : start + 24] for start in range(0, len(whole) - 24, 24))


def _written(template: Float32) -> Iterator[bytes]:
    """The numbers as text, as far as any way of printing them agrees: .123456 and 1.23456e-01."""
    numbers = [abs(number) for number in template.astype(np.float64)]
    return {f"{number:.8f}"[1:8].encode() for number in numbers} | {
        f"{number:.8e}"[:7].encode() for number in numbers
    }
