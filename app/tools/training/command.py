"""Learn the selector's weights at a terminal: ``offbook train-selector``."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from app.engines.catalogue import UnknownModelError
from app.engines.factory import EngineSettingsError
from app.engines.port import EngineError, ScoringEngine
from app.likelihood.contexts import FoldContexts
from app.likelihood.fingerprint import fingerprint
from app.likelihood.gains import TRIED, Gain, measure_gains
from app.likelihood.run import LikelihoodPlan
from app.observability import configure_logging
from app.search.benchmark.corpus import BenchmarkCharacter, Fold, read_subject
from app.search.benchmark.costs import PromptCosts
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.modes import Calibrations
from app.search.benchmark.run import embed_folds
from app.search.benchmark.vectors import EmbeddingCache
from app.search.embedders import load_embedder
from app.settings import Settings
from app.tools.evaluation.counting import count_from_threads, started_engine
from app.tools.evaluation.journal import Journal
from app.tools.evaluation.transformers_scorer import transformers_scorer
from app.tools.training.likelihood import WeightsByLikelihood, train_on_gains
from app.tools.training.report import gains_text, trained_text
from app.tools.training.selector import train
from retrieval.errors import RetrievalError
from retrieval.ranking.weights import Weights, load_weights

Objective = Literal["overlap", "likelihood"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scripts:
    """Hold the characters to learn from, by a name with their file's, and each one's script."""

    subjects: Mapping[str, BenchmarkCharacter]
    origins: Mapping[str, str]


def train_selector_command(
    scripts: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Script files.")
    ],
    name: Annotated[
        list[str] | None,
        typer.Option(help="The character of each script, in order; by default the file's name."),
    ] = None,
    objective: Annotated[
        Objective,
        typer.Option(
            help="What a good example is: one whose reply overlaps with the true one, or one that "
            "makes the configured engine find the true one likelier."
        ),
    ] = "overlap",
    questions: Annotated[
        int,
        typer.Option(
            min=1, help=f"For likelihood: replies of each character, scored {TRIED + 1} times each."
        ),
    ] = 40,
    transformers: Annotated[
        bool,
        typer.Option(
            "--transformers", help="For likelihood: score with transformers, faster on some CPUs."
        ),
    ] = False,
    out: Annotated[Path, typer.Option(dir_okay=False, help="The file to write.")] = Path(
        "selector.json"
    ),
    embedder: Annotated[str, typer.Option(help="By default the one that the service uses.")] = "",
    query_length: Annotated[
        int | None,
        typer.Option(
            min=10, help="Of the last lines, in CJK characters; by default the service's."
        ),
    ] = None,
) -> None:
    """Learn the selector's weights from scripts, by the method of docs/retrieval.md.

    A script may be given several times, with another character each time. Scores of an engine are
    kept beside the file, in OUT.jsonl: a stopped run goes on where it was.
    """
    settings = Settings()
    configure_logging(settings.model_copy(update={"log_level": "warning"}))
    try:
        length = query_length or settings.retrieval.max_query_length
        given = _read(scripts, name or [], length)
        vectors = EmbeddingCache(load_embedder(settings.embedder, embedder))
        if objective == "likelihood":
            scoring = transformers_scorer(settings) if transformers else started_engine(settings)
            learned = asyncio.run(_by_likelihood(given, vectors, scoring, settings, questions, out))
            weights, text = learned.weights, gains_text(learned)
        else:
            weights, text = _by_overlap(given, vectors, out.stem)
    except (
        EvaluationError,
        RetrievalError,
        UnknownModelError,
        EngineSettingsError,
        EngineError,
    ) as error:
        _say(str(error))
        raise typer.Exit(1) from error
    out.write_text(weights.dump(), encoding="utf-8")
    console = Console(highlight=False)
    console.print(text, markup=False, soft_wrap=True)
    console.print(
        f"\nWritten to {out}; OFFBOOK_RETRIEVAL__SELECTOR={out} selects it.",
        markup=False,
        soft_wrap=True,
    )


def _say(line: str) -> None:
    Console(stderr=True, highlight=False).print(line, markup=False, soft_wrap=True)


def _read(scripts: Sequence[Path], names: Sequence[str], query_length: int) -> _Scripts:
    if len(names) > len(scripts):
        raise EvaluationError(f"{len(names)} names, and {len(scripts)} scripts")
    named = [*names, *(path.stem for path in scripts[len(names) :])]
    subjects, origins = {}, {}
    for path, who in zip(scripts, named, strict=True):
        subject = replace(read_subject(path, who), query_length=query_length)
        key = f"{subject.name} ({path.name})"
        if key in subjects:  # a file of the same name, in another folder
            key = f"{subject.name} ({path})"
        subjects[key], origins[key] = subject, str(path.resolve())
    return _Scripts(subjects=subjects, origins=origins)


def _by_overlap(given: _Scripts, vectors: EmbeddingCache, name: str) -> tuple[Weights, str]:
    folds = {}
    for who, subject in given.subjects.items():
        _say(who)
        folds[who] = embed_folds(subject, vectors, _say)
    trained = train(folds, given.origins, name)
    return trained.weights, trained_text(trained)


async def _by_likelihood(
    given: _Scripts,
    vectors: EmbeddingCache,
    scoring: AbstractAsyncContextManager[ScoringEngine],
    settings: Settings,
    questions: int,
    out: Path,
) -> WeightsByLikelihood:
    folds: dict[str, list[Fold]] = {}
    gains: dict[str, list[Gain]] = {}
    async with scoring as engine:
        with Journal(out.with_suffix(".jsonl")) as journal:
            for who, subject in given.subjects.items():
                folds[who] = await _embed(subject, vectors, engine, questions)
                gains[who] = await _gains(
                    who, subject, folds[who], engine, settings, questions, journal, vectors.model_id
                )
    return await asyncio.to_thread(train_on_gains, folds, gains, given.origins, out.stem)


async def _embed(
    subject: BenchmarkCharacter, vectors: EmbeddingCache, engine: ScoringEngine, questions: int
) -> list[Fold]:
    count = count_from_threads(engine, asyncio.get_running_loop())
    lines = (line for scene in subject.scenes for line in scene.lines)
    costs = await PromptCosts.of_engine(engine, lines, count)
    return await asyncio.to_thread(embed_folds, subject, vectors, _say, questions, costs)


async def _gains(
    who: str,
    subject: BenchmarkCharacter,
    folds: Sequence[Fold],
    engine: ScoringEngine,
    settings: Settings,
    questions: int,
    journal: Journal,
    embedder: str,
) -> list[Gain]:
    """Return the gains of a character: those of the journal, and those measured now."""
    plan = LikelihoodPlan(
        weights=load_weights("k9"), retrieval=settings.retrieval, prompt=settings.prompt
    )
    model = (await engine.limits()).model
    run = f"{subject.name} {fingerprint(subject, plan, embedder, model, questions)}"
    found = [Gain(**each["gain"]) for each in journal.entries() if each["run"] == run]
    total = sum(len(fold.questions) for fold in folds)

    def keep(gains: Sequence[Gain]) -> None:
        for gain in gains:
            journal.add({"run": run, "gain": asdict(gain)})
        found.extend(gains)
        _say(f"{who}: {len({gain.key for gain in found})} of {total} replies scored.")

    calibrations = Calibrations()
    contexts = [FoldContexts(fold, plan.weights, calibrations) for fold in folds]
    known = {gain.key for gain in found}
    await measure_gains(folds, contexts, engine, settings.retrieval, settings.prompt, keep, known)
    return found
