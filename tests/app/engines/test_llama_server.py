"""llama.cpp's parameters, and what its server says to the service that started it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from app.engines import llama_server
from app.engines.llama_server import choose_adapters, parameters

OPTIONS: Mapping[str, Any] = {
    "model_path": "/models/三三.gguf",
    "model_name": "index",
    "api_key": "a-key-of-this-start",
    "context_length": 4_096,
    "parallel": 3,
    "threads": 2,
    "verbose": False,
    "adapters": [],
}


def filled(**changes: object) -> Any:
    """The library's parameters, as far as they are objects, filled in."""
    empty = SimpleNamespace(
        model=SimpleNamespace(),
        cpuparams=SimpleNamespace(poll=50),
        cpuparams_batch=SimpleNamespace(poll=50),
    )
    return parameters(empty, {**OPTIONS, **changes})


def test_only_this_machine_reaches_the_server_and_with_the_key_of_this_start() -> None:
    params = filled()
    assert params.hostnames == ["127.0.0.1"]
    assert params.port == 0
    assert params.api_keys == ["a-key-of-this-start"]
    assert params.ui is False


def test_each_reply_has_the_whole_context() -> None:
    params = filled()
    assert params.n_parallel == 3
    assert params.n_ctx == 12_288  # the library divides it among the slots


def test_the_model_is_listed_under_its_name() -> None:
    params = filled()
    assert params.model.path == "/models/三三.gguf"
    assert params.model_alias == {"index"}


def test_adapters_apply_to_requests_that_choose_them_alone() -> None:
    params = filled()
    assert params.cache_ram_mib > 0
    choose_adapters(params, ["/a/adapter.gguf", "/b/adapter.gguf"], lambda *given: given)
    assert params.lora_adapters == [("/a/adapter.gguf", 0.0), ("/b/adapter.gguf", 0.0)]
    assert params.lora_init_without_apply is True
    assert params.cache_ram_mib == 0  # this cache does not know what a prompt was read with


def test_waiting_threads_do_not_spin() -> None:
    params = filled(threads=7)
    for threads in (params.cpuparams, params.cpuparams_batch):
        assert (threads.n_threads, threads.poll) == (7, 0)


def test_it_is_quiet_unless_asked() -> None:
    assert filled().verbosity < filled(verbose=True).verbosity


def start(library: Path, options: str) -> subprocess.CompletedProcess[str]:
    """Run the script as the service does, with ``library`` in place of llama.cpp's."""
    return subprocess.run(
        [sys.executable, "-S", "-E", "-c", _START.format(library=str(library))],
        input=options + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


_START = f"""
import runpy, sys
sys.path.insert(0, {{library!r}})
runpy.run_path({llama_server.__file__!r}, run_name="__main__")
"""
_LIBRARY = """
import os
from types import SimpleNamespace

class CommonParams(SimpleNamespace):
    def __init__(self):
        part = SimpleNamespace
        super().__init__(model=part(), cpuparams=part(), cpuparams_batch=part())

class Server:
    def __init__(self, params):
        os.write(1, b"llama.cpp prints what it likes")
        if params.model.path == "broken.gguf":
            raise RuntimeError("failed to load the model")
        self.listening_address = "http://127.0.0.1:4242"
"""


def test_it_answers_in_one_line_whatever_the_library_prints(tmp_path: Path) -> None:
    (tmp_path / "xllamacpp.py").write_text(_LIBRARY)
    ended = start(tmp_path, json.dumps(dict(OPTIONS)))
    assert ended.stdout == '{"address": "http://127.0.0.1:4242"}\n'
    assert "prints what it likes" in ended.stderr
    assert ended.returncode == 0


def test_a_model_that_cannot_be_loaded_is_an_answer_too(tmp_path: Path) -> None:
    (tmp_path / "xllamacpp.py").write_text(_LIBRARY)
    ended = start(tmp_path, json.dumps({**OPTIONS, "model_path": "broken.gguf"}))
    assert json.loads(ended.stdout) == {"error": "RuntimeError: failed to load the model"}


def test_a_missing_library_is_an_answer_too(tmp_path: Path) -> None:
    ended = start(tmp_path, json.dumps(dict(OPTIONS)))
    assert json.loads(ended.stdout)["error"].startswith("ModuleNotFoundError: ")
