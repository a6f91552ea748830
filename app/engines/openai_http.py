"""The one client of every engine that speaks OpenAI-compatible HTTP.

It serves vLLM, other OpenAI-compatible servers, and the embedded llama.cpp server.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from http import HTTPStatus

import aiohttp
import structlog

from app.engines.assembling import TextAssembler
from app.engines.connection import (
    LOST,
    MOST_BYTES,
    Answer,
    EngineHttp,
    Patience,
    is_success,
    read_error,
)
from app.engines.control_tokens import ControlTokens
from app.engines.counting import TokenCounter
from app.engines.metering import ReplyMeter
from app.engines.openai_answers import (
    StreamEvent,
    answered_object,
    control_tokens,
    listed_models,
    reported_context,
    response_error,
    stream_event,
    token_ids,
)
from app.engines.openai_payload import (
    RETRY_AFTER,
    Dialect,
    Tokenizable,
    generation_request,
    tokenize_request,
)
from app.engines.port import (
    Delta,
    EngineError,
    EnginePrompt,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
    Limits,
    PromptStyle,
    Sampling,
)
from app.engines.sse import EventTooLongError, SSEParser
from app.engines.tokens import TokenCountCache
from characters.json_values import JsonObject

log = structlog.get_logger(__name__)

_DEFAULT_CONTEXT_LENGTH = 4096
_LONGEST_CONTEXT = 16_000_000
"""Tokens. A server that reports more is not believed."""
_READY_SECONDS = 1.8
_QUERY_SECONDS = 30.0
_TOKENIZER_SECONDS = 1.0
"""For the list of control tokens, which few servers have: probes wait for it."""
_USAGE_SECONDS = 5.0
"""From the end of a reply to its usage."""
_SHOWN_MODELS = 10
_TOKENS_PER_BYTE = 2
_BYTES_PER_TOKEN = 16
"""Bounds on what a tokenizer makes of a text, and on how an id is written."""
_SPARE_TOKENS = 10_000


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
        reply_timeout: float = 1_800.0,
        reply_characters: int = 400_000,
        sampling: Sampling | None = None,
        max_examples: int | None = None,
        counts: TokenCountCache | None = None,
        control: Sequence[str] = (),
    ) -> None:
        """``base_url`` may end with ``/v1`` or a slash; timeouts are in seconds.

        ``model`` ``auto`` is the first model the server lists. ``context_length`` bounds what the
        server reports, and stands in where it reports nothing. ``counts`` is shared by engines of
        one model. A reply ends after ``reply_timeout``, with an error, and is cut off after
        ``reply_characters``. ``control`` are tokens of the model that no text may spell, beside
        those of well-known families and those that the server tells.
        """
        self._model = model
        self._dialect = dialect
        self._prompt_style: PromptStyle = prompt_style
        self._context_length = context_length
        self._first_token_timeout = first_token_timeout
        self._idle_timeout = idle_timeout
        self._reply_timeout = reply_timeout
        self._reply_characters = reply_characters
        self._sampling = sampling or Sampling()
        self._max_examples = max_examples
        self._limits: Limits | None = None
        counts = TokenCountCache() if counts is None else counts
        self._known_control = tuple(control)
        self._control = ControlTokens(control)
        self._counter = TokenCounter(dialect, self._token_ids, counts, self._neutralize)
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
        prompt = self._control.neutralize_prompt(prompt)
        # The model sees names without control tokens, and so may write them.
        neutral = list(dict.fromkeys(map(self._neutralize, stop)))
        path, body = generation_request(
            prompt, sampling, neutral, model=limits.model, dialect=self._dialect
        )
        started = asyncio.get_running_loop().time()
        first, latest = started + self._first_token_timeout, started + self._reply_timeout
        response = await self._begin(path, body, min(first, latest))
        patience = Patience(response, first, latest)
        try:
            meter = ReplyMeter(sampling.max_tokens, self._reply_characters)
            text = TextAssembler([*neutral, *stop], meter)
            async with aclosing(self._events(response, patience, meter)) as events:
                async for event in events:
                    piece = text.feed(event)
                    if event.text.strip():
                        patience.renew(self._idle_timeout)
                    if piece:
                        yield Delta(piece)
                    if text.cut_off:
                        break
                    if event.finish_reason is not None:
                        patience.renew(min(self._idle_timeout, _USAGE_SECONDS))
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
            listed = answered_object(self._succeeded(await self._query("GET", "/v1/models")))
            limits = self._read_limits(listed)
            await self._learn_control_tokens()
            self._limits = limits
        return self._limits

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`: ``/health``, or ``/v1/models`` where that is missing."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                answer = await self._http.ask("GET", "/health")
                if answer.status == HTTPStatus.NOT_FOUND:
                    answer = await self._http.ask("GET", "/v1/models")
        except (*LOST, EngineError) as error:
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
                said = (await read_error(response)).decode(errors="replace")
        except LOST as error:
            raise self._lost(error) from error
        if response.status == HTTPStatus.NOT_FOUND:
            self._limits = None  # the server may serve another model now
        raise response_error(response.status, response.headers, said)

    async def _events(
        self, response: aiohttp.ClientResponse, patience: Patience, meter: ReplyMeter
    ) -> AsyncGenerator[StreamEvent, None]:
        """The events before ``[DONE]``; a broken connection counts only before a finish reason."""
        parser = SSEParser()
        finished = False
        try:
            while True:
                chunk = await response.content.readany()
                if not meter.receive(chunk):
                    raise EventTooLongError
                for payload in parser.feed(chunk) if chunk else parser.close():
                    if payload == "[DONE]":
                        chunk = b""
                        break
                    event = stream_event(payload)
                    if finished:
                        event = replace(event, text="", finish_reason=None)
                    finished = finished or event.finish_reason is not None
                    yield event
                if not chunk:
                    break
        except EventTooLongError as error:
            raise EngineUnavailableError(
                "The engine sends more than a reply can be.", retry_after=RETRY_AFTER
            ) from error
        except LOST as error:
            if not finished:
                raise self._silent(patience) if patience.lost else self._lost(error) from error
            log.warning("engine_stream_without_usage", reason=repr(error))
        if not finished:
            raise EngineUnavailableError(
                "The engine's answer broke off before its end.", retry_after=RETRY_AFTER
            )

    async def _token_ids(self, content: Tokenizable) -> list[int] | None:
        model = (await self.limits()).model
        asked = tokenize_request(content, model=model, dialect=self._dialect)
        most = _SPARE_TOKENS + _TOKENS_PER_BYTE * _bytes_of(content)
        answer = await self._query(
            "POST", "/tokenize", asked, most_bytes=MOST_BYTES + _BYTES_PER_TOKEN * most
        )
        if answer.status in (404, 405, 501):
            return None
        return token_ids(answered_object(self._succeeded(answer)), most)

    def _neutralize(self, text: str) -> str:
        return self._control.neutralize(text)

    async def _learn_control_tokens(self) -> None:
        """Ask vLLM, which tells where it runs with ``--enable-tokenizer-info-endpoint``."""
        if self._dialect != "vllm":
            return
        with suppress(*LOST, EngineError):
            async with asyncio.timeout(_TOKENIZER_SECONDS):
                answer = await self._http.ask("GET", "/tokenizer_info")
            learnt = control_tokens(answered_object(self._succeeded(answer)))
            self._control = ControlTokens((*self._known_control, *learnt))

    async def _query(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        most_bytes: int = MOST_BYTES,
    ) -> Answer:
        try:
            async with asyncio.timeout(_QUERY_SECONDS):
                return await self._http.ask(method, path, body, most_bytes=most_bytes)
        except LOST as error:
            raise self._lost(error) from error

    def _succeeded(self, answer: Answer) -> bytes:
        if not is_success(answer.status):
            raise response_error(
                answer.status, answer.headers, answer.body.decode(errors="replace")
            )
        return answer.body

    def _read_limits(self, listed: JsonObject) -> Limits:
        models = listed_models(listed)
        if not models:
            raise EngineUnavailableError("The engine lists no model.", retry_after=RETRY_AFTER)
        name = next(iter(models)) if self._model == "auto" else self._model
        if name not in models:
            some = ", ".join([*models][:_SHOWN_MODELS])
            more = f" and {len(models) - _SHOWN_MODELS} more" if len(models) > _SHOWN_MODELS else ""
            raise EngineRequestError(f"The engine serves {some}{more}, not {name}.")
        return Limits(
            model=name,
            context_length=self._bounded_context(reported_context(models[name])),
            prompt_style=self._prompt_style,
            sampling=replace(self._sampling),
            max_examples=self._max_examples,
        )

    def _bounded_context(self, reported: int | None) -> int:
        if reported is None and self._context_length is None:
            log.warning("engine_reports_no_context_length", assumed=_DEFAULT_CONTEXT_LENGTH)
            return _DEFAULT_CONTEXT_LENGTH
        known = (reported, self._context_length, _LONGEST_CONTEXT)
        return min(each for each in known if each is not None)

    def _silent(self, patience: Patience) -> EngineError:
        """What a stream ends with that was given up."""
        if patience.at_its_end:
            return EngineTimeoutError(
                f"The reply did not end within {self._reply_timeout:g} seconds."
            )
        return self._lost(TimeoutError())

    def _lost(self, error: Exception) -> EngineError:
        if isinstance(error, TimeoutError):
            connecting = isinstance(error, aiohttp.ConnectionTimeoutError)
            what = "to connect" if connecting else "for the next token"
            return EngineTimeoutError(f"Waited too long {what}.", retry_after=RETRY_AFTER)
        self._limits = None  # whoever answers next may serve another model
        return EngineUnavailableError(
            f"The engine cannot be reached ({type(error).__name__}).", retry_after=RETRY_AFTER
        )


def _bytes_of(content: Tokenizable) -> int:
    """Bytes of the texts, with two for each id or separator among them."""
    parts = [content] if isinstance(content, str) else content
    texts = (len(part.encode("utf-8", "surrogatepass")) for part in parts if isinstance(part, str))
    return 2 * len(parts) + sum(texts)
