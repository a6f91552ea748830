"""Draw the means of the metrics with their intervals as an SVG."""

from collections.abc import Iterator

from app.tools.evaluation.roleplay.metrics import SCALES
from app.tools.evaluation.roleplay.results import RoleplayResults
from app.tools.evaluation.svg import FAINT, svg_line, svg_page, svg_text
from retrieval.evaluation.intervals import Interval

_COLORS = {"conversation": "#3d4148", "character": "#b4512d", "attraction": "#6d2f18"}
_TICKS = 4
"""Steps of the scale."""
_OTHER_COLOR = "#8a8f98"
_WIDTH, _LEFT, _RIGHT = 640, 220, 60
_TOP, _ROW = 50, 24


def draw_metrics(results: RoleplayResults) -> str:
    """Draw a row for each metric: a dot at the mean, and a line over its interval."""
    rows = [(f"{en} {of.zh}", of) for en, of in results.metrics.items()]
    bottom = _TOP + _ROW * len(rows)
    parts = [svg_text(8, 24, f"{results.identity.model}, by {results.scorer}", weight="bold")]
    low, high = SCALES[results.protocol]
    for tick in range(_TICKS + 1):
        score = low + (high - low) * tick / _TICKS
        x = _x(score, low, high)
        parts.append(svg_line(x, _TOP, x, bottom, FAINT))
        parts.append(svg_text(x, bottom + 18, f"{score:.0f}", anchor="middle"))
    for number, (label, figures) in enumerate(rows):
        y = _TOP + _ROW * (number + 0.5)
        parts.append(svg_text(8, y + 4, label))
        if figures.mean is not None:
            color = _COLORS.get(figures.group, _OTHER_COLOR)
            parts += _mark(figures.mean, y, color, low, high)
    return svg_page(_WIDTH, bottom + 30, parts)


def _mark(mean: Interval, y: float, color: str, low: float, high: float) -> Iterator[str]:
    begin, at, end = (_x(each, low, high) for each in (mean.low, mean.value, mean.high))
    yield svg_line(begin, y, end, y, color)
    yield f'<circle cx="{at:.1f}" cy="{y:.1f}" r="4" fill="{color}"/>'
    yield svg_text(_WIDTH - _RIGHT + 12, y + 4, f"{mean.value:.2f}")


def _x(score: float, low: float, high: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (score - low) / (high - low)
