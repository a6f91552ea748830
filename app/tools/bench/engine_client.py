"""Send the service's requests to an engine directly, without the service."""

import time
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Self

import aiohttp

from app.engines.openai_answers import stream_event
from app.engines.openai_payload import Dialect, generation_request
from app.engines.port import EngineError
from app.engines.recording import EngineCall
from app.engines.sse import EventTooLongError, SSEParser
from app.tools.bench.errors import BenchError
from app.tools.bench.samples import TurnSample

_TURN_SECONDS = 600


@dataclass(frozen=True, slots=True)
class EngineEndpoint:
    """Hold an engine's address and the dialect and credentials of its requests."""

    base_url: str
    dialect: Dialect = "vllm"
    model: str = "auto"
    api_key: str | None = None
    cache_salt: str | None = None
    """Separates the prefix cache of these requests from that of others (vLLM)."""


class EngineClient:
    """Repeat recorded calls on an engine."""

    def __init__(self, endpoint: EngineEndpoint) -> None:
        key = endpoint.api_key
        self._endpoint = endpoint
        self._model = endpoint.model
        self._http = aiohttp.ClientSession(
            endpoint.base_url.rstrip("/").removesuffix("/v1"),
            connector=aiohttp.TCPConnector(limit=0),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=aiohttp.ClientTimeout(total=_TURN_SECONDS),
        )

    async def __aenter__(self) -> Self:
        if self._model == "auto":
            try:
                async with self._http.get("/v1/models") as answer:
                    answer.raise_for_status()
                    self._model = (await answer.json())["data"][0]["id"]
            except aiohttp.ClientError as error:
                await self._http.close()
                raise BenchError(f"The engine does not list its models: {error}") from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def generate(self, call: EngineCall) -> TurnSample:
        """Stream one generation and return its sample; a failure is noted there, not raised."""
        path, body = generation_request(
            call.prompt,
            call.sampling,
            call.stop,
            model=self._model,
            dialect=self._endpoint.dialect,
        )
        if self._endpoint.cache_salt:
            body["cache_salt"] = self._endpoint.cache_salt
        sample = TurnSample()
        try:
            async with self._http.post(path, json=body) as answer:
                if answer.status != 200:
                    sample.error = f"{answer.status} {(await answer.text())[:100]}"
                else:
                    await _listen(answer, sample)
        except (aiohttp.ClientError, TimeoutError, EngineError, EventTooLongError) as error:
            sample.error = type(error).__name__
        sample.ended = time.perf_counter()
        return sample


async def _listen(answer: aiohttp.ClientResponse, sample: TurnSample) -> None:
    parser = SSEParser()
    sample.error = "ended early"
    async for chunk in answer.content.iter_any():
        for payload in parser.feed(chunk):
            if payload == "[DONE]":
                sample.error = None
                continue
            event = stream_event(payload)
            if event.text:
                sample.record_piece()
            if event.usage is not None:
                sample.take_usage(asdict(event.usage))
