"""Write a dataset's folder at once: it is whole, or it is not there."""

import json
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any, Self, TextIO

from app.tools.datasets.errors import DatasetError
from app.tools.datasets.formats import seed_row, trl_row
from app.tools.datasets.rows import SIDES, Row

SEED = "seed.jsonl"
CARD = "card.json"
CARD_TEXT = "card.md"
FILES = (*(f"{side}.jsonl" for side in SIDES), SEED, CARD, CARD_TEXT)


def check_target(out: Path, *, overwrite: bool) -> None:
    """Raise :class:`~app.tools.datasets.errors.DatasetError` where the folder cannot be written.

    One that holds anything but a dataset is never replaced.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise DatasetError(f"{out} is a file. Choose a new folder with --out.")
    names = sorted(each.name for each in out.iterdir())
    if not names:
        return
    if not overwrite:
        raise DatasetError(
            f"{out} is not empty. Choose a new folder with --out, or replace the dataset in it "
            "with --overwrite."
        )
    if foreign := [name for name in names if name not in FILES]:
        raise DatasetError(
            f"{out} has more in it than a dataset ({', '.join(foreign[:3])}), and is not replaced. "
            "Choose a new folder with --out."
        )


class DatasetFolder:
    """Write rows to a folder beside the wanted one, which takes its place at the end."""

    def __init__(self, out: Path, *, overwrite: bool) -> None:
        self._out = out
        self._overwrite = overwrite
        self._files: dict[str, TextIO] = {}
        self._stack = ExitStack()
        self._partial = Path()
        self.seed_rows = 0

    def __enter__(self) -> Self:
        """Begin. Raises what :func:`check_target` raises, and :class:`OSError`."""
        check_target(self._out, overwrite=self._overwrite)
        self._out.parent.mkdir(parents=True, exist_ok=True)
        self._partial = self._beside()
        self._partial.mkdir()
        for name in (*(f"{side}.jsonl" for side in SIDES), SEED):
            file = (self._partial / name).open("w", encoding="utf-8", newline="\n")
            self._files[name] = self._stack.enter_context(file)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def add(self, row: Row) -> None:
        """Write a row. Only those of the training are written in the seed's form."""
        self._write(f"{row.side}.jsonl", trl_row(row))
        seed = seed_row(row) if row.side == "train" else None
        if seed is not None:
            self._write(SEED, seed)
            self.seed_rows += 1

    def finish(self, card: Mapping[str, object], text: str) -> None:
        """Write the card, and put the folder in its place."""
        content = json.dumps(card, indent=2, ensure_ascii=False)
        (self._partial / CARD).write_text(content + "\n", encoding="utf-8")
        (self._partial / CARD_TEXT).write_text(text + "\n", encoding="utf-8")
        self._stack.close()
        check_target(self._out, overwrite=self._overwrite)
        former = self._beside()
        if self._out.exists():
            self._out.rename(former)
        self._partial.rename(self._out)
        shutil.rmtree(former, ignore_errors=True)

    def _beside(self) -> Path:
        """Return a new hidden name beside the folder."""
        return self._out.with_name(f".{self._out.name}.{token_hex(4)}")

    def _write(self, name: str, row: Mapping[str, Any]) -> None:
        self._files[name].write(json.dumps(row, ensure_ascii=False) + "\n")
