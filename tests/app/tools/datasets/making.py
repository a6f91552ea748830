"""A script of twelve scenes, and datasets made of scripts at a terminal."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from app.cli import cli

Json = dict[str, Any]

RUNNER = CliRunner()
FREE = ["--embedder", "hashing", "--tokens", "estimate"]
"""Neither a model that embeds nor one that counts."""

EXCHANGES = [
    ("Where did you leave the ladder?", "Against the barn, behind the old plough."),
    ("Is there any soup left?", "Half a pot, if the cat has not been at it."),
    ("Who rang the bell last night?", "Nobody rang it; the wind has learnt how."),
    ("Can you read this map?", "Upside down I can, and better than the captain."),
    ("Why are the geese so loud?", "They saw the fox before you saw the geese."),
    ("What does the letter say?", "That your brother comes home on Thursday."),
    ("Shall we light the stove?", "Not while my sister keeps her hats in it."),
    ("How deep is the well?", "Deeper than your pockets, and just as empty."),
    ("Did the doctor come by?", "He came, he drank tea, he praised the weather."),
    ("Have you seen my spectacles?", "You sit on them, as you do every Sunday."),
    ("When does the ferry sail?", "Once the ferryman finds his other boot."),
    ("Which of us is older?", "Ask the mirror, it never learnt to flatter."),
]
"""What Ann asks and Mira answers, a scene each; no two share a line."""


@dataclass(frozen=True, slots=True)
class Made:
    """A dataset's folder, read."""

    train: list[Json]
    validation: list[Json]
    seed: list[Json]
    card: Json
    text: str

    @property
    def rows(self) -> list[Json]:
        return [*self.train, *self.validation]

    def dropped(self) -> dict[str, int]:
        """Numbers of rows left out, by reason."""
        found: dict[str, int] = {}
        for each in self.card["dropped"]:
            found[each["reason"]] = found.get(each["reason"], 0) + each["number"]
        return found


def scenes_text(scenes: Iterable[Sequence[tuple[str, str]]]) -> str:
    """A script of scenes of (speaker, text)."""
    return "\n\n".join("\n".join(f"{who}: {said}" for who, said in scene) for scene in scenes)


def twelve() -> list[list[tuple[str, str]]]:
    return [[("Ann", asked), ("Mira", answered)] for asked, answered in EXCHANGES]


def write_script(
    folder: Path, scenes: Iterable[Sequence[tuple[str, str]]], name: str = "Mira"
) -> Path:
    path = folder / f"{name}.txt"
    path.write_text(scenes_text(scenes), encoding="utf-8")
    return path


def dataset(kind: str, *options: object) -> Result:
    """What the command says."""
    return RUNNER.invoke(cli, ["dataset", kind, *map(str, options)])


def made(kind: str, out: Path, *options: object) -> Made:
    """A dataset, which must succeed."""
    done = dataset(kind, *options, *FREE, "--out", out)
    assert done.exit_code == 0, done.output
    return read(out)


def read(out: Path) -> Made:
    """The dataset of a folder."""
    train, validation, seed = (
        [json.loads(line) for line in (out / f"{name}.jsonl").read_text("utf-8").splitlines()]
        for name in ("train", "validation", "seed")
    )
    card = json.loads((out / "card.json").read_text("utf-8"))
    return Made(train, validation, seed, card, (out / "card.md").read_text("utf-8"))


def text(content: object) -> str:
    """All the text of a prompt or an answer."""
    if isinstance(content, str):
        return content
    assert isinstance(content, list)
    return "\n".join(each["content"] for each in content)


def answers(rows: Sequence[Json], field: str = "completion") -> list[str]:
    return [text(row[field]) for row in rows]
