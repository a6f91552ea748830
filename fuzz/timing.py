"""Count slowness as a failure, in processor time, since machines are busy."""

import time
from collections.abc import Iterable, Iterator

from fuzz.targets import Target

INPUT_BYTES = 1 << 16
SECONDS = 1.0
"""Most processor time for an input of :data:`INPUT_BYTES` or less."""


class TooSlowError(Exception):
    """An input took over :data:`SECONDS`."""


def timed(target: Target) -> Target:
    """Return ``target``, made to raise :class:`TooSlowError` where it takes too long."""

    def run(content: bytes) -> None:
        started = time.process_time()
        target(content)
        if (taken := time.process_time() - started) > SECONDS:
            raise TooSlowError(f"{taken:.1f} s for {len(content):,} bytes")

    return run


def stretched(inputs: Iterable[bytes]) -> Iterator[bytes]:
    """Yield each input, and each of its rows, repeated to :data:`INPUT_BYTES`.

    A fuzzer prefers small inputs; repeating them shows what is slow for large ones.
    """
    for content in inputs:
        for piece in (content, *content.splitlines(keepends=True)):
            if piece:
                yield (piece * (INPUT_BYTES // len(piece) + 1))[:INPUT_BYTES]
