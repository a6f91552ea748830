"""Run the likelihood benchmark at a terminal: ``offbook eval likelihood``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.engines.catalogue import UnknownModelError
from app.engines.factory import EngineSettingsError
from app.engines.port import EngineError
from app.likelihood.contexts import CONTEXTS, ContextName
from app.likelihood.results import SERVICE
from app.likelihood.run import LikelihoodPlan
from app.likelihood.scores import Budget
from app.observability import configure_logging
from app.search.benchmark.errors import EvaluationError
from app.search.embedders import load_embedder
from app.settings import Settings
from app.tools.evaluation.counting import started_engine
from app.tools.evaluation.likelihood.report import write_results
from app.tools.evaluation.likelihood.run import measure
from app.tools.evaluation.stored import find_subjects
from app.tools.evaluation.transformers_scorer import transformers_scorer
from retrieval.errors import RetrievalError
from retrieval.ranking.weights import DEFAULT, load_weights

_MOST_BUDGET = 32_000


def eval_likelihood_command(
    what: Annotated[
        list[str], typer.Argument(help="Script files, or slugs of characters: one or several.")
    ],
    name: Annotated[
        list[str] | None,
        typer.Option(help="The character of each script file, in order; by default the file's."),
    ] = None,
    speaker: Annotated[
        list[str] | None,
        typer.Option(help="The speaker of each script file, where it is not the name."),
    ] = None,
    profile: Annotated[
        list[Path] | None,
        typer.Option(help="A text file with the profile of each, in order.", dir_okay=False),
    ] = None,
    budgets: Annotated[
        str, typer.Option(help=f"Tokens of examples, or {SERVICE}: what the service sends.")
    ] = f"500,1000,{SERVICE}",
    contexts: Annotated[str, typer.Option(help=f"Of {', '.join(CONTEXTS)}.")] = ",".join(CONTEXTS),
    questions: Annotated[
        int, typer.Option(min=1, help="Most held-out replies of each character.")
    ] = 60,
    choices: Annotated[
        int, typer.Option(min=0, help="Of them, compared with seven other lines each.")
    ] = 20,
    selector: Annotated[
        str, typer.Option(help="k10, k9, or a file of `train-selector`.")
    ] = DEFAULT,
    embedder: Annotated[str, typer.Option(help="By default the service's.")] = "",
    data_dir: Annotated[Path | None, typer.Option(help="Where characters are stored.")] = None,
    transformers: Annotated[
        bool,
        typer.Option(
            "--transformers",
            help="Score with transformers instead of llama.cpp's server: faster on a processor "
            "with AVX-512 BF16.",
        ),
    ] = False,
    out: Annotated[Path, typer.Option(help="A folder.", file_okay=False)] = Path("build/eval"),
) -> None:
    """Hold scenes out and measure how likely the model finds what was really said there.

    The configured engine scores every held-out reply, after prompts that show it different lines.
    A run that was stopped goes on where it was when it is called again.
    """
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    try:
        subjects = find_subjects(what, name or [], speaker or [], profile or [], settings)
        plan = LikelihoodPlan(
            weights=load_weights(selector),
            retrieval=settings.retrieval,
            prompt=settings.prompt,
            contexts=_contexts(contexts),
            budgets=_budgets(budgets),
            choices=choices,
        )
        out.mkdir(parents=True, exist_ok=True)
        used = load_embedder(settings.embedder, embedder)
        scoring = transformers_scorer(settings) if transformers else started_engine(settings)
        results = asyncio.run(measure(subjects, plan, used, scoring, questions, out, _say))
    except (EvaluationError, RetrievalError, UnknownModelError, EngineSettingsError) as error:
        _say(str(error))
        raise typer.Exit(1) from error
    except EngineError as error:
        _say(f"The engine does not answer: {error} What was measured so far is kept in {out}.")
        raise typer.Exit(1) from error
    _print(f"{write_results(results, out)}\n\nWritten to {out}")


def _say(line: str) -> None:
    Console(stderr=True, highlight=False).print(line, markup=False, soft_wrap=True)


def _print(text: str) -> None:
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


def _contexts(text: str) -> list[ContextName]:
    wanted = list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    unknown = [each for each in wanted if each not in CONTEXTS]
    if unknown or not wanted:
        raise EvaluationError(f"no context {', '.join(unknown)}; there are {', '.join(CONTEXTS)}")
    return [context for context in CONTEXTS if context in wanted]


def _budgets(text: str) -> list[Budget]:
    parts = list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    for part in parts:
        if part != SERVICE and not (part.isdecimal() and 0 < int(part) <= _MOST_BUDGET):
            raise EvaluationError(
                f"a budget is a number of tokens from 1 to {_MOST_BUDGET}, or {SERVICE}: {part!r}"
            )
    if not parts:
        raise EvaluationError("no budget is given")
    return [None if part == SERVICE else int(part) for part in parts]
