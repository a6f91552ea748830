"""Write a run to disk: figures as JSON, tables as Markdown."""

import json
from dataclasses import asdict
from typing import Any

from app.tools.bench.environment import date, machine
from app.tools.bench.goals import goals_of
from app.tools.bench.options import BenchOptions
from app.tools.bench.results import Level, LoadResults
from app.tools.bench.tables import goal_table, load_table, memory_table


def _markdown(options: BenchOptions, results: LoadResults) -> str:
    about = f"{machine()}; {date()}. {_circumstances(options)}"
    tables = (load_table(results), memory_table(results), goal_table(results))
    return "\n\n".join(filter(None, (about, *tables))) + "\n"


def write_report(options: BenchOptions, results: LoadResults) -> str:
    """Write ``report.json`` and ``report.md`` to the folder of the options; return the latter."""
    options.out.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": machine(),
        "date": date(),
        "options": {**asdict(options), "database_url": _kind(options.database_url)},
        "levels": [_with_derived(level) for level in results.levels],
        "idle": asdict(results.idle) if results.idle else None,
        "soak": (
            {**asdict(results.soak), "growth_mb_per_minute": results.soak.growth_mb_per_minute}
            if results.soak
            else None
        ),
        "goals": [{**asdict(goal), "met": goal.met} for goal in goals_of(results)],
    }
    text = json.dumps(content, ensure_ascii=False, indent=2, default=str)
    (options.out / "report.json").write_text(text + "\n", encoding="utf-8")
    table = _markdown(options, results)
    (options.out / "report.md").write_text(table, encoding="utf-8")
    return table


def _with_derived(level: Level) -> dict[str, Any]:
    return {
        **asdict(level),
        "added_first_token_ms": level.added_first_token_ms,
        "throughput_share": level.throughput_share,
    }


def _circumstances(options: BenchOptions) -> str:
    pace = f" at {options.tokens_per_second:g} tokens/s a stream"
    engine = options.engine + (pace if options.engine == "scripted" else "")
    return (
        f"Engine {engine}, replies of {options.reply_tokens} tokens, embedder {options.embedder}, "
        f"{_kind(options.database_url)}, {options.scenario.think_seconds:g} s between turns."
    )


def _kind(database_url: str | None) -> str:
    """Return the kind of a database, without the rest of its URL: it may hold a password."""
    return "SQLite" if database_url is None else database_url.partition(":")[0]
