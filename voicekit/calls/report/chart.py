"""Bars and lines as SVG that stands in a page, which has the colours of its classes."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 480, 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 8, 14, 26
_ACROSS, _DOWN = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_LINES = 5  # of the grid, at the most
_TICKS = 6  # words below it, at the most
_GAP = 0.24  # between two bars, of the room that one has
_INSIDE = 0.42  # the part of a bar's width that the bar before it leaves to be seen


@dataclass(frozen=True, slots=True)
class Series:
    """`kind` is the page's class, which has its colour."""

    kind: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Axis:
    """How a value is written beside the grid; `whole`: there are no halves; `scale` is what is round, as a megabyte."""

    written: Callable[[float], str]
    whole: bool = False
    scale: float = 1.0

    def ticks(self, most: float) -> list[float]:
        return [self.scale * tick for tick in ticks(most / self.scale, whole=self.whole)]


def bars(
    name: str, axis: Axis, labels: Sequence[str], tips: Sequence[str], series: Sequence[Series], *, stacked: bool
) -> str:
    """A bar for each label, with what is said of it (`tips`). Series stand on each other, or one before the other."""
    heights = [sum(values) if stacked else max(values) for values in zip(*(one.values for one in series), strict=True)]
    marks = axis.ticks(max(heights, default=0))
    room = _ACROSS / max(len(labels), 1)
    drawn = []
    for number, tip in enumerate(tips):
        left, width, base = _LEFT + room * (number + _GAP / 2), room * (1 - _GAP), 0.0
        rects = []
        for order, one in enumerate(series):
            value = one.values[number]
            inset = 0.0 if stacked else width * _INSIDE / 2 * order
            rects.append(_rect(one.kind, left + inset, width - 2 * inset, base, value, marks[-1]))
            base += value if stacked else 0
        area = f'<rect class="area" x="{_LEFT + room * number:.1f}" y="{_TOP}" width="{room:.1f}" height="{_DOWN}"/>'
        drawn.append(f"<g><title>{html.escape(tip)}</title>{area}{''.join(rects)}</g>")
    middles = [_LEFT + room * (number + 0.5) for number in range(len(labels))]
    return _svg(name, [_grid(axis, marks), *drawn, _words(labels, middles)])


def lines(name: str, axis: Axis, labels: Sequence[str], series: Sequence[Series], limit: float, said: str) -> str:
    """Lines from the first label to the last, and one across that nothing can pass, with what is said of it."""
    marks = axis.ticks(limit)
    step = _ACROSS / max(len(labels) - 1, 1)
    places = [_LEFT + step * number for number in range(len(labels))]
    top = _y(limit, marks[-1])
    drawn = [
        f'<line class="limit" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{top:.1f}" y2="{top:.1f}"/>',
        f'<text class="said" x="{_WIDTH - _RIGHT}" y="{top - 4:.1f}" text-anchor="end">{html.escape(said)}</text>',
    ]
    for one in reversed(series):
        points = " ".join(f"{x:.1f},{_y(y, marks[-1]):.1f}" for x, y in zip(places, one.values, strict=True))
        drawn.append(f'<polyline class="line {one.kind}" points="{points}"/>')
    return _svg(name, [_grid(axis, marks), *drawn, _words(labels, places)])


def ticks(most: float, *, whole: bool = False) -> list[float]:
    """From 0 to no less than `most`, a few, round, and equally far apart."""
    least = most / (_LINES - 1)
    power = 10.0 ** floor(log10(least)) if least > 0 else 1.0
    step = next(power * round_ for round_ in (1, 2, 2.5, 5, 10) if power * round_ >= least * (1 - 1e-9))
    if whole:
        step = max(ceil(step), 1)
    return [step * number for number in range(max(ceil(most / step - 1e-9), 1) + 1)]


def _rect(kind: str, left: float, width: float, base: float, value: float, most: float) -> str:
    if value <= 0:
        return ""
    top, bottom = _y(base + value, most), _y(base, most)
    size = f'width="{max(width, 0.5):.1f}" height="{max(bottom - top, 0.5):.1f}"'
    return f'<rect class="{kind}" x="{left:.1f}" y="{min(top, bottom - 0.5):.1f}" {size}/>'


def _y(value: float, most: float) -> float:
    return _TOP + _DOWN * (1 - min(value / most, 1))


def _grid(axis: Axis, marks: Sequence[float]) -> str:
    drawn = []
    for mark in marks:
        y = _y(mark, marks[-1])
        drawn.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        text = html.escape(axis.written(mark))
        drawn.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>')
    return "".join(drawn)


def _words(labels: Sequence[str], places: Sequence[float]) -> str:
    """Below the grid, as many as there is room for."""
    step = next((days for days in (1, 2, 5, 7, 14, 21, 28) if len(labels) <= days * _TICKS), ceil(len(labels) / _TICKS))
    return "".join(
        f'<text x="{x:.1f}" y="{_HEIGHT - 7}" text-anchor="middle">{html.escape(label)}</text>'
        for number, (label, x) in enumerate(zip(labels, places, strict=True))
        if number % step == 0 and x < _WIDTH - _RIGHT - 12
    )


def _svg(name: str, drawn: Sequence[str]) -> str:
    inside = "\n".join(drawn)
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{html.escape(name)}">\n{inside}\n</svg>'
