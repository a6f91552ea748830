"""Log the events of a run, a JSON object a line, to trace what led to a loss."""

import json
import time
from pathlib import Path
from typing import TextIO


class EventLog:
    """Append events to a file, with the seconds since the log was opened."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the file; without a ``path``, events are dropped."""
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None
        self._started = time.monotonic()

    def write(self, event: str, **details: object) -> None:
        """Append one event and flush it, since the run may end at any time."""
        if self._file is not None:
            at = round(time.monotonic() - self._started, 3)
            row = {"at": at, "event": event, **details}
            self._file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
