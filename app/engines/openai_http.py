"""Generate with vLLM, other OpenAI-compatible servers or the embedded llama.cpp over HTTP."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from http import HTTPStatus

import aiohttp
import structlog

from app.engines.adapter_requests import AdapterRequests, LlamaCppAdapters, listed_adapters
from app.engines.adapters import AdapterState, unknown_adapter
from app.engines.assembling import TextAssembler
from app.engines.connection import (
    LOST,
    MOST_BYTES,
    Answer,
    EngineHttp,
    StreamDeadline,
    is_success,
    read_error,
)
from app.engines.control_tokens import ControlTokens
from app.engines.counting import TokenCounter
from app.engines.llamacpp_scoring import LlamaCppScorer
from app.engines.metering import ReplyMeter
from app.engines.openai_answers import answered_object, response_error, token_ids
from app.engines.openai_limits import bound_context, choose_model
from app.engines.openai_payload import (
    RETRY_AFTER,
    Dialect,
    Tokenizable,
    generation_request,
    most_tokens,
    tokenize_request,
    with_template_options,
)
from app.engines.openai_queries import listed_control_tokens, succeeded
from app.engines.openai_stream import read_events
from app.engines.port import (
    Delta,
    EngineError,
    EnginePrompt,
    EngineTimeoutError,
    EngineUnavailableError,
    Limits,
    PromptStyle,
    Sampling,
    ScoringUnsupportedError,
)
from app.engines.scoring import BYTES_PER_ID, NO_ROUTE, TextScorer, unsupported
from app.engines.tokens import TokenCountCache
from app.engines.traits import ModelTraits
from app.engines.vllm_scoring import VllmScorer
from characters.json_values import JsonObject

log = structlog.get_logger(__name__)

_READY_SECONDS = 1.8
_QUERY_SECONDS = 30.0
_TOKEN_SECONDS = 1.0
"""Longest time for each token of a text being scored, after the prompt."""
_USAGE_SECONDS = 5.0
"""Longest wait from the end of a reply to its usage."""


class OpenAIEngine:
    """Implement :class:`~app.engines.port.ChatEngine` over HTTP."""

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
        control: Sequence[str] = (),
        traits: ModelTraits | None = None,
        traits_of: Callable[[str], ModelTraits | None] = lambda _: None,
        adapters: AdapterRequests | None = None,
    ) -> None:
        """Connect to ``base_url``, which may end with ``/v1`` or a slash; timeouts in seconds.

        ``model`` ``auto`` is the first model the server lists. ``context_length`` bounds the
        server's own, and replaces it where the server reports none. A reply fails after
        ``reply_timeout``, and is cut off after ``reply_characters``. ``control`` adds control
        tokens of the model, which no text may spell, to the tokens of well-known families and the
        server's list. ``traits`` are the model's, unless ``traits_of`` knows those of the model
        that the server lists. Without ``adapters`` none is served.
        """
        self._adapters = adapters or LlamaCppAdapters()
        self._model = model
        self._dialect = dialect
        self._prompt_style: PromptStyle = prompt_style
        self._context_length = context_length
        self._first_token_timeout = first_token_timeout
        self._idle_timeout = idle_timeout
        self._reply_timeout = reply_timeout
        self._reply_characters = reply_characters
        self._default_traits = traits or ModelTraits()
        self._traits = self._default_traits
        self._traits_of = traits_of
        self._limits: Limits | None = None
        self._known_control = tuple(control)
        self._control = ControlTokens(control)
        self._counter = TokenCounter(dialect, self._token_ids, TokenCountCache(), self._neutralize)
        self._llamacpp_scorers: dict[str | None, LlamaCppScorer] = {}
        """By adapter."""
        self._http = EngineHttp(
            base_url,
            api_key,
            connect_timeout,
            reset=dialect == "llamacpp",
        )
        self._known_limits: Limits | None = None
        """The newest ones that were learnt."""

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`. Closing it closes the connection, which cancels.

        ``affinity`` is for a router behind the address: see :mod:`app.engines.affinity`.
        """
        limits = await self._limits_with(adapter)
        # vLLM refuses a larger max_tokens than its context, even with a short prompt.
        sampling = replace(
            sampling,
            max_tokens=min(sampling.max_tokens, limits.context_length),
            # A server may read a control token in a word, and never end a reply without it.
            avoided_words=tuple(map(self._neutralize, sampling.avoided_words)),
        )
        prompt = self.as_sent(prompt)
        # The prompt has names with broken control tokens, and the model may write them so.
        neutral = list(dict.fromkeys(map(self._neutralize, stop)))
        path, body = generation_request(
            prompt,
            sampling,
            neutral,
            model=limits.model,
            dialect=self._dialect,
            template_options=self._traits.template_options,
        )
        body |= self._adapters.fields(adapter)
        started = asyncio.get_running_loop().time()
        first, latest = started + self._first_token_timeout, started + self._reply_timeout
        response = await self._begin(path, body, min(first, latest), affinity, adapter)
        deadline = StreamDeadline(response, first, latest)
        try:
            meter = ReplyMeter(sampling.max_tokens, self._reply_characters)
            text = TextAssembler([*neutral, *stop], meter, self._traits.thought_tags)
            incoming = read_events(response, meter, lambda error: self._broken(error, deadline))
            async with aclosing(incoming) as events:
                async for event in events:
                    piece = text.feed(event)
                    if event.text.strip():
                        deadline.renew(self._idle_timeout)
                    if piece:
                        yield Delta(piece)
                    if text.cut_off:
                        break
                    if event.finish_reason is not None:
                        deadline.renew(min(self._idle_timeout, _USAGE_SECONDS))
            yield text.last()
        finally:
            deadline.end()
            response.close()

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """See :meth:`ChatEngine.score`, and :meth:`stream` for ``affinity``."""
        if not continuation:
            return []
        limits = await self._limits_with(adapter)
        prompt = self.as_sent(prompt)
        scorer = self._scorer(affinity, adapter)
        return await scorer.score(prompt, self._neutralize(continuation), limits)

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """See :meth:`ChatEngine.as_sent`."""
        return self._control.neutralize_prompt(prompt)

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """See :meth:`ChatEngine.count_tokens` and :class:`TokenCounter`."""
        return await self._counter.count(texts, rough)

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`. Cached until the engine was unavailable.

        Where the models cannot be listed afterwards, the limits stay what they were: a router may
        ask an engine that has just died, while others answer. Raises :class:`EngineRequestError`
        for a model name that the server does not list.
        """
        if self._limits is None:
            try:
                listed = answered_object(succeeded(await self._query("GET", "/v1/models")))
            except EngineUnavailableError:
                if self._known_limits is None:
                    raise
                return self._with_adapters(self._known_limits)
            limits = self._known_limits = self._read_limits(listed)
            if self._dialect == "vllm" and (learnt := await listed_control_tokens(self._http)):
                self._control = ControlTokens((*self._known_control, *learnt))
            self._limits = limits
        return self._with_adapters(self._limits)

    def adapter_states(self) -> Sequence[AdapterState]:
        """See :meth:`~app.engines.adapters.AdapterServer.adapter_states`."""
        return self._adapters.adapter_states()

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`: asks ``/health``, or ``/v1/models`` where it is missing.

        A router's ``/health`` fails while any of its engines is away; its ``/readiness`` says
        whether another one answers.
        """
        try:
            async with asyncio.timeout(_READY_SECONDS):
                answer = await self._http.ask("GET", "/health")
                if answer.status == HTTPStatus.NOT_FOUND:
                    answer = await self._http.ask("GET", "/v1/models")
                elif answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    answer = await self._http.ask("GET", "/readiness")
        except (*LOST, EngineError) as error:
            log.debug("engine_not_ready", reason=repr(error))
            self._limits = None  # the server may be back with another model
            return False
        return is_success(answer.status)

    async def aclose(self) -> None:
        """Close all connections, which ends all streams."""
        await self._adapters.aclose()
        await self._http.aclose()

    async def _limits_with(self, adapter: str | None) -> Limits:
        """Return the limits. Raises :class:`AdapterUnknownError` for one that cannot be served."""
        limits = await self.limits()
        if adapter is not None and adapter not in limits.adapters:
            await self._ensure(adapter)
        return limits

    async def _ensure(self, adapter: str) -> None:
        if not await self._adapters.ensure(adapter):
            raise unknown_adapter(adapter, self.adapter_states())

    def _with_adapters(self, limits: Limits) -> Limits:
        return replace(limits, adapters=self._adapters.known(limits.adapters))

    def _scorer(self, affinity: str | None, adapter: str | None) -> TextScorer:
        if self._dialect == "vllm":
            return VllmScorer(partial(self._query_scoring, adapter, affinity=affinity))
        if adapter not in self._llamacpp_scorers:
            scorer = LlamaCppScorer(partial(self._query_scoring, adapter))
            self._llamacpp_scorers[adapter] = scorer
        return self._llamacpp_scorers[adapter]

    async def _begin(
        self,
        path: str,
        body: Mapping[str, object],
        until: float,
        affinity: str | None,
        adapter: str | None,
        *,
        again: bool = True,
    ) -> aiohttp.ClientResponse:
        """Return the response to a generation request once its head has arrived.

        A server that was restarted has forgotten adapters that were loaded while it ran: they are
        loaded again, once for a request.
        """
        try:
            async with asyncio.timeout_at(until):
                response = await self._http.send("POST", path, body, affinity=affinity)
                if is_success(response.status):
                    return response
                said = (await read_error(response)).decode(errors="replace")
        except LOST as error:
            raise self._lost(error) from error
        if response.status == HTTPStatus.NOT_FOUND:
            self._limits = None  # the server may have changed its model
            if adapter is not None and again:
                await self._ensure(adapter)
                return await self._begin(path, body, until, affinity, adapter, again=False)
        raise response_error(response.status, response.headers, said)

    async def _token_ids(self, content: Tokenizable) -> list[int] | None:
        model = (await self.limits()).model
        asked = tokenize_request(content, model=model, dialect=self._dialect)
        most = most_tokens(content)
        answer = await self._query(
            "POST", "/tokenize", asked, most_bytes=MOST_BYTES + BYTES_PER_ID * most
        )
        if answer.status in NO_ROUTE:
            return None
        return token_ids(answered_object(succeeded(answer)), most)

    async def _query_scoring(
        self,
        adapter: str | None,
        path: str,
        body: Mapping[str, object],
        most_bytes: int,
        tokens: int,
        *,
        affinity: str | None = None,
    ) -> bytes:
        """Return the server's answer to a request that computes a prompt and ``tokens`` after it.

        Requests of no ``tokens`` only read texts, and need no ``adapter``.
        Raises :class:`ScoringUnsupportedError` where the server does not have the path, or a
        router before it does not let prompts of token ids through: vllm-router 0.1.17 answers 422,
        which vLLM itself never does.
        """
        body = with_template_options(body, self._traits.template_options)
        if tokens:
            body |= self._adapters.fields(adapter)
        seconds = min(self._first_token_timeout + tokens * _TOKEN_SECONDS, self._reply_timeout)
        ask = partial(
            self._query,
            "POST",
            path,
            body,
            most_bytes=most_bytes,
            seconds=seconds,
            affinity=affinity,
        )
        answer = await ask()
        if answer.status == HTTPStatus.NOT_FOUND and tokens and adapter is not None:
            await self._ensure(adapter)  # as in _begin
            answer = await ask()
        if answer.status in NO_ROUTE:
            self._limits = None  # the server may have changed its model
            raise unsupported(path)
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            raise ScoringUnsupportedError(
                "The router in front of the engines lets no prompt of token ids through, so a "
                "given text cannot be scored. For that, name one of its engines in "
                "OFFBOOK_ENGINE__BASE_URL."
            )
        return succeeded(answer)

    def _neutralize(self, text: str) -> str:
        return self._control.neutralize(text)

    async def _query(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        most_bytes: int = MOST_BYTES,
        seconds: float = _QUERY_SECONDS,
        affinity: str | None = None,
    ) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                return await self._http.ask(
                    method, path, body, most_bytes=most_bytes, affinity=affinity
                )
        except LOST as error:
            raise self._lost(error) from error

    def _read_limits(self, listed: JsonObject) -> Limits:
        name, reported = choose_model(listed, self._model)
        self._traits = self._traits_of(name) or self._default_traits
        return Limits(
            model=name,
            context_length=bound_context(reported, self._context_length),
            prompt_style=self._traits.prompt_style or self._prompt_style,
            sampling=self._traits.sampling or Sampling(),
            max_examples=self._traits.max_examples,
            profile_length=self._traits.profile_length,
            screened=self._traits.screened,
            adapters=listed_adapters(listed),
            voice_thresholds=self._traits.voice_thresholds,
        )

    def _broken(self, error: Exception, deadline: StreamDeadline) -> EngineError:
        """Return the error of a stream that broke, or that was closed for its silence."""
        if not deadline.lost:
            return self._lost(error)
        if deadline.is_total_time_over:
            return EngineTimeoutError(
                f"The reply did not end within {self._reply_timeout:g} seconds."
            )
        return self._lost(TimeoutError())

    def _lost(self, error: Exception) -> EngineError:
        if isinstance(error, TimeoutError):
            connecting = isinstance(error, aiohttp.ConnectionTimeoutError)
            what = "to connect" if connecting else "for the next token"
            return EngineTimeoutError(f"Waited too long {what}.", retry_after=RETRY_AFTER)
        self._limits = None  # the server may be back with another model
        return EngineUnavailableError(
            f"The engine cannot be reached ({type(error).__name__}).", retry_after=RETRY_AFTER
        )
