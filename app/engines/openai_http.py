"""The one client of every engine that speaks OpenAI-compatible HTTP.

It serves vLLM, other OpenAI-compatible servers, and the embedded llama.cpp server.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from http import HTTPStatus
from typing import cast

import aiohttp
import structlog

from app.engines.connection import LOST, Answer, EngineHttp, Patience, is_success
from app.engines.counting import TokenCounter
from app.engines.openai_payload import (
    RETRY_AFTER,
    Dialect,
    StreamEvent,
    Tokenizable,
    generation_request,
    response_error,
    stream_event,
    tokenize_request,
)
from app.engines.port import (
    Delta,
    EngineError,
    EnginePrompt,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
    FinishReason,
    Limits,
    PromptStyle,
    Sampling,
    Usage,
)
from app.engines.sse import SSEParser
from app.engines.stops import CharacterJoiner, StopFilter
from app.engines.tokens import TokenCountCache

log = structlog.get_logger(__name__)

_DEFAULT_CONTEXT_LENGTH = 4096
_READY_SECONDS = 1.8
_QUERY_SECONDS = 30.0


class OpenAIEngine:
    """A :class:`~app.engines.port.ChatEngine` over HTTP."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str = "auto",
        api_key: str | None = None,
        dialect: Dialect = "vllm",
        prompt_style: PromptStyle = "completion",
        context_length: int | None = None,
        connect_timeout: float = 3.0,
        first_token_timeout: float = 120.0,
        idle_timeout: float = 30.0,
        sampling: Sampling | None = None,
        max_examples: int | None = None,
        counts: TokenCountCache | None = None,
    ) -> None:
        """``base_url`` may end with ``/v1`` or a slash; timeouts are in seconds.

        ``model`` ``auto`` is the first model the server lists. ``context_length`` bounds what the
        server reports, and stands in where it reports nothing. ``counts`` is shared by engines of
        one model.
        """
        self._model = model
        self._dialect = dialect
        self._prompt_style: PromptStyle = prompt_style
        self._context_length = context_length
        self._first_token_timeout = first_token_timeout
        self._idle_timeout = idle_timeout
        self._sampling = sampling or Sampling()
        self._max_examples = max_examples
        self._limits: Limits | None = None
        counts = TokenCountCache() if counts is None else counts
        self._counter = TokenCounter(dialect, self._token_ids, counts)
        self._http = EngineHttp(
            base_url,
            api_key,
            connect_timeout,
            reset=dialect == "llamacpp",
        )

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`. Leaving it closes the connection, which cancels.

        There is one server behind it, so ``affinity`` says nothing to it.
        """
        limits = await self.limits()
        # vLLM refuses what is beyond its context, whatever room the prompt leaves.
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens, limits.context_length))
        path, body = generation_request(
            prompt, sampling, stop, model=limits.model, dialect=self._dialect
        )
        started = asyncio.get_running_loop().time()
        response = await self._begin(path, body, started + self._first_token_timeout)
        patience = Patience(response, started + self._first_token_timeout)
        try:
            text = _TextAssembler(stop)
            async with aclosing(self._events(response, patience)) as events:
                async for event in events:
                    piece = text.feed(event)
                    if event.text:
                        patience.renew(self._idle_timeout)
                    if piece:
                        yield Delta(piece)
                    if text.cut_off:
                        break
            yield text.last()
        finally:
            patience.end()
            response.close()

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """See :meth:`ChatEngine.count_tokens`, and :class:`TokenCounter` for how."""
        return await self._counter.count(texts, rough)

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`. Asked once, and again after the engine was gone.

        Raises :class:`EngineRequestError` for a model name that the server does not list.
        """
        if self._limits is None:
            listed = await self._get_json("/v1/models")
            self._limits = self._read_limits(listed)
        return self._limits

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`: ``/health``, or ``/v1/models`` where that is missing."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                answer = await self._http.ask("GET", "/health")
                if answer.status == HTTPStatus.NOT_FOUND:
                    answer = await self._http.ask("GET", "/v1/models")
        except LOST as error:
            log.debug("engine_not_ready", reason=repr(error))
            self._limits = None  # whoever answers next may serve another model
            return False
        return is_success(answer.status)

    async def aclose(self) -> None:
        """Close all connections, which ends all streams."""
        await self._http.aclose()

    async def _begin(
        self, path: str, body: Mapping[str, object], until: float
    ) -> aiohttp.ClientResponse:
        """The response to a generation request once its head is there."""
        try:
            async with asyncio.timeout_at(until):
                response = await self._http.send("POST", path, body)
                if is_success(response.status):
                    return response
                async with response:
                    said = await response.text(errors="replace")
        except LOST as error:
            raise self._lost(error) from error
        if response.status == HTTPStatus.NOT_FOUND:
            self._limits = None  # the server may serve another model now
        raise response_error(response.status, response.headers, said)

    async def _events(
        self, response: aiohttp.ClientResponse, patience: Patience
    ) -> AsyncGenerator[StreamEvent, None]:
        """The events before ``[DONE]``; a broken connection counts only before a finish reason."""
        parser = SSEParser()
        finished = False
        try:
            while True:
                chunk = await response.content.readany()
                for payload in parser.feed(chunk) if chunk else parser.close():
                    if payload == "[DONE]":
                        chunk = b""
                        break
                    event = stream_event(payload)
                    finished = finished or event.finish_reason is not None
                    yield event
                if not chunk:
                    break
        except aiohttp.ClientError as error:
            reason = TimeoutError() if patience.lost else error
            if not finished:
                raise self._lost(reason) from error
            log.warning("engine_stream_without_usage", reason=repr(reason))
        if not finished:
            raise EngineUnavailableError(
                "The engine's answer broke off before its end.", retry_after=RETRY_AFTER
            )

    async def _token_ids(self, content: Tokenizable) -> list[int] | None:
        model = (await self.limits()).model
        asked = tokenize_request(content, model=model, dialect=self._dialect)
        answer = await self._query("POST", "/tokenize", asked)
        if answer.status in (404, 405, 501):
            return None
        return cast("list[int]", self._checked(answer).get("tokens") or [])

    async def _get_json(self, path: str) -> Mapping[str, object]:
        return self._checked(await self._query("GET", path))

    async def _query(
        self, method: str, path: str, body: Mapping[str, object] | None = None
    ) -> Answer:
        try:
            async with asyncio.timeout(_QUERY_SECONDS):
                return await self._http.ask(method, path, body)
        except LOST as error:
            raise self._lost(error) from error

    def _checked(self, answer: Answer) -> "dict[str, list[object]]":
        if not is_success(answer.status):
            raise response_error(
                answer.status, answer.headers, answer.body.decode(errors="replace")
            )
        try:
            body = json.loads(answer.body)
        except ValueError as error:
            raise EngineRequestError(
                "The engine's answer is not JSON; is it the right address?"
            ) from error
        if not isinstance(body, dict):
            raise EngineRequestError(
                "The engine's answer is not an object; is it the right address?"
            )
        return body

    def _read_limits(self, listed: Mapping[str, object]) -> Limits:
        data = listed.get("data")
        models = {str(each["id"]): each for each in data} if isinstance(data, list) else {}
        if not models:
            raise EngineUnavailableError("The engine lists no model.", retry_after=RETRY_AFTER)
        name = next(iter(models)) if self._model == "auto" else self._model
        if name not in models:
            raise EngineRequestError(f"The engine serves {', '.join(models)}, not {name}.")
        return Limits(
            model=name,
            context_length=self._bounded_context(_reported_context(models[name])),
            prompt_style=self._prompt_style,
            sampling=replace(self._sampling),
            max_examples=self._max_examples,
        )

    def _bounded_context(self, reported: int | None) -> int:
        if reported is None and self._context_length is None:
            log.warning("engine_reports_no_context_length", assumed=_DEFAULT_CONTEXT_LENGTH)
            return _DEFAULT_CONTEXT_LENGTH
        return min(each for each in (reported, self._context_length) if each is not None)

    def _lost(self, error: Exception) -> EngineError:
        if isinstance(error, TimeoutError):
            connecting = isinstance(error, aiohttp.ConnectionTimeoutError)
            what = "to connect" if connecting else "for the next token"
            return EngineTimeoutError(f"Waited too long {what}.", retry_after=RETRY_AFTER)
        self._limits = None  # whoever answers next may serve another model
        return EngineUnavailableError(
            f"The engine cannot be reached ({type(error).__name__}).", retry_after=RETRY_AFTER
        )


class _TextAssembler:
    """Collects a stream's events into deltas."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._joiner = CharacterJoiner()
        self._filter = StopFilter(stop)
        self._finish: FinishReason | None = None
        self._usage: Usage | None = None

    @property
    def cut_off(self) -> bool:
        """Whether a stop string came through that the engine did not stop at."""
        return self._filter.stopped and self._finish is None

    def feed(self, event: StreamEvent) -> str:
        self._finish = event.finish_reason or self._finish
        self._usage = event.usage or self._usage
        return self._filter.feed(self._joiner.feed(event.text))

    def last(self) -> Delta:
        rest = self._filter.feed(self._joiner.flush()) + self._filter.flush()
        finish: FinishReason = "stop" if self._filter.stopped else (self._finish or "stop")
        return Delta(rest, finish_reason=finish, usage=self._usage)


def _reported_context(model: Mapping[str, object]) -> int | None:
    """Tokens per request: ``max_model_len`` on vLLM, ``meta.n_ctx`` (of one slot) on llama.cpp."""
    meta = model.get("meta")
    reported = model.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return reported if isinstance(reported, int) else None
