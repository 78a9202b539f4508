"""`patrol streams masks`: parts of a picture where nobody is matched, and the still faces that are offered one."""

import json
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from patrol import words
from patrol.cli import parts
from patrol.hits import masks
from patrol.hits.regions import Polygon
from patrol.settings import load_streams, terminal_language
from patrol.store.tables import Person, StillFace
from patrol.values import PatrolError, Stream

app = typer.Typer(help="Parts of a stream's picture where nobody is matched.", no_args_is_help=True)

BY = "cli"


@app.command("list")
def list_masks(
    stream: Annotated[str | None, typer.Argument(help="The stream's id; all where left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """List the masks, numbered for `remove`."""
    streams = [_stream(stream)] if stream else load_streams(parts.settings().streams_file)
    with parts.database(parts.settings()).read() as session:
        laid = {it.id: masks.masks_of(session, it.id) for it in streams}
    if as_json:
        typer.echo(json.dumps({"masks": laid}))
        return
    for id, polygons in laid.items():
        for number, mask in enumerate(polygons, start=1):
            _say("mask", id=id, number=number, corners=" ".join(f"{x:g},{y:g}" for x, y in mask))
        if not polygons:
            _say("masks_none", id=id)


@app.command()
def add(
    stream: Annotated[str, typer.Argument(help="The stream's id.")],
    corners: Annotated[list[str], typer.Argument(help="Three or more of x,y, each 0 to 1 of the picture.")],
) -> None:
    """Lay one more mask over a stream: 0.1,0.1 0.3,0.1 0.3,0.4 0.1,0.4."""
    _set(_stream(stream), add=_polygon(corners))


@app.command()
def remove(
    stream: Annotated[str, typer.Argument(help="The stream's id.")],
    number: Annotated[int, typer.Argument(min=1, help="The mask's number, as `list` shows it.")],
) -> None:
    """Take one mask away; faces there are matched again."""
    _set(_stream(stream), remove=number)


@app.command("still")
def list_still(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False) -> None:
    """List the listed faces that do not move: posters, screens, or people who sit very still."""
    with parts.database(parts.settings()).read() as session:
        rows = [_row(session, still) for still in masks.offered(session)]
    if as_json:
        typer.echo(json.dumps({"still_faces": rows}, ensure_ascii=False))
        return
    for row in rows:
        _say("still", **row)
    if not rows:
        _say("still_none")


@app.command()
def accept(still: Annotated[str, typer.Argument(help="The still face's id, or its beginning.")]) -> None:
    """It is a poster or a screen: mask it."""
    _decide(still, is_picture=True)


@app.command()
def dismiss(still: Annotated[str, typer.Argument(help="The still face's id, or its beginning.")]) -> None:
    """It is a person: match there again."""
    _decide(still, is_picture=False)


def _set(stream: Stream, *, add: Polygon | None = None, remove: int | None = None) -> None:
    with parts.database(parts.settings()).write() as session:
        laid = list(masks.masks_of(session, stream.id))
        if remove is not None:
            if remove > len(laid):
                raise PatrolError(words.say("rates.no_mask", terminal_language(), id=stream.id, number=remove))
            del laid[remove - 1]
        laid += [add] if add else []
        masks.set_masks(session, stream.id, stream.site.id, laid, BY, parts.clock())
    _say("masks_set", id=stream.id, n=len(laid))


def _decide(id: str, *, is_picture: bool) -> None:
    with parts.database(parts.settings()).write() as session:
        found = [row for row in masks.offered(session) if str(row.id).startswith(id.lower())]
        if len(found) != 1:
            raise PatrolError(words.say("rates.still_not_one", terminal_language(), id=id, n=len(found)))
        say = masks.accept if is_picture else masks.dismiss
        say(session, found[0], BY, parts.clock())
        stream_id = found[0].stream_id
    _say("still_masked" if is_picture else "still_person", stream=stream_id)


def _row(session: Session, still: StillFace) -> dict[str, object]:
    return {
        "id": str(still.id),
        "stream": still.stream_id,
        "person": session.get_one(Person, still.person_id).name,
        "since": f"{still.since:%Y-%m-%d %H:%M} UTC",
        "box": still.box,
    }


def _stream(id: str) -> Stream:
    """The named stream; PatrolError where streams.yaml has none of that name."""
    found = [stream for stream in load_streams(parts.settings().streams_file) if stream.id == id]
    if not found:
        raise PatrolError(parts.said("no_such_stream", ids=id))
    return found[0]


def _polygon(corners: list[str]) -> Polygon:
    try:
        pairs = [tuple(float(part) for part in corner.split(",")) for corner in corners]
        return tuple((x, y) for x, y in pairs)
    except ValueError:
        said = words.say("rates.no_corners", terminal_language(), said=" ".join(corners))
        raise PatrolError(said) from None


def _say(code: str, **fields: object) -> None:
    typer.echo(words.say(f"rates.{code}", terminal_language(), **fields))
