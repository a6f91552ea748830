"""Choose what the load is about: a script, a character in it, and the messages to it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from app.tools.bench.errors import BenchError
from characters.errors import ScriptError
from characters.scripts.model import Scene
from characters.scripts.reader import read_script

_SAMPLE = "two-cliff-echo"
_NAME = "阿应"
"""The character with the most lines: figures of different days are about the same."""
_MESSAGE_CHARACTERS = 200
"""People write short messages; a long monologue of a script is no message."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Name the file to upload, the character to talk to, and its profile."""

    path: Path
    name: str
    profile: str = ""

    def scenes(self) -> Iterator[Scene]:
        """Yield the scenes of the script.

        Raises :class:`OSError` or :class:`~characters.errors.ScriptError`.
        """
        with self.path.open("rb") as file:
            for item in read_script(file, self.path.name):
                if isinstance(item, Scene):
                    yield item

    def messages(self) -> list[str]:
        """Return the lines of the script's other speakers, in its order.

        Raises :class:`BenchError` where the file is no script, or has no other speaker.
        """
        try:
            lines = [line for scene in self.scenes() for line in scene.lines]
        except (OSError, ScriptError) as error:
            raise BenchError(f"{self.path} cannot be read as a script: {error}") from error
        said = [
            line.text[:_MESSAGE_CHARACTERS]
            for line in lines
            if line.speaker != self.name and line.text
        ]
        if not said:
            raise BenchError(f"Nobody but {self.name} speaks in {self.path}.")
        return said


def sample_corpus() -> Corpus:
    """Return the Chinese sample that comes with the project."""
    folder = Path(str(files("characters.samples") / _SAMPLE))
    sample = tomllib.loads((folder / "sample.toml").read_text(encoding="utf-8"))
    character = next(one for one in sample["characters"] if one["name"] == _NAME)
    return Corpus(folder / "script.txt", character["name"], character["profile"].strip())


def chosen_corpus(script: Path | None, name: str | None, profile: Path | None) -> Corpus:
    """Return the corpus that a command's options name.

    Without ``script`` it is the sample; without ``name`` the character is called like the file.
    """
    if script is None:
        return sample_corpus()
    text = profile.read_text(encoding="utf-8") if profile else ""
    return Corpus(script, name or script.stem, text)
