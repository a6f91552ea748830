"""Make datasets at a terminal: ``offbook dataset sft`` and ``offbook dataset dpo``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from app.db.problems import explain
from app.engines.catalogue import UnknownModelError
from app.engines.factory import EngineSettingsError
from app.engines.port import EngineError
from app.observability import configure_logging
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.datasets.errors import DatasetError
from app.tools.datasets.options import (
    Base,
    DataDir,
    Embedder,
    Layouts,
    LeastLetters,
    LeastReward,
    Licence,
    MostTokens,
    Name,
    NearDuplicates,
    Overwrite,
    Profile,
    RewardModel,
    RewardUrl,
    Seed,
    Selector,
    Speaker,
    Tokens,
    Validation,
    What,
    asked_for,
    check_pairs,
    read_questions,
    read_sources,
    read_wanted,
)
from app.tools.datasets.plan import DatasetPlan
from app.tools.datasets.replies import Bounds
from app.tools.datasets.rows import OF_KIND
from app.tools.datasets.run import make_dataset
from retrieval.errors import RetrievalError
from retrieval.ranking.weights import DEFAULT

dataset_commands = typer.Typer(help="Datasets to fine-tune a model on.", no_args_is_help=True)


@dataset_commands.command("sft")
def sft_command(
    what: What = None,
    name: Name = None,
    speaker: Speaker = None,
    profile: Profile = None,
    licence: Licence = None,
    sources: Annotated[
        str, typer.Option("--from", help=f"Of {', '.join(OF_KIND['sft'])}.")
    ] = "scripts,edits,choices",
    layout: Layouts = None,
    base: Base = "",
    validation: Validation = 0.1,
    seed: Seed = 1,
    least_letters: LeastLetters = 2,
    most_tokens: MostTokens = 400,
    most: Annotated[int | None, typer.Option(min=1, help="Most lines of a character.")] = None,
    near_duplicates: NearDuplicates = False,
    least_likelihood: Annotated[
        float | None,
        typer.Option(
            max=0,
            help="Drop true lines that the engine finds less likely: mean log-probability of a "
            "token, such as -6.",
        ),
    ] = None,
    reward_url: RewardUrl = "",
    reward_model: RewardModel = "BaichuanCharRM",
    least_reward: LeastReward = 0.0,
    tokens: Tokens = "auto",
    embedder: Embedder = "",
    selector: Selector = DEFAULT,
    data_dir: DataDir = None,
    overwrite: Overwrite = False,
    out: Annotated[Path, typer.Option(help="A new folder.", file_okay=False)] = Path(
        "build/dataset"
    ),
) -> None:
    """Write prompts and answers: what characters really said, and what people preferred.

    Each prompt is composed as a turn composes it, with retrieved lines of other scenes.
    """
    bounds = Bounds(
        least_letters=least_letters,
        most_tokens=most_tokens,
        near_duplicates=near_duplicates,
        most=most,
    )
    with _Sentences():
        chosen = read_sources(sources, "sft")
        plan = DatasetPlan(
            kind="sft",
            sources=chosen,
            wanted=read_wanted(what, name, speaker, profile, licence, chosen),
            out=out.resolve(),
            overwrite=overwrite,
            layout=layout,
            base=base,
            validation=validation,
            seed=seed,
            bounds=bounds,
            least_likelihood=least_likelihood,
            reward_url=reward_url,
            reward_model=reward_model,
            least_reward=least_reward,
            tokens=tokens,
            embedder=embedder,
            selector=selector,
        )
        _make(plan, data_dir)


@dataset_commands.command("dpo")
def dpo_command(
    what: What = None,
    name: Name = None,
    speaker: Speaker = None,
    profile: Profile = None,
    licence: Licence = None,
    sources: Annotated[
        str,
        typer.Option(
            "--from",
            help=f"Of {', '.join(OF_KIND['dpo'])}; by default edits and choices, and what "
            "the options below ask for.",
        ),
    ] = "",
    generate: Annotated[
        int,
        typer.Option(
            min=0,
            max=100_000,
            help="Lines of each character for which the engine writes a reply of its own. What it "
            "wrote is kept beside the folder, and a stopped run goes on.",
        ),
    ] = 0,
    instruction: Annotated[
        str,
        typer.Option(
            help="Shapes the chosen replies, such as how the character refuses; the rejected ones "
            "are written without it, and the prompts do not have it."
        ),
    ] = "",
    questions: Annotated[
        Path | None,
        typer.Option(help="What users ask then, a question a line.", dir_okay=False),
    ] = None,
    layout: Layouts = None,
    base: Base = "",
    validation: Validation = 0.1,
    seed: Seed = 1,
    least_letters: LeastLetters = 2,
    most_tokens: MostTokens = 400,
    near_duplicates: NearDuplicates = False,
    reward_url: RewardUrl = "",
    reward_model: RewardModel = "BaichuanCharRM",
    least_reward: LeastReward = 0.0,
    tokens: Tokens = "auto",
    embedder: Embedder = "",
    selector: Selector = DEFAULT,
    data_dir: DataDir = None,
    overwrite: Overwrite = False,
    out: Annotated[Path, typer.Option(help="A new folder.", file_okay=False)] = Path(
        "build/dataset-dpo"
    ),
) -> None:
    """Write prompts with a chosen and a rejected answer.

    Chosen over not chosen, edited over written, the true line over the model's own, and a reply
    that an instruction shaped over one without it.
    """
    bounds = Bounds(
        least_letters=least_letters, most_tokens=most_tokens, near_duplicates=near_duplicates
    )
    with _Sentences():
        asked = read_questions(questions)
        chosen = read_sources(sources or asked_for(generate, instruction), "dpo")
        plan = DatasetPlan(
            kind="dpo",
            sources=chosen,
            wanted=read_wanted(what, name, speaker, profile, licence, chosen),
            out=out.resolve(),
            overwrite=overwrite,
            layout=layout,
            base=base,
            validation=validation,
            seed=seed,
            bounds=bounds,
            generate=generate,
            instruction=instruction.strip(),
            questions=asked,
            reward_url=reward_url,
            reward_model=reward_model,
            least_reward=least_reward,
            tokens=tokens,
            embedder=embedder,
            selector=selector,
        )
        check_pairs(plan)
        _make(plan, data_dir)


class _Sentences:
    """End the command with a sentence where something is wrong that an operator can change."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(
            error,
            (
                DatasetError,
                EvaluationError,
                RetrievalError,
                UnknownModelError,
                EngineSettingsError,
            ),
        ):
            _say(str(error))
            raise typer.Exit(1) from error
        if isinstance(error, EngineError):
            _say(f"The engine does not answer: {error} What it answered so far is kept.")
            raise typer.Exit(1) from error
        if isinstance(error, OSError) and error.strerror:
            _say(f"{error.filename or 'The folder'} cannot be written: {error.strerror}.")
            raise typer.Exit(1) from error


def _make(plan: DatasetPlan, data_dir: Path | None) -> None:
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    try:
        text = make_dataset(plan, settings, _say)
    except DBAPIError as error:
        sentence = explain(error, make_url(settings.database_url))
        if sentence is None:
            raise
        raise DatasetError(sentence) from error
    console = Console(highlight=False)
    console.print(f"{text}\n\nWritten to {plan.out}", markup=False, soft_wrap=True)


def _say(line: str) -> None:
    Console(stderr=True, highlight=False).print(line, markup=False, soft_wrap=True)
