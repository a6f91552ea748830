"""Keep the results of a run on disk as they come, so that a stopped run can go on."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.search.benchmark.errors import EvaluationError


class Journal:
    """Append JSON objects to a file, one a line; each is written when :meth:`add` returns."""

    def __init__(self, path: Path) -> None:
        """Open the file and keep its lines, except for an unfinished last one."""
        self._path = path
        path.touch()
        whole = _whole_bytes(path)
        self._file = path.open("r+", encoding="utf-8", buffering=1)
        self._file.truncate(whole)
        self._file.seek(0, 2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield the entries, oldest first.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` for a damaged file.
        """
        with self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield self._entry(number, line)

    def _entry(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict):
            raise EvaluationError(
                f"{self._path}, line {number}, is damaged. Delete the line and what is kept in the "
                "others is used, or delete the file and all is measured anew."
            )
        return entry

    def add(self, entry: Mapping[str, object]) -> None:
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _whole_bytes(path: Path) -> int:
    """Return the length of the file up to the end of its last finished line."""
    with path.open("rb") as file:
        return sum(len(line) for line in file if line.endswith(b"\n"))
