"""Measure stages at a terminal: ``offbook eval stage`` and ``offbook eval leaks``."""

import asyncio
import io
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.engines.scripted import ScriptedEngine
from app.observability import configure_logging
from app.search.benchmark.errors import EvaluationError
from app.search.benchmark.vectors import EmbeddingCache
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.evaluation.stage.accuracy import (
    StageResults,
    is_measurable,
    measure,
    measure_together,
)
from app.tools.evaluation.stage.fitting import NearestAnswers
from app.tools.evaluation.stage.planting import plant_facts
from app.tools.evaluation.stage.questions import no_fit, questions_of
from app.tools.evaluation.stage.report import write_accuracy, write_leaks
from app.tools.evaluation.stage.weights import fit_across, fit_weights
from characters.errors import ScriptError
from characters.scripts.model import Scene
from characters.scripts.reader import read_script
from retrieval.embedding.factory import create_embedder
from retrieval.errors import RetrievalError

Out = Annotated[Path, typer.Option(help="A folder.", file_okay=False)]


@dataclass(frozen=True, slots=True)
class _Script:
    name: str
    scenes: Sequence[Scene]
    names: dict[str, list[str]]
    """What the speakers are called beside their names."""


def eval_stage_command(
    scripts: Annotated[
        list[Path] | None,
        typer.Argument(help="Script files; by default the samples.", exists=True, dir_okay=False),
    ] = None,
    embedder: Annotated[
        str, typer.Option(help="By default the service's; `none` measures without fit.")
    ] = "",
    out: Out = Path("build/eval"),
) -> None:
    """Count how often the director finds who speaks next in held-out scenes."""
    console, err = Console(highlight=False), Console(stderr=True, highlight=False)

    def say(line: str) -> None:
        err.print(line, markup=False, soft_wrap=True)

    try:
        read = [*map(_read, scripts)] if scripts else _samples()
        vectors = None
        if embedder != "none":
            vectors = EmbeddingCache(create_embedder(embedder or Settings().embedder.name))
        results = _measure(read, vectors, say)
    except (EvaluationError, RetrievalError) as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    console.print(write_accuracy(results, out), markup=False, soft_wrap=True)
    console.print(f"\nWritten to {out}", markup=False, soft_wrap=True)


def eval_leaks_command(
    facts: Annotated[int, typer.Option(min=1, max=100_000, help="To plant.")] = 500,
    seed: Annotated[int, typer.Option(help="Of the scenes.")] = 1,
    replies: Annotated[
        bool, typer.Option(help="With the configured engine, and count in its replies too.")
    ] = False,
    out: Out = Path("build/eval"),
) -> None:
    """Plant facts in scenes and whispers, and count them where they do not belong."""
    console, err = Console(highlight=False), Console(stderr=True, highlight=False)
    settings = Settings()
    configure_logging(settings.model_copy(update={"log_level": "warning"}))

    def say(line: str) -> None:
        err.print(line, markup=False, soft_wrap=True)

    engine = None if replies else ScriptedEngine(reply="So that is how it stands.")
    try:
        with tempfile.TemporaryDirectory(prefix="offbook-leaks-") as folder:
            results = asyncio.run(plant_facts(facts, seed, settings, Path(folder), say, engine))
    except EvaluationError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    console.print(write_leaks(results, out), markup=False, soft_wrap=True)
    console.print(f"\nWritten to {out}", markup=False, soft_wrap=True)
    if sum(results.leaked.values()):
        raise typer.Exit(1)


def _measure(
    scripts: Sequence[_Script], vectors: EmbeddingCache | None, say: Say
) -> list[StageResults]:
    def on_progress(done: int, total: int) -> None:
        if done % 160 == 0 or done >= total:
            say(f"{done} of {total} lines embedded.")

    asked = []
    for script in scripts:
        fit = no_fit if vectors is None else NearestAnswers(script.scenes, vectors, on_progress)
        questions = questions_of(script.scenes, script.names, fit)
        if not is_measurable(questions):
            raise EvaluationError(f"{script.name} has too few scenes in which three speak.")
        asked.append(questions)
    every = [question for questions in asked for question in questions]
    across, fitted = fit_across(every), fit_weights(every)
    embedder = vectors.model_id if vectors is not None else "none"
    results = [
        measure(script.name, questions, across, fitted, embedder)
        for script, questions in zip(scripts, asked, strict=True)
    ]
    if len(results) > 1:
        results.append(measure_together(asked, across, fitted, embedder))
    return results


def _read(path: Path) -> _Script:
    return _Script(path.name, _scenes(path.read_bytes(), path.name), {})


def _scenes(content: bytes, name: str) -> list[Scene]:
    try:
        read = read_script(io.BytesIO(content), name)
        return [item for item in read if isinstance(item, Scene)]
    except ScriptError as error:
        raise EvaluationError(f"{name}: {error}") from error


def _samples() -> list[_Script]:
    """Return the sample scripts, with the names of their characters."""
    found = []
    for folder in sorted(files("characters.samples").iterdir(), key=lambda item: item.name):
        if not folder.is_dir() or not folder.joinpath("sample.toml").is_file():
            continue
        sample = tomllib.loads(folder.joinpath("sample.toml").read_text(encoding="utf-8"))
        names = {
            speaker: [each["name"], *each.get("aliases", ()), *each["speakers"]]
            for each in sample["characters"]
            for speaker in each["speakers"]
        }
        scenes = _scenes(folder.joinpath("script.txt").read_bytes(), "script.txt")
        found.append(_Script(sample["title"], scenes, names))
    return found
