"""From a prompt to what the character says: what a turn and a stateless call have in common."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from app.engines.port import ChatEngine, ContextTooLongError, Delta, FinishReason, Usage
from app.turns.prompt_builder import PreparedPrompt
from characters.prompting.reply_trimmer import ReplyTrimmer

_SHARES = (1.0, 0.75)
"""Of the context; the second after the engine counted more tokens than we did."""


async def stream_reply(
    engine: ChatEngine,
    prepare: Callable[[float], Awaitable[PreparedPrompt]],
    *,
    name: str,
    continuing: bool,
    affinity: str,
) -> AsyncGenerator[PreparedPrompt | Delta, None]:
    """The turn as it was prepared, then the reply, delta by delta.

    ``prepare`` gets the share of the engine's context to use. It is called, and its result
    yielded, once more when the engine finds the prompt too long before anything was said.
    A delta has the text that is certain by now, which may be none; the last has a finish reason,
    and the usage unless the reply was cut before the engine told it. ``name`` is the character's;
    ``continuing`` as for :class:`~characters.prompting.reply_trimmer.ReplyTrimmer`, ``affinity`` as for
    :class:`~app.engines.port.ChatEngine`. Raises what ``prepare`` and the engine raise.
    """
    for share in _SHARES:
        prepared = await prepare(share)
        yield prepared
        said = False
        try:
            stream = engine.stream(
                prepared.prompt, prepared.sampling, prepared.stops, affinity=affinity
            )
            async with aclosing(_trimmed(stream, prepared, name, continuing=continuing)) as deltas:
                async for delta in deltas:
                    said = said or bool(delta.text)
                    yield delta
        except ContextTooLongError:
            if said or share == _SHARES[-1]:
                raise
        else:
            return


async def _trimmed(
    stream: AsyncGenerator[Delta, None], prepared: PreparedPrompt, name: str, *, continuing: bool
) -> AsyncGenerator[Delta, None]:
    ends = [*prepared.stops, "\n"] if prepared.one_paragraph else prepared.stops
    trimmer = ReplyTrimmer(name, ends, continuing=continuing)
    finish: FinishReason = "stop"
    usage: Usage | None = None
    async with aclosing(stream) as deltas:
        async for delta in deltas:
            usage = delta.usage or usage
            finish = delta.finish_reason or finish
            # PostgreSQL stores no NUL, and nobody says one.
            yield Delta(trimmer.feed(delta.text.replace("\x00", "")))
            if trimmer.ended:
                finish = "stop"
                break
    yield Delta(trimmer.finish(), finish, usage)
