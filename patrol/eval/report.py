"""Makes a measurement one HTML page that needs nothing else: figures, curve, worst mistakes, how it was measured."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Protocol

from jinja2 import Environment, Template, select_autoescape
from markupsafe import Markup

from patrol.eval import det_plot, identification, mistakes
from patrol.eval.det_plot import Line, Mark
from patrol.eval.figures import Figures
from patrol.eval.mistakes import Album, Mistake
from patrol.matching.intervals import Interval
from patrol.values import Language


class Say(Protocol):
    """Says an entry of words/eval.json in the report's language."""

    def __call__(self, code: str, **fields: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Shown:
    """A mistake as the page shows it: pictures as data addresses, with who they are."""

    probe: str
    probe_name: str
    portraits: Sequence[str]
    name: str
    rivals: Sequence[str]
    rival_name: str
    mistake: Mistake


def render(figures: Figures, album: Album, run: Mapping[str, object], say: Say, language: Language) -> str:
    """The page. run: embedder, runtime, seconds and machine, as `--json` has them."""
    fpir = min(identification.carried(figures.done.n_strangers), default=mistakes.DEFAULT_FPIR)
    return _template().render(
        figures=figures,
        done=figures.done,
        plan=figures.done.plan,
        run=run,
        say=say,
        language=language,
        fpir=fpir,
        curve=_curve(figures, say),
        false_matches=[_shown(each, figures, album) for each in mistakes.false_matches(figures.done, fpir)],
        misses=[_shown(each, figures, album) for each in mistakes.misses(figures.done, fpir)],
        percent=_percent,
        small=lambda rate: _percent(rate, 2),
    )


@cache
def _template() -> Template:
    source = resources.files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    return Environment(autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True).from_string(
        source
    )


def _curve(figures: Figures, say: Say) -> Markup | None:
    """The DET curve; None where nobody has a probe, or nobody was ever missed."""
    lines = [
        Line(say("normalised_head"), "curve", figures.curve),
        Line(say("plain_head"), "plain", figures.cosine_curve),
    ]
    if not any(fnir > 0 for line in lines for _, fnir in line.points):
        return None
    marks = [
        Mark(row.fpir, 1 - row.tpir, Interval(1 - row.interval.high, 1 - row.interval.low)) for row in figures.found
    ]
    return Markup(det_plot.draw(lines, marks, say("fpir_axis"), say("fnir_axis")))  # its texts are escaped there


def _shown(mistake: Mistake, figures: Figures, album: Album) -> Shown:
    name_of: Callable[[int], str] = figures.done.folder.name_of
    return Shown(
        probe=_address(album.probe(mistake.probe)),
        probe_name=_readable(name_of(mistake.probe)),
        portraits=[_address(album.portrait(photo)) for photo in mistake.entry],
        name=_readable(name_of(mistake.entry[0])),
        rivals=[_address(album.portrait(photo)) for photo in mistake.rival],
        rival_name=_readable(name_of(mistake.rival[0])) if mistake.rival else "",
        mistake=mistake,
    )


def _readable(name: str) -> str:
    return name.replace("_", " ")


def _address(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _percent(rate: float, digits: int = 3) -> str:
    """Three digits: 96.7 %, 0.17 %."""
    return f"{100 * rate:.{digits}g} %"
