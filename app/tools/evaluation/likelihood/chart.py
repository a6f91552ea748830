"""Draw differences in likelihood with their intervals as an SVG."""

from collections.abc import Iterator

from app.likelihood.results import LikelihoodResults
from app.tools.evaluation.svg import FAINT, INK, svg_line, svg_page, svg_text
from retrieval.evaluation.likelihood import Difference

_COLORS = ("#e0b59f", "#b4512d", "#6d2f18", "#8a8f98")
"""One for each budget."""
_WIDTH, _LEFT, _RIGHT = 760, 210, 20
_TOP, _ROW, _STEP, _FOOT = 64, 16, 10, 34
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_MOST_TICKS = 8


def draw_differences(results: LikelihoodResults) -> str:
    """Draw a row for each comparison and a dot for each budget, in nats a token."""
    budgets = list(results.budgets)
    names = list(dict.fromkeys(n for b in results.budgets.values() for n in b.differences))
    marks = {
        (row, column): results.budgets[budget].differences[name]
        for row, name in enumerate(names)
        for column, budget in enumerate(budgets)
        if name in results.budgets[budget].differences
    }
    tall = _ROW + _STEP * len(budgets)
    height = _TOP + tall * len(names) + _FOOT
    title = f"{', '.join(results.characters)}: gain in nats a token, {results.model}"
    parts = [
        svg_text(8, 18, title, weight="bold"),
        *_legend(budgets),
        *(svg_text(8, _TOP + tall * (row + 0.5), name) for row, name in enumerate(names)),
        *_panel(marks, tall, len(names)),
    ]
    return svg_page(_WIDTH, height, parts)


def _panel(marks: dict[tuple[int, int], Difference], tall: float, rows: int) -> Iterator[str]:
    ends = [end for of in marks.values() for end in (of.nats_a_token.low, of.nats_a_token.high)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    margin = 0.05 * (high - low) or 0.01
    low, high = low - margin, high + margin

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - low) / (high - low)

    bottom = _TOP + tall * rows
    step = next((tick for tick in _TICKS if (high - low) / tick <= _MOST_TICKS), high - low)
    for number in range(int(low / step), int(high / step) + 1):
        tick = number * step
        yield svg_line(x(tick), _TOP, x(tick), bottom, FAINT if number else INK)
        yield svg_text(x(tick), bottom + 18, f"{tick:+.2f}" if number else "0", anchor="middle")
    for (row, column), of in marks.items():
        y, color = _TOP + tall * row + _ROW / 2 + _STEP * (column + 0.5), _color(column)
        nats = of.nats_a_token
        yield svg_line(x(nats.low), y, x(nats.high), y, color)
        yield f'<circle cx="{x(nats.value):.1f}" cy="{y:.1f}" r="4" fill="{color}"/>'


def _legend(budgets: list[str]) -> Iterator[str]:
    for column, budget in enumerate(budgets):
        left = _LEFT + 120 * column
        label = f"{budget} tokens" if budget.isdecimal() else budget
        yield f'<circle cx="{left + 4}" cy="34" r="4" fill="{_color(column)}"/>'
        yield svg_text(left + 14, 38, label)


def _color(column: int) -> str:
    return _COLORS[column % len(_COLORS)]
