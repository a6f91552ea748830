"""Stream a character's reply from the engine, for turns and stateless calls alike."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial

from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from app.engines.port import (
    ChatEngine,
    ContextTooLongError,
    Delta,
    EngineError,
    FinishReason,
    Sampling,
    Usage,
)
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.reply_times import ReplyTimes
from app.turns.screened_reply import screened_reply
from app.turns.screening import ReplyScreen
from characters.prompting.reply_trimmer import ReplyTrimmer

_tracer = trace.get_tracer("offbook")
_OPERATION = {"gen_ai.operation.name": "chat"}

OpenScreen = Callable[[PreparedPrompt], Awaitable[ReplyScreen | None]]

_SHARES = (1.0, 0.75)
"""Of the engine's context; the second is for an engine that counts more tokens than we did."""


async def stream_reply(
    engine: ChatEngine,
    prepare: Callable[[float], Awaitable[PreparedPrompt]],
    times: ReplyTimes,
    *,
    name: str,
    continuing: bool,
    affinity: str,
    verbatim: bool = False,
    open_screen: OpenScreen | None = None,
) -> AsyncGenerator[PreparedPrompt | Delta, None]:
    """Yield the prepared prompt, then the reply, delta by delta.

    ``prepare`` gets the share of the engine's context to use. It is called, and its result
    yielded, once more when the engine finds the prompt too long before any text. A delta has the
    text that is certain by now, maybe none; the last has a finish reason, and the usage unless
    the reply was cut before the engine reported it. ``times`` are taken on the way. ``name`` is
    the character's; ``continuing`` as for
    :class:`~characters.prompting.reply_trimmer.ReplyTrimmer`, ``affinity`` as for
    :class:`~app.engines.port.ChatEngine`. ``verbatim`` leaves the engine's text as it is up to a
    stop: for a reply that its grammar ends. ``open_screen`` returns the screen of the reply to a
    prompt, or None where it is shown as it comes. Raises what ``prepare`` and the engine raise.
    """
    for share in _SHARES:
        prepared = await prepare(share)
        if prepared.missing_adapter is not None:
            times.adapter_missing(prepared.missing_adapter, prepared.model)
        yield prepared
        screen = await open_screen(prepared) if open_screen else None
        times.prompt_sent()
        any_text = False
        trimmer = partial(
            _trimmer, prepared, name, continuing=continuing, others_open=screen is not None
        )
        if verbatim:
            trimmer = partial(ReplyTrimmer, "", prepared.stops, continuing=True)
        draw = partial(_draw, engine, prepared, times, trimmer, affinity)
        if screen is None:
            drawn = draw(prepared.sampling)
        else:
            drawn = screened_reply(draw, prepared, screen)
        try:
            async with aclosing(drawn) as deltas:
                async for delta in deltas:
                    any_text = any_text or bool(delta.text)
                    yield delta
        except ContextTooLongError:
            if any_text or share == _SHARES[-1]:
                raise
        else:
            return


def _draw(
    engine: ChatEngine,
    prepared: PreparedPrompt,
    times: ReplyTimes,
    trimmer: Callable[[], ReplyTrimmer],
    affinity: str,
    sampling: Sampling,
) -> AsyncGenerator[Delta, None]:
    stream = engine.stream(
        prepared.prompt,
        sampling,
        prepared.stops,
        affinity=affinity,
        adapter=prepared.adapter,
    )
    return _trimmed(stream, trimmer(), times)


def _trimmer(
    prepared: PreparedPrompt, name: str, *, continuing: bool, others_open: bool
) -> ReplyTrimmer:
    ends = [*prepared.stops, "\n"] if prepared.one_paragraph else prepared.stops
    return ReplyTrimmer(name, ends, continuing=continuing, others_open=others_open)


async def _trimmed(
    stream: AsyncGenerator[Delta, None], trimmer: ReplyTrimmer, times: ReplyTimes
) -> AsyncGenerator[Delta, None]:
    """Yield the engine's deltas, cut where the character's turn ends; the last one ends them."""
    finish: FinishReason = "stop"
    usage: Usage | None = None
    # Not the current span: a generator may be closed in another context than it began in.
    span = _tracer.start_span("generate", kind=SpanKind.CLIENT, attributes=_OPERATION)
    try:
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                usage = delta.usage or usage
                finish = delta.finish_reason or finish
                # PostgreSQL cannot store NUL.
                piece = Delta(trimmer.feed(delta.text.replace("\x00", "")))
                if piece.text and times.first_token_ms is None:
                    span.add_event("first text")
                times.delta_received(piece)
                yield piece
                if trimmer.ended:
                    finish = "stop"
                    break
        if usage is not None:
            span.set_attributes(_usage_attributes(usage))
        span.set_attribute("gen_ai.response.finish_reasons", [finish])
    except EngineError as error:
        span.set_status(StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        span.end()
    last = Delta(trimmer.finish(), finish, usage)
    times.delta_received(last)
    yield last


def _usage_attributes(usage: Usage) -> dict[str, int]:
    """Return the tokens under the names of OpenTelemetry's conventions for generative AI."""
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
        "offbook.cached_tokens": usage.cached_tokens or 0,
    }
