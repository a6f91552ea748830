"""Stream a character's reply from the engine, for turns and stateless calls alike."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from app.engines.port import ChatEngine, ContextTooLongError, Delta, FinishReason, Usage
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.reply_times import ReplyTimes
from characters.prompting.reply_trimmer import ReplyTrimmer

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
) -> AsyncGenerator[PreparedPrompt | Delta, None]:
    """Yield the prepared prompt, then the reply, delta by delta.

    ``prepare`` gets the share of the engine's context to use. It is called, and its result
    yielded, once more when the engine finds the prompt too long before any text. A delta has the
    text that is certain by now, maybe none; the last has a finish reason, and the usage unless
    the reply was cut before the engine reported it. ``times`` are taken on the way. ``name`` is
    the character's; ``continuing`` as for
    :class:`~characters.prompting.reply_trimmer.ReplyTrimmer`, ``affinity`` as for
    :class:`~app.engines.port.ChatEngine`. Raises what ``prepare`` and the engine raise.
    """
    for share in _SHARES:
        prepared = await prepare(share)
        yield prepared
        times.prompt_sent()
        any_text = False
        try:
            stream = engine.stream(
                prepared.prompt, prepared.sampling, prepared.stops, affinity=affinity
            )
            async with aclosing(_trimmed(stream, prepared, name, continuing=continuing)) as deltas:
                async for delta in deltas:
                    any_text = any_text or bool(delta.text)
                    times.delta_received(delta)
                    yield delta
        except ContextTooLongError:
            if any_text or share == _SHARES[-1]:
                raise
        else:
            return


async def _trimmed(
    stream: AsyncGenerator[Delta, None], prepared: PreparedPrompt, name: str, *, continuing: bool
) -> AsyncGenerator[Delta, None]:
    """Yield the engine's deltas, cut where the character's turn ends; the last one ends them."""
    ends = [*prepared.stops, "\n"] if prepared.one_paragraph else prepared.stops
    trimmer = ReplyTrimmer(name, ends, continuing=continuing)
    finish: FinishReason = "stop"
    usage: Usage | None = None
    async with aclosing(stream) as deltas:
        async for delta in deltas:
            usage = delta.usage or usage
            finish = delta.finish_reason or finish
            # PostgreSQL cannot store NUL.
            yield Delta(trimmer.feed(delta.text.replace("\x00", "")))
            if trimmer.ended:
                finish = "stop"
                break
    yield Delta(trimmer.finish(), finish, usage)
