"""Count leaks of later scenes at a terminal: ``offbook eval timeline``."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.observability import configure_logging
from app.search.benchmark.errors import EvaluationError
from app.settings import Settings
from app.tools.evaluation.stored import find_subject
from app.tools.evaluation.timeline.leaks import spread_points
from app.tools.evaluation.timeline.report import write_results
from app.tools.evaluation.timeline.run import TimelineResults, ask_about_later

_POINTS = 5


def eval_timeline_command(
    what: Annotated[str, typer.Argument(help="A script file, or the slug of a character.")],
    name: Annotated[
        str, typer.Option(help="The character's name in a script file; by default the file's.")
    ] = "",
    speaker: Annotated[
        list[str] | None, typer.Option(help="Its speakers, where they are not its name.")
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A text; by default the stored one."),
    ] = None,
    scenes: Annotated[
        str, typer.Option(help="Numbers of known scenes, 3,10,20, or all; by default five.")
    ] = "",
    questions: Annotated[int, typer.Option(min=1, max=1_000, help="At each of them.")] = 10,
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=256, help="By default as many as the engine bears.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where characters are stored.")] = None,
    out: Annotated[Path, typer.Option(help="A folder.", file_okay=False)] = Path("build/eval"),
) -> None:
    """Ask a character about scenes after its point in time, and count what leaks."""
    console, err = Console(highlight=False), Console(stderr=True, highlight=False)
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    configure_logging(settings.model_copy(update={"log_level": "warning"}))

    def say(line: str) -> None:
        err.print(line, markup=False, soft_wrap=True)

    def ask(folder: Path) -> TimelineResults:
        subject = find_subject(what, name, speaker or [], settings)
        if profile is not None:
            subject = replace(subject, profile=profile.read_text(encoding="utf-8"))
        return asyncio.run(
            ask_about_later(
                subject,
                _points(scenes, len(subject.scenes)),
                questions,
                concurrency or settings.running_turns,
                settings,
                folder,
                say,
            )
        )

    try:
        with tempfile.TemporaryDirectory(prefix="offbook-timeline-") as folder:
            results = ask(Path(folder))
    except EvaluationError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    console.print(write_results(results, out), markup=False, soft_wrap=True)
    console.print(f"\nWritten to {out}", markup=False, soft_wrap=True)


def _points(text: str, scenes: int) -> list[int]:
    if not text:
        return spread_points(scenes, _POINTS)
    if text == "all":
        return list(range(1, scenes))
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) < scenes for part in parts):
        raise EvaluationError(f"--scenes takes numbers from 0 to {scenes - 1}, or all: {text!r}")
    return sorted({int(part) for part in parts})
