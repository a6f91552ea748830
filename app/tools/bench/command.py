"""Run a benchmark at a terminal: ``offbook bench``."""

import asyncio
import importlib.util
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from app.tools.bench.corpus import chosen_corpus
from app.tools.bench.errors import BenchError
from app.tools.bench.options import BenchOptions, EngineKind
from app.tools.bench.scenario import Scenario

_NEEDED = ("matplotlib", "psutil")


def bench_command(
    engine: Annotated[
        EngineKind, typer.Option(help="embedded and openai: as OFFBOOK_ENGINE__... say.")
    ] = "scripted",
    chatters: Annotated[
        list[int] | None,
        typer.Option(min=1, max=1_000, help="At once; more than one: --chatters 1 --chatters 64."),
    ] = None,
    turns: Annotated[int, typer.Option(min=1, max=100, help="Of each conversation.")] = 4,
    think: Annotated[
        float, typer.Option(min=0, max=600, help="Seconds before each message, on average.")
    ] = 2.0,
    reply_tokens: Annotated[int, typer.Option(min=1, max=2_000, help="At most.")] = 200,
    tokens_per_second: Annotated[
        float, typer.Option(min=0.1, max=10_000, help="Of each stream of the scripted engine.")
    ] = 50.0,
    embedder: Annotated[
        str, typer.Option(help="hashing costs nothing: what is left is the service.")
    ] = "bundled",
    script: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="By default a sample.")
    ] = None,
    name: Annotated[str, typer.Option(help="Who to talk to in it; by default its name.")] = "",
    profile: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Of the character.")
    ] = None,
    idle: Annotated[int, typer.Option(min=0, max=100_000, help="Idle conversations.")] = 0,
    soak: Annotated[float, typer.Option(min=0, help="Seconds under the largest load.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the pauses and messages.")] = 1,
    database_url: Annotated[
        str | None, typer.Option(help="An empty database; by default SQLite.")
    ] = None,
    out: Annotated[Path, typer.Option(file_okay=False, help="Of report and charts.")] = Path(
        "build/load"
    ),
    charts: Annotated[Literal["svg", "png"], typer.Option(help="Format.")] = "svg",
) -> None:
    """Put chatters on the service, and the same prompts straight on its engine."""
    console, err = Console(highlight=False), Console(stderr=True, highlight=False)
    options = BenchOptions(
        corpus=chosen_corpus(script, name, profile),
        scenario=Scenario(turns=turns, think_seconds=think, seed=seed),
        engine=engine,
        chatters=sorted(set(chatters or [1, 64])),
        reply_tokens=reply_tokens,
        tokens_per_second=tokens_per_second,
        embedder=embedder,
        database_url=database_url,
        idle_conversations=idle,
        soak_seconds=soak,
        out=out,
    )
    try:
        report = _measure(options, charts, err)
    except BenchError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    console.print(report, markup=False, soft_wrap=True)
    console.print(f"Written to {out}", markup=False, soft_wrap=True)


def _measure(options: BenchOptions, charts: Literal["svg", "png"], err: Console) -> str:
    missing = [module for module in _NEEDED if importlib.util.find_spec(module) is None]
    if missing:
        raise BenchError(f"{', '.join(missing)} is not installed: pip install -e '.[bench]'")
    # Imported once matplotlib and psutil are known to be installed.
    from app.tools.bench.charts import draw_charts  # noqa: PLC0415
    from app.tools.bench.report import write_report  # noqa: PLC0415
    from app.tools.bench.run import run  # noqa: PLC0415

    def say(line: str) -> None:
        err.print(line, markup=False)

    results = asyncio.run(run(options, say))
    table = write_report(options, results)
    draw_charts(results, options.out, charts)
    return table
