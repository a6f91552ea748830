"""Lay out the results of a run as Markdown tables."""

from collections.abc import Callable, Sequence

from app.tools.bench.figures import Spread
from app.tools.bench.goals import goals_of
from app.tools.bench.load_figures import LoadFigures
from app.tools.bench.results import Level, LoadResults
from app.tools.markdown import table

Row = tuple[str, Callable[[Level], str]]


def _ms(of: Spread | None) -> str:
    return "–" if of is None else f"{of.p50:.1f} / {of.p95:.1f}"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _errors(side: LoadFigures) -> str:
    return ", ".join(f"{count} × {name}" for name, count in side.errors.items()) or "0"


_ROWS: Sequence[Row] = (
    ("turns", lambda level: str(level.service.turns)),
    ("first token p50 / p95, service, ms", lambda level: _ms(level.service.first_token_ms)),
    ("first token p50 / p95, engine alone, ms", lambda level: _ms(level.engine.first_token_ms)),
    ("added p50, ms", lambda level: _number(level.added_first_token_ms, ".1f")),
    ("embedding p50 / p95, ms", lambda level: _ms(level.service.embed_ms)),
    ("between tokens p50 / p95, service, ms", lambda level: _ms(level.service.gap_ms)),
    ("between tokens p50 / p95, engine alone, ms", lambda level: _ms(level.engine.gap_ms)),
    ("tokens/s, service", lambda level: _number(level.service.tokens_per_second, ".1f")),
    ("tokens/s, engine alone", lambda level: _number(level.engine.tokens_per_second, ".1f")),
    ("service / engine alone", lambda level: _number(level.throughput_share, ".1%")),
    ("service's CPU s per 1,000 tokens", lambda level: f"{level.cpu_per_1000_tokens:.3f}"),
    ("load's CPU s per 1,000 tokens", lambda level: f"{level.load_cpu_per_1000_tokens:.3f}"),
    ("machine busy", lambda level: f"{level.machine_busy:.0%}"),
    ("cached prompt tokens, service", lambda level: _number(level.service.cached_share, ".0%")),
    ("cached prompt tokens, engine alone", lambda level: _number(level.engine.cached_share, ".0%")),
    ("errors, service", lambda level: _errors(level.service)),
    ("errors, engine alone", lambda level: _errors(level.engine)),
)


def load_table(results: LoadResults) -> str:
    """Return a table with a column for each number of chatters."""
    head = ["chatters", *(str(level.chatters) for level in results.levels)]
    return table([head, *([name, *map(cell, results.levels)] for name, cell in _ROWS)])


def memory_table(results: LoadResults) -> str:
    """Return the table of idle conversations and soak, empty where both were left out."""
    rows = [["memory of the service", "figure"]]
    if (idle := results.idle) is not None:
        change = f"{idle.before_mb:.0f} → {idle.after_mb:.0f} MB, {idle.cost_mb:+.1f} MB"
        what = f"{idle.conversations} idle conversations, {idle.errors} errors"
        rows.append([what, change])
    if (soak := results.soak) is not None:
        first, last = soak.memory[0][1], soak.memory[-1][1]
        what = f"{soak.chatters} chatters for {soak.seconds:.0f} s, {soak.turns} turns, "
        change = f"{first:.0f} → {last:.0f} MB, {soak.growth_mb_per_minute:+.2f} MB/min at the end"
        rows.append([f"{what}{soak.errors} errors", change])
    return table(rows) if len(rows) > 1 else ""


def goal_table(results: LoadResults) -> str:
    """Return the table of goals, empty where the run has figures for none."""
    rows = [["goal", "bound", "measured", ""]]
    for goal in goals_of(results):
        bound = f"{'≤' if goal.at_most else '≥'} {goal.bound:g} {goal.unit}"
        verdict = "met" if goal.met else "missed"
        rows.append([goal.name, bound, f"{goal.value:.1f} {goal.unit}", verdict])
    return table(rows) if len(rows) > 1 else ""
