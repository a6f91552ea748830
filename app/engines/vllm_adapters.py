"""Load registered adapters into running vLLM servers, and unload retired ones.

Source: vLLM's ``vllm/entrypoints/serve/lora/api_router.py`` (the two endpoints exist where
``VLLM_ALLOW_RUNTIME_LORA_UPDATING`` is set) and ``openai/models/serving.py`` (their answers).
"""

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path, PurePosixPath

import structlog

from app.engines.adapter_requests import listed_adapters
from app.engines.adapters import AdapterState, ServedAdapter
from app.engines.connection import LOST, Answer, EngineHttp, is_success
from app.engines.openai_answers import answered_object, response_error
from app.engines.openai_queries import succeeded
from app.engines.port import EngineError

log = structlog.get_logger(__name__)

_QUERY_SECONDS = 5.0
_LOAD_SECONDS = 120.0
"""Longest time to load an adapter: the server answers requests meanwhile."""
_NOT_ASKED = "The engine's servers were not asked for it yet."
_SILENT = "None of the engine's servers answers."


class VllmAdapters:
    """Implement :class:`~app.engines.adapter_requests.AdapterRequests`, by vLLM's endpoints.

    Requests go to one address, which may be a router's; adapters are loaded on each server behind
    it. A server that does not answer is asked again later: :meth:`sync`.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        api_key: str | None,
        connect_timeout: float,
        *,
        folder: PurePosixPath | None = None,
    ) -> None:
        """Load on every server of ``addresses``; ``folder`` is where they see the adapters."""
        self._servers = [
            _Server(EngineHttp(each, api_key, connect_timeout, reset=False), folder)
            for each in addresses
        ]
        self._wanted: tuple[ServedAdapter, ...] = ()
        self._managed: set[str] = set()
        """Names that were to be served at any time; a listing of them may be old."""
        self._states: Mapping[str, AdapterState] = {}
        self._one_at_a_time = asyncio.Lock()

    def fields(self, adapter: str | None) -> Mapping[str, object]:
        """See :meth:`AdapterRequests.fields`: vLLM knows an adapter as a model."""
        return {} if adapter is None else {"model": adapter}

    def known(self, listed: Sequence[str]) -> tuple[str, ...]:
        """See :meth:`AdapterRequests.known`: those loaded here, and others of the listing."""
        others = (name for name in listed if name not in self._managed)
        return (*others, *(each.name for each in self._states.values() if each.served))

    async def serve(self, adapters: Sequence[ServedAdapter]) -> None:
        """Let :meth:`sync` load these on every server, and unload others served before."""
        names = {each.name for each in adapters}
        async with self._one_at_a_time:
            for server in self._servers:
                server.refused.clear()
                server.retired |= {each.name for each in self._wanted}
                server.retired -= names
            self._wanted = tuple(adapters)
            self._managed |= names
            self._states = {each: self._states[each] for each in names & self._states.keys()}

    async def sync(self) -> None:
        """Load what any server lacks; never raise."""
        async with self._one_at_a_time:
            if not self._wanted and not any(each.retired for each in self._servers):
                return
            answer = await asyncio.gather(*(each.sync(self._wanted) for each in self._servers))
            answering = [each for each, there in zip(self._servers, answer, strict=True) if there]
            self._states = {each.name: _state(each.name, answering) for each in self._wanted}

    async def ensure(self, adapter: str) -> bool:
        """See :meth:`AdapterRequests.ensure`."""
        if adapter not in (each.name for each in self._wanted):
            return False
        await self.sync()
        state = self._states.get(adapter)
        return state is not None and state.served

    def adapter_states(self) -> list[AdapterState]:
        """See :meth:`AdapterRequests.adapter_states`."""
        unknown = (
            AdapterState(each.name, served=False, detail=_NOT_ASKED) for each in self._wanted
        )
        return [self._states.get(each.name, each) for each in unknown]

    async def aclose(self) -> None:
        """Close the connections to all servers."""
        for server in self._servers:
            await server.http.aclose()


class _Server:
    """Hold what is known of the adapters of one server."""

    def __init__(self, http: EngineHttp, folder: PurePosixPath | None) -> None:
        self.http = http
        self.loaded: set[str] = set()
        self.refused: dict[str, str] = {}
        """By name, why the server does not load it; asked again once the server was away."""
        self.retired: set[str] = set()
        """Names to unload."""
        self._folder = folder

    async def sync(self, wanted: Sequence[ServedAdapter]) -> bool:
        """Load and unload, and return whether the server answers."""
        try:
            listed = await self._ask("GET", "/v1/models", None, _QUERY_SECONDS)
            self.loaded = set(listed_adapters(answered_object(succeeded(listed))))
            for name in self.retired & self.loaded:
                await self._ask("POST", "/v1/unload_lora_adapter", {"lora_name": name})
            self.retired.clear()
            for adapter in wanted:
                if adapter.name not in self.loaded and adapter.name not in self.refused:
                    await self._load(adapter)
        except (*LOST, EngineError) as error:
            log.info("engine_adapters_not_loaded", server=self.http.root, reason=repr(error))
            self.loaded.clear()
            self.refused.clear()
            return False
        return True

    async def _load(self, adapter: ServedAdapter) -> None:
        body = {"lora_name": adapter.name, "lora_path": self._path(adapter.folder)}
        answer = await self._ask("POST", "/v1/load_lora_adapter", body)
        text = answer.body.decode(errors="replace")
        # Another process of the service may have loaded it meanwhile.
        if is_success(answer.status) or "already been loaded" in text:
            self.loaded.add(adapter.name)
            log.info("engine_adapter_loaded", server=self.http.root, adapter=adapter.name)
            return
        self.refused[adapter.name] = self._why(answer, text)
        log.error(
            "engine_adapter_refused",
            server=self.http.root,
            adapter=adapter.name,
            reason=self.refused[adapter.name],
        )

    def _why(self, answer: Answer, text: str) -> str:
        no_route = answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
        if answer.status == HTTPStatus.FORBIDDEN or (no_route and '"error"' not in text):
            return (
                f"The server at {self.http.root} takes no adapters while it runs. Start vLLM with "
                "--enable-lora and the environment variable "
                "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, or name the adapter at its start with "
                "--lora-modules."
            )
        error = response_error(answer.status, answer.headers, text)
        return f"The server at {self.http.root} does not load it: {error}"

    def _path(self, folder: Path) -> str:
        return str(folder if self._folder is None else self._folder / folder.name)

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None,
        seconds: float = _LOAD_SECONDS,
    ) -> Answer:
        async with asyncio.timeout(seconds):
            return await self.http.ask(method, path, body)


def _state(name: str, answering: Sequence[_Server]) -> AdapterState:
    """Return an adapter's state: a router sends requests to any server that answers."""
    why = [each.refused.get(name, "") for each in answering if name not in each.loaded]
    if not answering or why:
        return AdapterState(name, served=False, detail=next(iter(why), "") or _SILENT)
    return AdapterState(name, served=True)
