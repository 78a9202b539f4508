"""`patrol bench soak`: hours of cameras that fail."""

import json
import random
from pathlib import Path
from typing import Annotated

import typer

from patrol.bench import machine, soak_report
from patrol.bench.frames import choose_clip
from patrol.bench.soak import Soak, Soaked
from patrol.bench.soak_site import film_clips, soak_site, working_folder
from patrol.cli import parts

HOUR_S = 3600.0


def soak(
    hours: Annotated[float, typer.Option(min=0.005, help="How long cameras go on failing.")] = 1.0,
    cameras: Annotated[int, typer.Option(min=1, max=64, help="How many; every fourth over UDP.")] = 4,
    seed: Annotated[int, typer.Option(help="Which faults strike when: the same seed, the same faults.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write the report there, as Markdown.")] = None,
    log: Annotated[Path | None, typer.Option(help="Keep the log of patrol watch there.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout and nothing else.")] = False,
) -> None:
    """Let cameras fail at random; exit status 1 where one is not back, or memory is not flat."""
    done = _soak(hours * HOUR_S, cameras, seed, log)
    said = soak_report.figures(done)
    if report:
        report.write_text(soak_report.markdown(done, machine.describe()), encoding="utf-8")
    typer.echo(json.dumps(said) if as_json else "\n".join(soak_report.lines(done)))
    raise typer.Exit(1 if said["not_recovered"] or said["is_flat"] is False else 0)


def _soak(seconds: float, n_cameras: int, seed: int, log: Path | None) -> Soaked:
    chosen = parts.settings()
    with working_folder() as folder:
        clips = film_clips(choose_clip(chosen.data_dir / "demo"), folder)
        try:
            with soak_site(chosen, clips, n_cameras, random.Random(seed), folder) as site:
                return Soak(site, seconds, seed).run()
        finally:
            if log and (folder / "patrol.log").exists():
                log.write_bytes((folder / "patrol.log").read_bytes())
