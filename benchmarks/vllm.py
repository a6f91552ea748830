"""``python -m benchmarks.vllm``: run ``offbook bench`` on a real vLLM, on the CPU.

It serves the tiny checkpoint with random weights that the tests make and convert, from the virtual
environment of ``make test-vllm``. The replies are nonsense; the path to the engine and back is what
counts. Arguments go to ``offbook bench``.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from app.tools.conversion.converter import convert_index
from tests.app.engines.vllm_server import CONTEXT_LENGTH, HEADS, serving
from tests.app.tools.conversion.checkpoints import random_weights, train_tokenizer, write_checkpoint


def main() -> int:
    """Serve the model, benchmark it, and return the exit code of ``offbook bench``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write_checkpoint(
            folder / "index",
            train_tokenizer(),
            random_weights(),
            num_attention_heads=HEADS,
            max_position_embeddings=CONTEXT_LENGTH,
        )
        convert_index(source, folder / "llama")
        with serving(folder / "llama", folder / "log") as address:
            return subprocess.call(  # noqa: S603 (our own module; the arguments are the caller's)
                [sys.executable, "-m", "app.cli", "bench", "--engine", "openai", *sys.argv[1:]],
                env=os.environ | {"OFFBOOK_ENGINE__BASE_URL": address},
            )


if __name__ == "__main__":
    raise SystemExit(main())
