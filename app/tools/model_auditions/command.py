"""Hear models for a character at a terminal: ``offbook audition``."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.engines.port import EngineError
from app.observability import configure_logging
from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.evaluation.compare.side import ComparePlan
from app.tools.evaluation.stored import find_subjects, titles_of
from app.tools.model_auditions.candidates import (
    ReadyCandidate,
    RefusedCandidate,
    check_candidate,
    parse_candidates,
    registered_adapters,
)
from app.tools.model_auditions.held_out import LEAST, HeldOutStore, common_held_out
from app.tools.model_auditions.report import write_results
from app.tools.model_auditions.run import AuditionResults, hear_candidates
from retrieval.errors import RetrievalError
from retrieval.ranking.weights import DEFAULT, load_weights


def audition_command(
    what: Annotated[
        str, typer.Argument(metavar="CHARACTER", help="A script file, or the slug of a character.")
    ],
    models: Annotated[
        str,
        typer.Option(help="Names of the catalogue, also as MODEL+ADAPTER, separated by commas."),
    ],
    name: Annotated[
        str, typer.Option(help="The character's name in a script file; by default the file's.")
    ] = "",
    speaker: Annotated[
        str, typer.Option(help="Its speaker in the script file, where that is not the name.")
    ] = "",
    profile: Annotated[
        Path | None, typer.Option(help="A text file with its profile.", dir_okay=False)
    ] = None,
    questions: Annotated[
        int, typer.Option(min=LEAST, max=2_000, help="Most held-out replies.")
    ] = 40,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the replies.")] = 1,
    concurrency: Annotated[
        int, typer.Option(min=1, max=256, help="Replies at once; speed is measured so, too.")
    ] = 1,
    selector: Annotated[
        str, typer.Option(help="k10, k9, or a file of `train-selector`.")
    ] = DEFAULT,
    embedder: Annotated[
        str, typer.Option(help="Of the classifier; by default the service's.")
    ] = "",
    data_dir: Annotated[Path | None, typer.Option(help="Where characters are stored.")] = None,
    out: Annotated[
        Path, typer.Option(help="A folder; what is there is gone on with.", file_okay=False)
    ] = Path("build/eval/audition"),
) -> None:
    """Let models and adapters answer at the same held-out places of a script, and recommend one.

    How likely each finds what was really said, whether its replies are the character's or copied,
    how fast it is, how much memory it takes, and its licence. A run that was stopped goes on.
    """
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    try:
        profiles = [] if profile is None else [profile]
        names, speakers = ([each] if each else [] for each in (name, speaker))
        [subject] = find_subjects([what], names, speakers, profiles, settings)
        candidates = _candidates(models, settings)
        plan = ComparePlan(
            weights=load_weights(selector),
            questions=questions,
            seed=seed,
            side_by_side=concurrency,
            with_likelihood=True,
            with_gain=True,
        )
        out.mkdir(parents=True, exist_ok=True)
        store = _store(candidates, subject, titles_of(what, settings), questions)
        results = asyncio.run(_hear(candidates, subject, plan, store, settings, out, embedder))
    except (EvaluationError, RetrievalError) as error:
        _say(str(error))
        raise typer.Exit(1) from error
    except EngineError as error:
        _say(f"The engine does not answer: {error} What was measured so far is kept in {out}.")
        raise typer.Exit(1) from error
    text = f"{write_results(results, out)}\n\nWritten to {out}"
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


async def _hear(
    candidates: list[ReadyCandidate | RefusedCandidate],
    subject: BenchmarkCharacter,
    plan: ComparePlan,
    store: HeldOutStore,
    settings: Settings,
    out: Path,
    embedder: str,
) -> AuditionResults:
    return await hear_candidates(
        candidates, subject, plan, store, settings, out, _say, embedder=embedder
    )


def _candidates(models: str, settings: Settings) -> list[ReadyCandidate | RefusedCandidate]:
    named = parse_candidates(models)
    with_adapter = any(each.adapter for each in named)
    adapters = asyncio.run(registered_adapters(settings)) if with_adapter else {}
    return [check_candidate(each, settings, adapters) for each in named]


def _store(
    candidates: list[ReadyCandidate | RefusedCandidate],
    subject: BenchmarkCharacter,
    titles: list[str],
    questions: int,
) -> HeldOutStore:
    cards = [
        each.adapter.card
        for each in candidates
        if isinstance(each, ReadyCandidate) and each.adapter is not None
    ]
    held_out = common_held_out(cards, subject, titles)
    held_out.check_enough(subject, LEAST)
    return HeldOutStore(held_out, questions, _say)


def _say(line: str) -> None:
    Console(stderr=True, highlight=False).print(line, markup=False, soft_wrap=True)
