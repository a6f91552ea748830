"""Draw the means of the metrics with their intervals as an SVG."""

from collections.abc import Iterator

from app.tools.evaluation.roleplay.metrics import HIGHEST, LOWEST
from app.tools.evaluation.roleplay.results import RoleplayResults
from app.tools.evaluation.svg import FAINT, svg_line, svg_page, svg_text
from retrieval.evaluation.intervals import Interval

_COLORS = {"conversation": "#3d4148", "character": "#b4512d", "attraction": "#6d2f18"}
_OTHER_COLOR = "#8a8f98"
_WIDTH, _LEFT, _RIGHT = 640, 220, 60
_TOP, _ROW = 50, 24


def draw_metrics(results: RoleplayResults) -> str:
    """Draw a row for each metric: a dot at the mean, and a line over its interval."""
    rows = [(f"{en} {of.zh}", of) for en, of in results.metrics.items()]
    bottom = _TOP + _ROW * len(rows)
    parts = [svg_text(8, 24, f"{results.identity.model}, by {results.scorer}", weight="bold")]
    for score in range(int(LOWEST), int(HIGHEST) + 1):
        parts.append(svg_line(_x(score), _TOP, _x(score), bottom, FAINT))
        parts.append(svg_text(_x(score), bottom + 18, str(score), anchor="middle"))
    for number, (label, figures) in enumerate(rows):
        y = _TOP + _ROW * (number + 0.5)
        parts.append(svg_text(8, y + 4, label))
        if figures.mean is not None:
            parts += _mark(figures.mean, y, _COLORS.get(figures.group, _OTHER_COLOR))
    return svg_page(_WIDTH, bottom + 30, parts)


def _mark(mean: Interval, y: float, color: str) -> Iterator[str]:
    yield svg_line(_x(mean.low), y, _x(mean.high), y, color)
    yield f'<circle cx="{_x(mean.value):.1f}" cy="{y:.1f}" r="4" fill="{color}"/>'
    yield svg_text(_WIDTH - _RIGHT + 12, y + 4, f"{mean.value:.2f}")


def _x(score: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (score - LOWEST) / (HIGHEST - LOWEST)
