"""`patrol demo`: a simulated site with real RTSP cameras."""

import json
from typing import Annotated

import typer

from patrol import words
from patrol.cli import parts
from patrol.demo.run import run_once, run_until_stopped
from patrol.settings import terminal_language


def add_to(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option(help="Run the loop once by itself, then stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: one JSON object on stdout.")] = False,
) -> None:
    """Run a simulated site: people walk by, one of them is on an exercise list."""
    chosen = parts.settings()
    if not once:
        run_until_stopped(chosen, clock=parts.clock, tell=_tell)
        return
    report = run_once(chosen, clock=parts.clock, tell=_tell)
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _tell("finished", frames=report.frames, faces=report.faces, hits=report.hits, ms=report.ms)
        if report.problem:
            _tell("not_ok", problem=report.problem)
    raise typer.Exit(0 if report.ok else 1)


def _tell(code: str, **fields: object) -> None:
    typer.echo(words.say(f"demo.{code}", terminal_language(), **fields), err=True)
