"""Run llama.cpp's own server on a loopback port, as the child process of the embedded engine.

It is a separate process because loading a model holds Python's global lock for seconds, which
would freeze the service, and because a process can be killed in any state. Run as a script, it
does not import the service.

Protocol: one JSON object of :class:`app.engines.embedded.ServerOptions` on standard input; one
JSON line on standard output, ``{"address": ...}`` or ``{"error": ...}``; it serves until standard
input ends, so that it never outlives the service, even one that crashed.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

# Prompt tokens computed in one batch. Between batches llama.cpp checks the client's connection and
# lets other replies advance by a token, so this bounds both waits; on a CPU larger batches are not
# faster (measured: 64 to 512 tokens within the noise).
_BATCH_TOKENS = 64
# Seconds between comments on an idle stream: a failed write is how the server notices a closed
# connection. The library's default is 30 s.
_PING_SECONDS = 1
# Cache for prompts that are not in a slot. The library's default is 8 GiB.
_PROMPT_CACHE_MIB = 2048
_VERBOSE, _QUIET = 3, 0


def choose_adapters(params: Any, paths: list[str], info: Callable[[str, float], Any]) -> None:
    """Load adapters that requests choose from; none applies to a request that chooses none.

    The cache of prompts that are not in a slot does not know which adapter a prompt was read with,
    and would give one adapter's keys and values to another's requests. Slots compare it.
    """
    params.lora_adapters = [info(path, 0.0) for path in paths]
    params.lora_init_without_apply = True
    params.cache_ram_mib = 0


def parameters(params: Any, options: dict[str, Any]) -> Any:
    """Fill in llama.cpp's parameters; the names are those of its ``common_params``."""
    params.model.path = options["model_path"]
    params.model_alias = {options["model_name"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [options["api_key"]]
    params.ui = False
    params.n_ctx = options["context_length"] * options["parallel"]  # the slots share it
    params.n_parallel = options["parallel"]
    params.n_batch = params.n_ubatch = _BATCH_TOKENS
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.swa_full = True  # Gemma: without it no prefix is reused
    params.fit_params = False
    params.sse_ping_interval = _PING_SECONDS
    params.verbosity = _VERBOSE if options["verbose"] else _QUIET
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = options["threads"]
        # Do not spin while waiting: beside other work on the same cores, spinning took a prompt
        # from 136 to 68 tokens/s, and at worst a reply from 43 to 4.
        threads.poll = 0
    return params


def main() -> None:
    """Serve until standard input ends."""
    # The pipe is for the protocol only: other output goes to standard error.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    options = json.loads(sys.stdin.readline())
    try:
        import xllamacpp  # noqa: PLC0415 - a heavy native library, loaded only where it runs

        params = parameters(xllamacpp.CommonParams(), options)
        if options["adapters"]:
            choose_adapters(params, options["adapters"], xllamacpp.CommonAdapterLoraInfo)
        server = xllamacpp.Server(params)
        reply = {"address": server.listening_address}
    except Exception as error:  # the parent reports any failure as the engine's state
        reply = {"error": f"{type(error).__name__}: {error}"}
    answer.write(json.dumps(reply) + "\n")
    answer.flush()
    if "address" in reply:
        sys.stdin.read()
    # Not the interpreter's own exit: the server's destructor waits for running replies.
    os._exit(0)


if __name__ == "__main__":
    main()
