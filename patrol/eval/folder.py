"""Reads what is measured on: a folder of NAME/photo, who is left out of it, who belongs to a group, labels."""

import csv
import hashlib
import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from patrol.eval.refusals import CannotMeasure

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".avif"})
NAME_COLUMN = "name"


@dataclass(frozen=True, slots=True)
class Folder:
    """People with their photos, in the layout of Labeled Faces in the Wild."""

    path: Path
    photos: tuple[Path, ...]  #: sorted by name, then by file name
    people: Mapping[str, tuple[int, ...]]  #: by name: where in `photos` theirs are; nobody is without one

    def able(self, n_photos: int) -> list[str]:
        """The names of those with at least so many photos."""
        return [name for name, numbers in self.people.items() if len(numbers) >= n_photos]

    def name_of(self, photo: int) -> str:
        return self.photos[photo].parent.name


def read_folder(path: Path, left_out: frozenset[str] = frozenset()) -> Folder:
    """Find the photos of `path`/NAME/, without the names that are left out; CannotMeasure where there are none."""
    if not path.exists():
        raise CannotMeasure("no_such_folder", path=path)
    if not path.is_dir():
        raise CannotMeasure("not_a_folder", path=path)
    photos: list[Path] = []
    people: dict[str, tuple[int, ...]] = {}
    for person in sorted(each for each in path.iterdir() if each.is_dir() and each.name not in left_out):
        theirs = sorted(file for file in person.iterdir() if _is_picture(file))
        if theirs:
            people[person.name] = tuple(range(len(photos), len(photos) + len(theirs)))
            photos += theirs
    if not people:
        raise CannotMeasure("no_photos", path=path, suffixes=" ".join(sorted(SUFFIXES)))
    return Folder(path, tuple(photos), people)


def half_of(folder: Folder, half: int) -> Folder:
    """Half 1 or half 2 of the people, by the hash of the name: nobody is in both, in whatever folder they are.

    CannotMeasure where the half is empty.
    """
    names = [name for name in folder.people if hashlib.sha256(os.fsencode(name)).digest()[0] % 2 == half - 1]
    if not names:
        raise CannotMeasure("half_of_nobody", path=folder.path, half=half, n=len(folder.people))
    photos = tuple(folder.photos[photo] for name in names for photo in folder.people[name])
    starts = itertools.accumulate((len(folder.people[name]) for name in names), initial=0)
    people = {
        name: tuple(range(start, start + len(folder.people[name])))
        for name, start in zip(names, starts, strict=False)
    }
    return Folder(folder.path, photos, people)


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and file.is_file()


def read_errata(path: Path) -> frozenset[str]:
    """The names to leave out of every figure: the first word of each line; the rest of the line says why."""
    return frozenset(line.split()[0] for line in read_text(path).splitlines() if line.strip())


def read_labels(path: Path) -> dict[str, dict[str, str]]:
    """Read a CSV with a column `name` and a column for each attribute.

    Returns by attribute the label of each name; who has an empty label is in no group of that attribute.
    """
    reader = csv.DictReader(read_text(path).splitlines())
    columns = [column for column in reader.fieldnames or [] if column]
    attributes = [column for column in columns if column != NAME_COLUMN]
    if NAME_COLUMN not in columns or not attributes:
        raise CannotMeasure("labels_without_columns", path=path, columns=", ".join(columns) or "-")
    rows = list(reader)
    return {
        attribute: {row[NAME_COLUMN]: row[attribute].strip() for row in rows if (row[attribute] or "").strip()}
        for attribute in attributes
    }


def read_text(path: Path) -> str:
    """UTF-8, with or without a byte order mark; CannotMeasure where it is none or cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CannotMeasure("file_unreadable", path=path, problem=error.strerror) from None
    except UnicodeDecodeError:
        raise CannotMeasure("file_not_utf8", path=path) from None
