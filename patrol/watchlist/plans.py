"""Who is to be taken in from a bundle, and with which photos: by its table, or by the names of its files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from patrol.watchlist.bundles import Bundle, Shelf
from patrol.watchlist.refusals import EntryRefused, ImportRefused, PhotoRefused
from patrol.watchlist.sheets import Line, read_sheet

SHEETS = (".csv", ".tsv")
WORKBOOKS = (".xlsx", ".xls", ".et", ".numbers", ".ods")
BETWEEN_PHOTOS = re.compile(r"[;；|、,，\n]")
CAMERA_NAME = re.compile(  # what cameras, phones and chat apps call photos: a prefix and numbers
    r"((img|dsc[nf]?|pic|photo|image|wx_camera|mmexport|screenshot|微信图片|微信截图|照片|图片)?[\W_\d]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One person to be taken in."""

    line: Line
    photos: tuple[str, ...]  #: names in the bundle
    missing: tuple[tuple[str, PhotoRefused], ...] = ()  #: photos the table names that are not to be had
    refusal: EntryRefused | None = None  #: why the person is not even tried


def plan(bundle: Bundle, *, is_folder_given: bool) -> list[Planned]:
    """Who is to be taken in from a bundle. `is_folder_given`: its top is the folder that the caller named."""
    if not bundle.names and not bundle.refused:
        raise ImportRefused("nothing_to_import")
    sheet = _sheet(bundle)
    if sheet is not None:
        return _by_sheet(bundle, sheet)
    return _by_names(bundle.names if is_folder_given else _without_wrapper(bundle.names), bundle.names)


def _sheet(bundle: Bundle) -> str | None:
    """The table's name. A table that is there but cannot be used is never passed over in silence."""
    for name, refusal in bundle.refused.items():
        if name.lower().endswith(SHEETS):
            raise ImportRefused(refusal.code, **refusal.fields)
    sheets = [name for name in bundle.names if name.lower().endswith(SHEETS)]
    if len(sheets) > 1:
        raise ImportRefused("many_sheets", files=", ".join(sheets[:5]))
    workbooks = [name for name in bundle.names if name.lower().endswith(WORKBOOKS)]
    if workbooks and not sheets:
        raise ImportRefused("workbook", file=workbooks[0])
    return sheets[0] if sheets else None


def _by_sheet(bundle: Bundle, sheet: str) -> list[Planned]:
    shelf = Shelf([*bundle.names, *bundle.refused])
    lines_of_refs: dict[str, int | None] = {}
    planned = []
    for line in _lines(bundle, sheet):
        refusal = None
        if line.external_ref and line.external_ref in lines_of_refs:
            first = lines_of_refs[line.external_ref]
            refusal = EntryRefused("duplicate_external_ref", external_ref=line.external_ref, first_line=first)
        lines_of_refs.setdefault(line.external_ref, line.number)
        planned.append(_planned_line(line, shelf, refusal))
    return planned


def _lines(bundle: Bundle, sheet: str) -> list[Line]:
    try:
        return read_sheet(bundle.read(sheet))
    except PhotoRefused as refusal:
        raise ImportRefused(refusal.code, **refusal.fields) from None


def _planned_line(line: Line, shelf: Shelf, refusal: EntryRefused | None) -> Planned:
    found: list[str] = []
    missing: list[tuple[str, PhotoRefused]] = []
    for said in _photos_said(line.photos, shelf):
        try:
            found.append(shelf.find(said))
        except PhotoRefused as problem:
            missing.append((said, problem))
    if not found and not missing and refusal is None:
        refusal = EntryRefused("no_photo")
    return Planned(line, tuple(found), tuple(missing), refusal)


def _photos_said(cell: str, shelf: Shelf) -> list[str]:
    """The names in a cell. A cell that is a file's name as it stands is one name, commas and all."""
    try:
        return [shelf.find(cell)]
    except PhotoRefused:
        return [name for name in (part.strip() for part in BETWEEN_PHOTOS.split(cell)) if name]


def _by_names(names: Sequence[str], files: Sequence[str]) -> list[Planned]:
    """A folder is a person and holds their photos; a file outside of folders is a person by itself."""
    photos: dict[str, list[str]] = {}
    for name, file in zip(names, files, strict=True):
        path = PurePosixPath(name)
        photos.setdefault(path.parts[0] if len(path.parts) > 1 else path.stem, []).append(file)
    return [Planned(Line(None, person), tuple(files)) for person, files in photos.items()]


def _without_wrapper(names: Sequence[str]) -> list[str]:
    """Take off the one folder that packing a folder puts around everything.

    Where it holds folders it is no person. Where it holds files only it is one person's folder if the files have
    a camera's names, else a folder of people: to enrol several people as one would be the worse mistake.
    """
    paths = [PurePosixPath(name) for name in names]
    if len({path.parts[0] for path in paths}) != 1 or any(len(path.parts) == 1 for path in paths):
        return list(names)
    has_folders = any(len(path.parts) > 2 for path in paths)
    if not has_folders and any(CAMERA_NAME.fullmatch(path.stem) for path in paths):
        return list(names)
    return ["/".join(path.parts[1:]) for path in paths]
