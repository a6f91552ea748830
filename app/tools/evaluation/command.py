"""Run the retrieval benchmark at a terminal: ``offbook eval retrieval``."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.observability import configure_logging
from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.modes import Choose
from app.search.benchmark.run import MODES, BenchmarkResults, evaluate
from app.search.benchmark.vectors import EmbeddingCache
from app.search.embedders import load_embedder
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.adapter import eval_adapter_command
from app.tools.evaluation.compare.command import eval_compare_command
from app.tools.evaluation.counting import Counted, TokensBy, counting
from app.tools.evaluation.likelihood.command import eval_likelihood_command
from app.tools.evaluation.report import write_results
from app.tools.evaluation.roleplay.command import eval_roleplay_command
from app.tools.evaluation.served import SERVED, Served, ServiceOptions
from app.tools.evaluation.stage.command import eval_leaks_command, eval_stage_command
from app.tools.evaluation.stored import find_subject
from app.tools.evaluation.timeline.command import eval_timeline_command
from retrieval.errors import RetrievalError
from retrieval.ranking.weights import DEFAULT, Weights, load_weights

eval_commands = typer.Typer(help="How well it does, in figures.", no_args_is_help=True)
eval_commands.command("adapter")(eval_adapter_command)
eval_commands.command("compare")(eval_compare_command)
eval_commands.command("likelihood")(eval_likelihood_command)
eval_commands.command("roleplay")(eval_roleplay_command)
eval_commands.command("timeline")(eval_timeline_command)
eval_commands.command("stage")(eval_stage_command)
eval_commands.command("leaks")(eval_leaks_command)

ALL = (*MODES, *SERVED)

_MOST_BUDGET = 32_000

Embedder = Annotated[str, typer.Option(help="By default the one that the service uses.")]
QueryLength = Annotated[
    int | None,
    typer.Option(min=10, help="Of the last lines, in CJK characters; by default the service's."),
]
Out = Annotated[Path, typer.Option(help="A folder.", file_okay=False)]


@eval_commands.command("retrieval")
def eval_retrieval_command(
    what: Annotated[str, typer.Argument(help="A script file, or the slug of a character.")],
    name: Annotated[
        str, typer.Option(help="The character's name in a script file; by default the file's.")
    ] = "",
    speaker: Annotated[
        list[str] | None, typer.Option(help="Its speakers, where they are not its name.")
    ] = None,
    budgets: Annotated[str, typer.Option(help="Tokens of examples.")] = "500,1000,2000",
    modes: Annotated[str, typer.Option(help=f"Of {', '.join(ALL)}.")] = ",".join(ALL),
    selector: Annotated[
        str, typer.Option(help="k10, k9, or a file of `train-selector`.")
    ] = DEFAULT,
    embedder: Embedder = "",
    query_length: QueryLength = None,
    tokens: Annotated[
        TokensBy,
        typer.Option(help="Count with the configured engine, estimate, or what can be done."),
    ] = "auto",
    data_dir: Annotated[Path | None, typer.Option(help="Where characters are stored.")] = None,
    out: Out = Path("build/eval"),
) -> None:
    """Hold scenes out and count how much of what was said there each mode finds."""
    err = Console(stderr=True, highlight=False)
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    try:
        length = query_length or settings.retrieval.max_query_length
        subject = replace(find_subject(what, name, speaker or [], settings), query_length=length)
        results = asyncio.run(
            _measure(
                subject,
                EmbeddingCache(load_embedder(settings.embedder, embedder)),
                load_weights(selector),
                _modes(modes),
                _budgets(budgets),
                settings,
                tokens,
                lambda line: err.print(line, markup=False, soft_wrap=True),
            )
        )
    except (EvaluationError, RetrievalError) as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    console = Console(highlight=False)
    console.print(write_results(results, out), markup=False, soft_wrap=True)
    console.print(f"\nWritten to {out}", markup=False, soft_wrap=True)


async def _measure(
    subject: BenchmarkCharacter,
    vectors: EmbeddingCache,
    weights: Weights,
    modes: Sequence[str],
    budgets: Sequence[int],
    settings: Settings,
    tokens: TokensBy,
    say: Say,
) -> BenchmarkResults:
    lines = [line for scene in subject.scenes for line in scene.lines]
    async with counting(settings, tokens, lines, say) as counted:
        return await asyncio.to_thread(
            evaluate,
            subject,
            vectors,
            weights,
            [mode for mode in modes if mode in MODES],
            budgets,
            say,
            costs=counted.costs,
            further=_served(modes, weights, settings, counted),
        )


def _served(
    modes: Sequence[str], weights: Weights, settings: Settings, counted: Counted
) -> dict[str, Choose]:
    options = ServiceOptions(
        limits=counted.limits, retrieval=settings.retrieval, prompt=settings.prompt
    )
    return {
        mode: Served(options, weights, continues=mode == "served_later")
        for mode in modes
        if mode in SERVED
    }


def _modes(text: str) -> list[str]:
    modes = list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    unknown = [mode for mode in modes if mode not in ALL]
    if unknown or not modes:
        raise EvaluationError(f"no mode {', '.join(unknown)}; there are {', '.join(ALL)}")
    return modes


def _budgets(text: str) -> list[int]:
    budgets = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and 0 < int(part) <= _MOST_BUDGET for part in budgets):
        raise EvaluationError(f"budgets are numbers of tokens from 1 to {_MOST_BUDGET}: {text!r}")
    return [int(part) for part in budgets]
