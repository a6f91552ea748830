"""What the load talks about: a script, a character in it, and what is said to the character."""

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
_MESSAGE_CHARACTERS = 200
"""People write short messages; a long monologue of a script is no message."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The file to upload, who to talk to in it, and the profile."""

    path: Path
    name: str
    profile: str = ""

    def messages(self) -> list[str]:
        """What the other speakers of the script say, in its order.

        Raises :class:`BenchError` where the file is no script, or nobody else speaks in it.
        """
        try:
            said = list(self._others())
        except (OSError, ScriptError) as error:
            raise BenchError(f"{self.path} cannot be read as a script: {error}") from error
        if not said:
            raise BenchError(f"Nobody but {self.name} speaks in {self.path}.")
        return said

    def _others(self) -> Iterator[str]:
        with self.path.open("rb") as file:
            for item in read_script(file, self.path.name):
                for line in item.lines if isinstance(item, Scene) else ():
                    if line.speaker != self.name and line.text:
                        yield line.text[:_MESSAGE_CHARACTERS]


def sample_corpus() -> Corpus:
    """The Chinese sample that comes with the project."""
    folder = Path(str(files("characters.samples") / _SAMPLE))
    sample = tomllib.loads((folder / "sample.toml").read_text(encoding="utf-8"))
    character = sample["characters"][0]
    return Corpus(folder / "script.txt", character["name"], character["profile"].strip())
