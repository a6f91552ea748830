"""Define the options that both commands have, and read those that are lists and files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from app.tools.datasets.errors import DatasetError
from app.tools.datasets.plan import DatasetPlan
from app.tools.datasets.rows import OF_KIND, OF_LINES, Kind, Layout, Source
from app.tools.datasets.sources import Wanted
from app.tools.evaluation.counting import TokensBy

_MOST_QUESTIONS = 10_000
_MOST_QUESTION_LETTERS = 2_000

What = Annotated[
    list[str] | None,
    typer.Argument(
        help="Script files, slugs of characters, or `all`: every published character. Without any, "
        "only what people said about replies."
    ),
]
Name = Annotated[
    list[str] | None,
    typer.Option(help="The character of each script file, in order; by default the file's."),
]
Speaker = Annotated[
    list[str] | None,
    typer.Option(help="The speaker of each script file, where it is not the name."),
]
Profile = Annotated[
    list[Path] | None,
    typer.Option(help="A text file with the profile of each, in order.", dir_okay=False),
]
Licence = Annotated[
    list[str] | None, typer.Option(help="The licence of each script, in order, for the card.")
]
Layouts = Annotated[
    Layout | None,
    typer.Option(
        help="`chat`: messages, for the model's chat template. `completion`: Index's prompt as one "
        "text. By default what the model takes."
    ),
]
Base = Annotated[
    str, typer.Option(help="The model of the catalogue to be trained; by default the engine's.")
]
Validation = Annotated[
    float, typer.Option(min=0, max=0.5, help="Share of the lines held out, by whole scenes.")
]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 2, help="Draws what is held out.")]
LeastLetters = Annotated[int, typer.Option(min=1, help="Fewest letters of a true line.")]
MostTokens = Annotated[int, typer.Option(min=1, max=32_000, help="Most tokens of a true line.")]
NearDuplicates = Annotated[
    bool, typer.Option("--near-duplicates", help="Keep nearly equal exchanges.")
]
RewardUrl = Annotated[
    str,
    typer.Option(
        help="A reward model's endpoint with /classify. It scores lines of scripts and a model's "
        "answers; a pair stays where the chosen one scores higher."
    ),
]
RewardModel = Annotated[str, typer.Option(help="Its name there.")]
LeastReward = Annotated[float, typer.Option(min=0, max=1, help="Least score of an answer.")]
Tokens = Annotated[
    TokensBy,
    typer.Option(help="Count with the configured engine, estimate, or what can be done."),
]
Embedder = Annotated[str, typer.Option(help="By default the service's.")]
Selector = Annotated[str, typer.Option(help="k10, k9, or a file of `train-selector`.")]
DataDir = Annotated[Path | None, typer.Option(help="Where characters are stored.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the dataset in the folder.")]


def read_wanted(
    what: Sequence[str] | None,
    names: Sequence[str] | None,
    speakers: Sequence[str] | None,
    profiles: Sequence[Path] | None,
    licences: Sequence[str] | None,
    sources: Sequence[Source],
) -> Wanted:
    """Return what the options name; see :class:`~app.tools.datasets.sources.Wanted`."""
    return Wanted(
        what=what or [],
        names=names or [],
        speakers=speakers or [],
        profiles=profiles or [],
        licences=licences or [],
        needs_lines=any(source in OF_LINES for source in sources),
    )


def read_sources(text: str, kind: Kind) -> list[Source]:
    """Return the sources of a list. Raises :class:`DatasetError` for one that is unknown."""
    wanted = list(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))
    unknown = [each for each in wanted if each not in OF_KIND[kind]]
    if unknown or not wanted:
        raise DatasetError(f"No source {', '.join(unknown)}; there are {', '.join(OF_KIND[kind])}.")
    return [source for source in OF_KIND[kind] if source in wanted]


def asked_for(generate: int, instruction: str) -> str:
    """Return the list of sources of pairs that the other options ask for."""
    names = ["edits", "choices"]
    if generate:
        names.append("model")
    if instruction:
        names.append("instruction")
    return ",".join(names)


def check_pairs(plan: DatasetPlan) -> None:
    """Raise :class:`DatasetError` where a source lacks what it is made with."""
    if "model" in plan.sources and not plan.generate:
        raise DatasetError("The source `model` needs --generate N: so many replies are written.")
    if "instruction" in plan.sources:
        if not plan.instruction:
            raise DatasetError("The source `instruction` needs --instruction TEXT.")
        if not plan.generate and not plan.questions:
            raise DatasetError(
                "With --instruction, say what is asked: --questions FILE, or --generate N for "
                "lines of the script."
            )
    if {"model", "instruction"} & {*plan.sources} and not plan.wanted.what:
        raise DatasetError("Say whose replies are written: a script file, a slug, or `all`.")


def read_questions(path: Path | None) -> list[str]:
    """Return the questions of a file, each once. Raises :class:`DatasetError`."""
    if path is None:
        return []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as questions: {error}") from error
    found = list(dict.fromkeys(filter(None, map(str.strip, lines))))
    if not found:
        raise DatasetError(f"{path} has no question.")
    if len(found) > _MOST_QUESTIONS or any(len(each) > _MOST_QUESTION_LETTERS for each in found):
        raise DatasetError(
            f"{path}: at most {_MOST_QUESTIONS:,} questions of {_MOST_QUESTION_LETTERS:,} "
            "characters."
        )
    return found
