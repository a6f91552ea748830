"""Draw shares with their intervals as an SVG."""

from collections.abc import Callable, Iterator, Sequence

from app.search.benchmark.run import CONTROLS, BenchmarkResults
from app.tools.evaluation.svg import FAINT, INK, svg_line, svg_page, svg_text
from retrieval.evaluation.intervals import Interval
from retrieval.evaluation.measures import Figures

_COLORS = ("#e0b59f", "#b4512d", "#6d2f18", "#8a8f98", "#3d4148")
"""One for each budget of tokens."""
_WIDTH, _LEFT, _GAP = 760, 130, 40
_TOP, _ROW, _STEP = 64, 14, 10
_LOWEST, _HIGHEST = -40.0, 100.0
"""Bounds of drawn intervals, in per cent; those of a small script are wider."""
_PANEL = (_WIDTH - _LEFT - _GAP) / 2

Share = Callable[[Figures], Interval]


def draw_shares(results: BenchmarkResults) -> str:
    """Draw two panels, gap share and lift share; a row for each mode, a dot for each budget.

    The oracle is left out: it is 100 by definition.
    """
    budgets = list(results.budgets)
    names = [name for name in results.budgets[budgets[0]] if name != "oracle"]
    tall = _ROW + _STEP * len(budgets)
    height = _TOP + tall * len(names) + 30
    parts = [
        svg_text(_LEFT, 18, f"{results.name}: {results.questions} held-out queries", weight="bold"),
        *_legend(budgets),
        *(svg_text(8, _TOP + tall * (row + 0.5), _label(name)) for row, name in enumerate(names)),
    ]
    shares: tuple[tuple[str, Share], ...] = (
        ("gap share, %", lambda of: of.gap_share),
        ("lift share, %", lambda of: of.lift_share),
    )
    for panel, (title, share) in enumerate(shares):
        left = _LEFT + panel * (_PANEL + _GAP)
        marks = [[share(results.budgets[budget][name]) for budget in budgets] for name in names]
        parts += _panel(left, title, marks, tall)
    return svg_page(_WIDTH, height, parts)


def _panel(
    left: float, title: str, marks: Sequence[Sequence[Interval]], tall: float
) -> Iterator[str]:
    ends = [end * 100 for row in marks for mark in row for end in (mark.low, mark.high)]
    values = [mark.value * 100 for row in marks for mark in row]
    low, high = (
        min(max(min(ends), _LOWEST), *values) - 5,
        max(min(max(ends), _HIGHEST), *values) + 5,
    )

    def x(value: float) -> float:
        return left + _PANEL * (min(max(value, low), high) - low) / (high - low)

    bottom = _TOP + tall * len(marks)
    yield svg_text(left, _TOP - 10, title)
    for tick in range(int(low // 20) * 20 + 20, int(high) + 1, 20):
        yield svg_line(x(tick), _TOP, x(tick), bottom, INK if tick == 0 else FAINT)
        yield svg_text(x(tick), bottom + 16, str(tick), anchor="middle")
    for row, mark_row in enumerate(marks):
        for column, mark in enumerate(mark_row):
            y = _TOP + tall * row + _ROW / 2 + _STEP * (column + 0.5)
            color = _COLORS[column % len(_COLORS)]
            yield svg_line(x(mark.low * 100), y, x(mark.high * 100), y, color)
            yield f'<circle cx="{x(mark.value * 100):.1f}" cy="{y:.1f}" r="4" fill="{color}"/>'


def _legend(budgets: Sequence[int]) -> Iterator[str]:
    for column, budget in enumerate(budgets):
        left = _LEFT + 110 * column
        color = _COLORS[column % len(_COLORS)]
        yield f'<circle cx="{left + 4}" cy="34" r="4" fill="{color}"/>'
        yield svg_text(left + 14, 38, f"{budget} tokens")


def _label(name: str) -> str:
    return f"({name})" if name in CONTROLS else name.replace("_", " ")
