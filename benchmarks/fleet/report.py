"""Print a run: figures of the fleet beside those of one process, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.tools.bench.environment import date, machine
from app.tools.bench.figures import spread
from benchmarks.fleet.judge import Verdict
from benchmarks.fleet.meters import Costs
from benchmarks.fleet.talk import Talk
from benchmarks.fleet.trouble import Trouble

_KINDS = ("web", "worker", "all", "nginx", "pgbouncer", "postgresql", "router", "engine")


@dataclass(frozen=True, slots=True)
class Measured:
    """Hold what one system did."""

    talk: Talk
    costs: Costs
    verdict: Verdict


def describe(fleet: Measured, alone: Measured | None, trouble: Trouble) -> str:
    """Return the report of a run."""
    columns = [_column(fleet)] + ([_column(alone)] if alone else [])
    heads = ["fleet"] + (["one process"] if alone else [])
    width = max(len(name) for name in columns[0])
    lines = [machine(), date(), "", _row("", heads, width)]
    lines += [_row(name, [each.get(name, "") for each in columns], width) for name in columns[0]]
    lines += ["", "Trouble made:", *trouble.notes, ""]
    lines += [f"Turns that a killed process had: {_excused(fleet.verdict)}"]
    faults = [*trouble.faults, *fleet.verdict.faults]
    if alone is not None:
        faults += [f"one process: {each}" for each in alone.verdict.faults]
    lines += ["Faults:", *faults] if faults else ["No faults."]
    return "\n".join(lines)


def _column(measured: Measured) -> dict[str, str]:
    talk, costs = measured.talk, measured.costs
    good = [turn for turn in talk.turns if turn.succeeded]
    first = [(turn.first - turn.sent) * 1_000 for turn in good if turn.first is not None]
    figures = {
        "turns": f"{len(talk.turns):,}",
        "failed, excused by a kill": f"{sum(measured.verdict.excused.values())}",
        "acknowledged messages and replies": f"{measured.verdict.acknowledged:,}",
        "streams that broke and were followed": f"{talk.resumed}",
        "asked to come back (409, 429)": f"{talk.waits}",
        "first token p50 / p95": _spread(first, "ms"),
        "whole reply p50 / p95": _spread([turn.ended - turn.sent for turn in good], "s"),
        "cached share of prompt tokens": _cached(talk),
        "connections of PostgreSQL, most": f"{costs.connections}",
    }
    for kind in _KINDS:
        if kind in costs.cpu or (kind == "all" and "web" in costs.cpu):
            figures[f"CPU a turn, {_NAMES.get(kind, kind)}"] = _cost(costs, kind, len(good))
    return figures


_NAMES = {"all": "web and worker together"}


def _cost(costs: Costs, kind: str, turns: int) -> str:
    kinds = ("web", "worker", "all") if kind == "all" else (kind,)
    spent = sum(costs.cpu.get(each, 0.0) for each in kinds)
    return f"{spent / turns * 1_000:.1f} ms" if turns else "-"


def _cached(talk: Talk) -> str:
    known = [turn for turn in talk.turns if turn.cached_tokens is not None and turn.prompt_tokens]
    read = sum(turn.prompt_tokens for turn in known)
    return f"{100 * sum(t.cached_tokens or 0 for t in known) / read:.1f} %" if read else "unknown"


def _spread(values: Sequence[float], unit: str) -> str:
    found = spread(values)
    return f"{found.p50:.1f} / {found.p95:.1f} {unit}" if found else "-"


def _excused(verdict: Verdict) -> str:
    return ", ".join(f"{name}: {count}" for name, count in verdict.excused.items()) or "none"


def _row(name: str, values: Sequence[str], width: int) -> str:
    return f"{name:{width}}  " + "".join(f"{value:>20}" for value in values)
