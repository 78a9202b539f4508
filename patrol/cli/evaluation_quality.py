"""`patrol eval quality`: who is still found by poor photos, by each measure of quality, and what the gates cost."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from patrol.bench import machine
from patrol.cli import parts
from patrol.cli.evaluation import AsJson, explained, opened, progress, say
from patrol.eval.folder import read_errata, read_folder
from patrol.eval.quality import QualityCurves, Row, measure_quality, sides_of
from patrol.settings import terminal_language
from patrol.values import Language


def add_to(app: typer.Typer) -> None:
    app.command("quality")(quality)


def quality(
    folder: Annotated[Path, typer.Argument(help="A folder of NAME/photo, as Labeled Faces in the Wild is laid out.")],
    errata: Annotated[Path | None, typer.Option(help="Names to leave out, the first word of each line.")] = None,
    people: Annotated[int, typer.Option(min=1, help="People enrolled; each is looked at some 35 times.")] = 300,
    embedder: Annotated[str, typer.Option(help="A short name of the manifest; the setting's where left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Spoil photos one defect at a time, and measure who is found by them: the curve of FNIR by quality."""
    with explained():
        chosen = parts.settings()
        source = read_folder(folder, read_errata(errata) if errata else frozenset[str]())
        sides = sides_of(source, people)
        with opened(chosen, embedder or chosen.embedder, 1) as eyes, progress(sides.n_steps) as tell:
            curves = measure_quality(source, sides, eyes.finders[0], tell)
            run = {"embedder": eyes.embedder, "runtime": eyes.runtime, "machine": machine.describe()}
    if as_json:
        typer.echo(json.dumps({**curves.as_json(), **run}, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines(curves, terminal_language())))


def lines(curves: QualityCurves, language: Language) -> Iterator[str]:
    yield say("quality_sum", language, people=curves.n_people, strangers=curves.n_strangers)
    for row in curves.rows:
        yield _line(row)
    for gate in curves.gates:
        yield say("quality_gate", language, **asdict(gate))
    missed = ", ".join(f"{defect} {share:.0%}" for defect, share in curves.missed.items() if share)
    yield say("quality_missed", language, missed=missed or "0 %")


def _line(row: Row) -> str:
    found = f"{row.found:6.1%} [{row.interval.low:.1%}, {row.interval.high:.1%}]"
    return (
        f"{row.measure:18} {row.low:g}..{row.high:g}  n {row.n}  {found}  {row.found_by_camera:.1%}"
        f"  {row.beside:.1%} -> {row.with_it:.1%}"
    )
