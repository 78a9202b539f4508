"""Draws the DET curve as SVG: FNIR over FPIR, both axes logarithmic, as NIST FRTE draws it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from patrol.matching.intervals import Interval

WIDTH, HEIGHT = 720, 460
LEFT, RIGHT, TOP, BOTTOM = 76, 20, 20, 56  # margins for the labels of the axes
STEPS = (1, 2, 5)  # ticks in every power of ten

Point = tuple[float, float]  #: (FPIR, FNIR)


@dataclass(frozen=True, slots=True)
class Line:
    """One curve with its name in the legend; `style` is a class of the report's style sheet."""

    name: str
    style: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure of the table, with its interval, on the curve."""

    fpir: float
    fnir: float
    interval: Interval  #: of FNIR


def draw(lines: Sequence[Line], marks: Sequence[Mark], x_label: str, y_label: str) -> str:
    """The whole plot as one <svg>; the axes end where the curves do."""
    points = [point for line in lines for point in line.points]
    seen = [rate for _, rate in points if rate > 0] + [mark.interval.low for mark in marks if mark.interval.low > 0]
    axes = _Axes(
        x=_Span(min(fpir for fpir, _ in points), max(fpir for fpir, _ in points)),
        y=_Span(min(seen, default=0.01) / 1.3, max(seen, default=0.1) * 1.3),
    )
    parts = [*axes.grid(), *axes.labels(x_label, y_label)]
    parts += [axes.mark(mark) for mark in marks]
    parts += [axes.curve(line) for line in lines]
    parts += [part for number, line in enumerate(lines) for part in _legend(line, number)]
    title = f"<title>{escape(y_label)} / {escape(x_label)}</title>"
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{title}{"".join(parts)}</svg>'


@dataclass(frozen=True, slots=True)
class _Span:
    """A logarithmic axis from `low` to `high`."""

    low: float
    high: float

    def part(self, value: float) -> float:
        """Where a value lies, 0..1; what is beyond an end is drawn at the end."""
        kept = min(max(value, self.low), self.high)
        return math.log(kept / self.low) / max(math.log(self.high / self.low), 1e-9)

    def ticks(self) -> Iterator[float]:
        for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            for step in STEPS:
                tick = step * 10.0**power
                if self.low * 0.999 <= tick <= self.high * 1.001:
                    yield tick


@dataclass(frozen=True, slots=True)
class _Axes:
    x: _Span
    y: _Span

    def at(self, point: Point) -> tuple[float, float]:
        """Pixels of the drawing."""
        across = LEFT + self.x.part(point[0]) * (WIDTH - LEFT - RIGHT)
        down = HEIGHT - BOTTOM - self.y.part(point[1]) * (HEIGHT - TOP - BOTTOM)
        return across, down

    def curve(self, line: Line) -> str:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(point) for point in line.points))
        return f'<polyline class="{line.style}" points="{path}"/>'

    def mark(self, mark: Mark) -> str:
        x, y = self.at((mark.fpir, mark.fnir))
        high, low = (self.at((mark.fpir, rate))[1] for rate in (mark.interval.high, mark.interval.low))
        return (
            f'<line class="interval" x1="{x:.1f}" x2="{x:.1f}" y1="{high:.1f}" y2="{low:.1f}"/>'
            f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        )

    def grid(self) -> Iterator[str]:
        for tick in self.x.ticks():
            x = self.at((tick, self.y.low))[0]
            yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
            yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{_percent(tick)}</text>'
        for tick in self.y.ticks():
            y = self.at((self.x.low, tick))[1]
            yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_percent(tick)}</text>'

    def labels(self, x_label: str, y_label: str) -> Iterator[str]:
        x, y = LEFT + (WIDTH - LEFT - RIGHT) / 2, TOP + (HEIGHT - TOP - BOTTOM) / 2
        yield f'<text x="{x:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_label)}</text>'
        yield f'<text transform="translate(16 {y:.0f}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'


def _legend(line: Line, number: int) -> Iterator[str]:
    y = TOP + 18 + 20 * number
    yield f'<polyline class="{line.style}" points="{WIDTH - 250},{y} {WIDTH - 214},{y}"/>'
    yield f'<text x="{WIDTH - 206}" y="{y + 4}">{escape(line.name)}</text>'


def _percent(rate: float) -> str:
    return f"{100 * rate:g} %"
