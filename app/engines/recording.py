"""Record calls to an engine on disk, one JSON object a line, so that they can be replayed."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.engines.port import ChatMessage, EnginePrompt, Sampling


@dataclass(frozen=True, slots=True)
class EngineCall:
    """Hold the arguments of one :meth:`~app.engines.port.ChatEngine.stream`."""

    prompt: EnginePrompt
    sampling: Sampling
    stop: tuple[str, ...]
    affinity: str | None = None
    adapter: str | None = None


class CallRecorder:
    """Append calls to a file that only this user may read, as it contains conversations."""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            "w",
            encoding="utf-8",
            buffering=1,
        )

    def record(self, call: EngineCall) -> None:
        """Write one call to the file before returning."""
        self._file.write(json.dumps(asdict(call), ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


def read_calls(path: Path) -> Iterator[EngineCall]:
    """Yield the calls of a file, oldest first."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            call = json.loads(line)
            prompt = call["prompt"]
            if not isinstance(prompt, str):
                prompt = [ChatMessage(**message) for message in prompt]
            sampling = Sampling(**call["sampling"])
            sampling = replace(sampling, avoided_words=tuple(sampling.avoided_words))
            yield EngineCall(
                prompt, sampling, tuple(call["stop"]), call["affinity"], call.get("adapter")
            )
