"""Compare two configurations at a terminal: ``offbook eval compare``."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.engines.catalogue import UnknownModelError
from app.engines.factory import EngineSettingsError
from app.engines.port import EngineError
from app.observability import configure_logging
from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.evaluation.compare.configurations import Configuration, read_configuration
from app.tools.evaluation.compare.pairwise import PairwiseJudge
from app.tools.evaluation.compare.report import write_results
from app.tools.evaluation.compare.run import CompareResults, compare
from app.tools.evaluation.compare.side import ComparePlan
from app.tools.evaluation.stored import find_subjects
from retrieval.errors import RetrievalError
from retrieval.ranking.weights import DEFAULT, load_weights

_SIDE = "A model's name, engine.model=NAME and the like, an address, or a file of settings."


def eval_compare_command(
    one: Annotated[str, typer.Argument(metavar="A", help=_SIDE)],
    other: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="CHARACTER...", help="Script files, or slugs of characters: one or several."
        ),
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
    alias: Annotated[
        list[str] | None, typer.Option(help="A further name of the cast, to mask in all lines.")
    ] = None,
    questions: Annotated[
        int, typer.Option(min=2, max=2_000, help="Most held-out questions of each character.")
    ] = 40,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the replies.")] = 1,
    concurrency: Annotated[
        int, typer.Option(min=1, max=256, help="Replies at once; speed is measured so, too.")
    ] = 1,
    likelihood: Annotated[
        bool, typer.Option(help="Score the true replies, where the engines can.")
    ] = True,
    selector: Annotated[
        str, typer.Option(help="k10, k9, or a file of `train-selector`.")
    ] = DEFAULT,
    embedder: Annotated[
        str, typer.Option(help="Of the classifiers; by default the service's.")
    ] = "",
    judge_url: Annotated[
        str, typer.Option(help="OpenAI-compatible; by default OFFBOOK_JUDGE__URL.")
    ] = "",
    judge_model: Annotated[
        str,
        typer.Option(
            help="By default OFFBOOK_JUDGE__MODEL; without an address, a pulled model of the "
            "catalogue. Without one nothing is judged."
        ),
    ] = "",
    penalty: Annotated[
        bool, typer.Option("--penalty", help="The judge also takes points for flaws, as CoSER's.")
    ] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Where characters are stored.")] = None,
    out: Annotated[
        Path, typer.Option(help="A folder; what is there is gone on with.", file_okay=False)
    ] = Path("build/eval/compare"),
) -> None:
    """Hold scenes out, let two configurations answer there, and compare what they say.

    Who of the cast says such a thing, how much of it is copied, how varied it is, and how likely
    either finds what was really said. A run that was stopped goes on where it was.
    """
    base = Settings() if data_dir is None else Settings(data_dir=data_dir)
    configure_logging(base.model_copy(update={"log_level": "warning"}))
    try:
        sides = _sides(one, other, data_dir)
        found = find_subjects(what, name or [], speaker or [], profile or [], base)
        plan = ComparePlan(
            weights=load_weights(selector),
            questions=questions,
            seed=seed,
            side_by_side=concurrency,
            with_likelihood=likelihood,
        )
        out.mkdir(parents=True, exist_ok=True)
        subjects = [replace(each, aliases=(*each.aliases, *(alias or []))) for each in found]
        named = {"url": judge_url, "model": judge_model}
        judge = base.judge.model_copy(update={key: value for key, value in named.items() if value})
        names = (sides[0].name, sides[1].name)
        pairwise = PairwiseJudge(judge, base, subjects, names, out, _say, penalty=penalty)
        results = asyncio.run(_compare(sides, subjects, plan, base, out, embedder, pairwise))
    except (EvaluationError, RetrievalError, UnknownModelError, EngineSettingsError) as error:
        _say(str(error))
        raise typer.Exit(1) from error
    except EngineError as error:
        _say(f"The engine does not answer: {error} What was measured so far is kept in {out}.")
        raise typer.Exit(1) from error
    text = f"{write_results(results, out)}\n\nWritten to {out}"
    Console(highlight=False).print(text, markup=False, soft_wrap=True)


async def _compare(
    sides: tuple[Configuration, Configuration],
    subjects: list[BenchmarkCharacter],
    plan: ComparePlan,
    base: Settings,
    out: Path,
    embedder: str,
    pairwise: PairwiseJudge,
) -> CompareResults:
    if pairwise.is_configured:
        await pairwise.admit()
    verdicts = pairwise if pairwise.is_configured else None
    return await compare(
        *sides, subjects, plan, base, out, _say, embedder=embedder, give_verdicts=verdicts
    )


def _sides(one: str, other: str, data_dir: Path | None) -> tuple[Configuration, Configuration]:
    first, second = read_configuration(one, data_dir), read_configuration(other, data_dir)
    if first.name == second.name:
        raise EvaluationError(f"{one} and {other} are the same: there is nothing to compare.")
    return first, second


def _say(line: str) -> None:
    Console(stderr=True, highlight=False).print(line, markup=False, soft_wrap=True)
