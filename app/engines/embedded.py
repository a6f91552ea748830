"""Run llama.cpp's own server as a child process, on a loopback port only this service can use."""

import asyncio
import json
import os
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import structlog

from app.engines.adapter_fit import AdapterBase, gguf_of, misfits
from app.engines.adapter_requests import LlamaCppAdapters
from app.engines.adapters import AdapterState, ServedAdapter
from app.engines.gguf import GgufError, read_control_tokens
from app.engines.openai_http import OpenAIEngine
from app.engines.port import (
    Delta,
    EnginePrompt,
    EngineUnavailableError,
    Limits,
    PromptStyle,
    Sampling,
)
from app.engines.traits import ModelTraits

log = structlog.get_logger(__name__)

EngineState = Literal["starting", "ready", "failed", "stopped"]

_SERVER = Path(__file__).with_name("llama_server.py")
_RETRY_AFTER = 3
_GGUF_MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Hold the options of the child process."""

    model_path: str
    model_name: str
    context_length: int
    parallel: int
    threads: int
    verbose: bool
    api_key: str
    adapters: tuple[str, ...] = ()
    """Paths of files that requests choose from, by their places."""


class EmbeddedEngine:
    """Implement :class:`~app.engines.port.ChatEngine` with a ``.gguf`` model on this machine.

    Create it, then ``await start()``: loading takes from one to some ten seconds. Until then, and
    after a failure, ``ready()`` is false and calls raise :class:`EngineUnavailableError`;
    ``state`` and ``detail`` distinguish the two. A server that dies later is a failure too.

    A cancelled reply stops at its next token, and a prompt being processed after the current
    batch, both within a second.
    """

    def __init__(
        self,
        model_path: Path,
        *,
        model_name: str,
        prompt_style: PromptStyle,
        context_length: int = 4096,
        parallel: int = 2,
        threads: int | None = None,
        first_token_timeout: float = 120.0,
        idle_timeout: float = 30.0,
        reply_timeout: float = 1_800.0,
        reply_characters: int = 400_000,
        control: Sequence[str] = (),
        traits: ModelTraits | None = None,
        adapters: Sequence[ServedAdapter] = (),
        base: AdapterBase | None = None,
        verbose: bool = False,
    ) -> None:
        """Allow each of ``parallel`` replies ``context_length`` tokens.

        ``control`` adds control tokens to the list of the model's file. ``traits`` are the
        model's. Those of ``adapters`` that fit ``base``, by default just the file, are loaded with
        it. ``verbose`` lets llama.cpp write its own log to the terminal.
        """
        self.adapters = tuple(adapters)
        """Those that it was to serve from its start on, and still is."""
        self._base = base or AdapterBase(path=model_path, name=None, sha256=None)
        self._loaded = LlamaCppAdapters()
        self.state: EngineState = "starting"
        self.detail = "The model is being loaded."
        self.address = ""
        """Address of the server once it has started; requests need ``api_key``."""
        self._path = model_path
        self._options = ServerOptions(
            model_path=str(model_path),
            model_name=model_name,
            context_length=context_length,
            parallel=parallel,
            threads=threads or os.cpu_count() or 1,
            verbose=verbose,
            # The port can be reached by every user of this machine; the key cannot.
            api_key=secrets.token_urlsafe(32),
        )
        self._prompt_style: PromptStyle = prompt_style
        self._first_token_timeout = first_token_timeout
        self._idle_timeout = idle_timeout
        self._reply_timeout = reply_timeout
        self._reply_characters = reply_characters
        self._control = tuple(control)
        self._traits = traits
        self._process: Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._client: OpenAIEngine | None = None

    @property
    def api_key(self) -> str:
        """Key that only this process and the server have."""
        return self._options.api_key

    @property
    def pid(self) -> int | None:
        """Id of the server's process; None while it does not run."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Load the model. Raises :class:`EngineUnavailableError` where it cannot be loaded."""
        try:
            await asyncio.to_thread(self._check_file)
            await asyncio.to_thread(self._read_control_tokens)
            states = await asyncio.to_thread(self._check_adapters)
            self.address = await self._launch_with_adapters(states)
        except EngineUnavailableError as error:
            self._fail(str(error))
            await self._end_process()
            raise
        except asyncio.CancelledError:
            await self.aclose()
            raise
        self._client = self._connect(self.address)
        self._watcher = asyncio.create_task(self._watch())
        self.state, self.detail = "ready", f"{self._options.model_name} answers."
        log.info("engine_ready", model=self._options.model_name, threads=self._options.threads)

    def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`."""
        return self._started().stream(prompt, sampling, stop, affinity=affinity, adapter=adapter)

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""
        return await self._started().score(prompt, continuation, affinity=affinity, adapter=adapter)

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """See :meth:`ChatEngine.as_sent`."""
        return prompt if self._client is None else self._client.as_sent(prompt)

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """See :meth:`ChatEngine.count_tokens`."""
        return await self._started().count_tokens(texts, rough=rough)

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`."""
        return await self._started().limits()

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`."""
        return self._client is not None and await self._client.ready()

    def adapter_states(self) -> Sequence[AdapterState]:
        """See :meth:`~app.engines.adapters.AdapterServer.adapter_states`."""
        return self._loaded.adapter_states()

    def keep_adapters(self, adapters: Sequence[ServedAdapter]) -> None:
        """Serve no others than these from now on."""
        self.adapters = tuple(each for each in self.adapters if each in adapters)
        self._loaded.keep({each.name for each in self.adapters})

    async def wait_stopped(self) -> None:
        """Wait until the running server has died."""
        if self._watcher is not None:
            await asyncio.shield(self._watcher)

    async def aclose(self) -> None:
        """End streams and the server at once. Later calls raise."""
        if self.state != "failed":
            self.state, self.detail = "stopped", "The engine is stopped."
        if self._watcher is not None:
            self._watcher.cancel()
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()
        await self._end_process()

    def _check_file(self) -> None:
        try:
            with self._path.open("rb") as file:
                magic = file.read(len(_GGUF_MAGIC))
        except OSError as error:
            raise EngineUnavailableError(f"The model file cannot be read: {error}") from error
        if magic != _GGUF_MAGIC:
            raise EngineUnavailableError(f"{self._path} is not a GGUF model file.")

    def _read_control_tokens(self) -> None:
        try:
            self._control = (*self._control, *read_control_tokens(self._path))
        except (GgufError, OSError) as error:
            # llama.cpp reports what is wrong with the file, or can read more formats than this.
            log.warning("engine_control_tokens_unknown", reason=str(error))

    def _check_adapters(self) -> list[AdapterState]:
        """Return which adapters fit the model; one that does not is logged as an error."""
        states = []
        for adapter in self.adapters:
            why = misfits(adapter, self._base)
            if why is not None:
                log.error("engine_adapter_refused", adapter=adapter.name, reason=why)
            states.append(AdapterState(adapter.name, served=why is None, detail=why or ""))
        return states

    async def _launch_with_adapters(self, states: Sequence[AdapterState]) -> str:
        """Start the server with the adapters that fit, or with none where that fails."""
        self._loaded = LlamaCppAdapters(states)
        served = self._loaded.known(())
        paths = tuple(str(gguf_of(each)) for each in self.adapters if each.name in served)
        self._options = replace(self._options, adapters=paths)
        try:
            return await self._launch()
        except EngineUnavailableError as error:
            if not paths:
                raise
            await self._end_process()
            log.error("engine_adapters_refused", adapters=served, reason=str(error))
            self._options = replace(self._options, adapters=())
            address = await self._launch()
            why = f"llama.cpp does not start with its adapters: {error}"
            refused = (replace(each, served=False, detail=each.detail or why) for each in states)
            self._loaded = LlamaCppAdapters(list(refused))
            return address

    async def _launch(self) -> str:
        """Start the server, and return its address once the model is loaded."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # keeps the modules of this folder off the child's path
            str(_SERVER),
            stdin=PIPE,
            stdout=PIPE,
            start_new_session=True,  # Ctrl-C reaches the service only, which then ends the child
        )
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps(asdict(self._options)).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            code = await self._process.wait()
            raise EngineUnavailableError(
                f"llama.cpp ended with exit code {code} while loading {self._path}."
            )
        answer: dict[str, str] = json.loads(line)
        if "error" in answer:
            raise EngineUnavailableError(f"llama.cpp cannot load {self._path}: {answer['error']}")
        return answer["address"]

    def _connect(self, address: str) -> OpenAIEngine:
        return OpenAIEngine(
            address,
            model=self._options.model_name,
            api_key=self._options.api_key,
            dialect="llamacpp",
            prompt_style=self._prompt_style,
            context_length=self._options.context_length,
            first_token_timeout=self._first_token_timeout,
            idle_timeout=self._idle_timeout,
            reply_timeout=self._reply_timeout,
            reply_characters=self._reply_characters,
            control=self._control,
            traits=self._traits,
            adapters=self._loaded,
        )

    async def _watch(self) -> None:
        """Wait for the server to die, so that later calls raise; running streams break anyway."""
        assert self._process is not None  # noqa: S101 - started before
        code = await self._process.wait()
        client, self._client = self._client, None
        self._fail(f"llama.cpp ended with exit code {code}.")
        if client is not None:
            await client.aclose()

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()  # it has no state to save
            await process.communicate()

    def _started(self) -> OpenAIEngine:
        if self._client is None:
            wait = _RETRY_AFTER if self.state == "starting" else None
            raise EngineUnavailableError(self.detail, retry_after=wait)
        return self._client

    def _fail(self, detail: str) -> None:
        self.state, self.detail = "failed", detail
        log.error("engine_failed", model=self._options.model_name, reason=detail)
