"""Draw the results of a run as charts."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.tools.bench.figures import Spread
from app.tools.bench.load_figures import LoadFigures
from app.tools.bench.results import Level, LoadResults, Soak

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ChartFormat = Literal["svg", "png"]

_SERVICE, _ENGINE = "#b4512d", "#8a8f98"
_SIZE = (6.4, 3.6)
"""Inches."""
_DPI = 150
_BAR = 0.36
"""Width of a bar; groups of bars are 1 apart."""


def draw_charts(results: LoadResults, folder: Path, form: ChartFormat) -> list[Path]:
    """Draw one file a chart and return their paths; memory only where there was a soak."""
    charts: dict[str, Callable[[Axes], None]] = {
        "first-token": lambda axes: _first_token(axes, results.levels),
        "between-tokens": lambda axes: _between_tokens(axes, results.levels),
        "throughput": lambda axes: _throughput(axes, results.levels),
    }
    if (soak := results.soak) is not None:
        charts["memory"] = lambda axes: _memory(axes, soak)
    return [_save(draw, folder / f"{name}.{form}") for name, draw in charts.items()]


def _save(draw: "Callable[[Axes], None]", path: Path) -> Path:
    # Not pyplot, which would keep every figure and try to open a display.
    from matplotlib.figure import Figure  # noqa: PLC0415 (heavy, and of an extra)

    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    draw(axes)
    # Without a date, equal results make equal files.
    metadata = {"Date": None} if path.suffix == ".svg" else None
    figure.savefig(path, dpi=_DPI, metadata=metadata)
    return path


def _first_token(axes: "Axes", levels: Sequence[Level]) -> None:
    axes.set_title("Until the first token: median, and 95th percentile")
    axes.set_ylabel("ms")
    _bars(axes, levels, lambda side: _reach(side.first_token_ms))


def _between_tokens(axes: "Axes", levels: Sequence[Level]) -> None:
    axes.set_title("Between two tokens: median, and 95th percentile")
    axes.set_ylabel("ms")
    _bars(axes, levels, lambda side: _reach(side.gap_ms))


def _throughput(axes: "Axes", levels: Sequence[Level]) -> None:
    axes.set_title("Tokens a second, of all chatters together")
    axes.set_ylabel("tokens/s")
    _bars(axes, levels, lambda side: (side.tokens_per_second, 0.0))


def _memory(axes: "Axes", soak: Soak) -> None:
    axes.set_title(f"Memory of the service, {soak.chatters} chatters")
    axes.set_xlabel("minutes")
    axes.set_ylabel("MB")
    axes.plot([at / 60 for at, _ in soak.memory], [mb for _, mb in soak.memory], color=_SERVICE)
    axes.set_ylim(bottom=0)


def _reach(of: Spread | None) -> tuple[float, float]:
    """Return the height of a bar and the length of the whisker above it."""
    return (of.p50, of.p95 - of.p50) if of is not None else (0.0, 0.0)


def _bars(
    axes: "Axes",
    levels: Sequence[Level],
    reach: Callable[[LoadFigures], tuple[float, float]],
) -> None:
    sides = (
        ("service", _SERVICE, [reach(level.service) for level in levels]),
        ("engine alone", _ENGINE, [reach(level.engine) for level in levels]),
    )
    for shift, (label, color, reaches) in zip((-_BAR / 2, _BAR / 2), sides, strict=True):
        heights = [height for height, _ in reaches]
        positions = [at + shift for at in range(len(levels))]
        whiskers = [[0.0] * len(levels), [beyond for _, beyond in reaches]]
        axes.bar(positions, heights, _BAR, yerr=whiskers, label=label, color=color, capsize=3)
        for position, height in zip(positions, heights, strict=True):
            # Beside the whisker in the middle of the bar.
            axes.text(position + 0.02, height, f"{height:.1f}", ha="left", va="bottom")
    axes.set_xticks(range(len(levels)), [str(level.chatters) for level in levels])
    axes.set_xlabel("chatters")
    axes.legend(frameon=False)
