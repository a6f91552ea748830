"""The event log of a run: a JSON object a line, to follow what led to a loss."""

import json
import time
from pathlib import Path
from typing import TextIO


class EventLog:
    """Appends to a file; each event has its time in seconds since the log was opened."""

    def __init__(self, path: Path | None = None) -> None:
        """Without a ``path`` nothing is written."""
        self._file: TextIO | None = path.open("w", encoding="utf-8") if path else None
        self._started = time.monotonic()

    def write(self, event: str, **details: object) -> None:
        """Append one event, at once: the run may end any moment."""
        if self._file is not None:
            at = round(time.monotonic() - self._started, 3)
            row = {"at": at, "event": event, **details}
            self._file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
