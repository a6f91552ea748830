"""Draw a reply until its first sentence is the character's, before any of it is shown.

The first sentence is held back and judged. Where it fails, the engine stops, and the reply is drawn
again with another seed and without the words at fault, twice at most. Where all draws fail, the
least bad is shown; where the model answers as an assistant, a line of the script is said instead.
From there on the reply streams sentence by sentence, and ends before one that fails. Where the user
asks for code, or whether the character is an AI, the first draw already does without an assistant's
words for it, and there is one other draw only.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from app.engines.port import Delta, EngineTimeoutError, Sampling, Usage
from app.turns.prepared_prompt import PreparedPrompt
from app.turns.screening import ReplyScreen
from app.turns.usage import counted_tokens, counted_usage
from characters.screening import ASSISTANT, Finding, LaterText, avoided_words, opening_end

_DRAWS = 3
_DRAWS_WHERE_TEMPTED = 2
"""A third one that passes is more often an assistant's in other words than the character's."""
_WARMER = 0.1
"""Added to the temperature at each draw, for engines that can avoid no words."""
_LEAST_TEMPERATURE = 0.5
"""Of another draw: a greedy engine would repeat itself."""
_MOST_AVOIDED = 24
_SEEDS = 2**31

Draw = Callable[[Sampling], AsyncGenerator[Delta, None]]
"""Begins a reply with this sampling. The last delta has a finish reason."""


@dataclass(frozen=True, slots=True)
class _Opening:
    """Hold the first sentence of a draw, with what is wrong with it."""

    text: str
    behind: str
    """Text behind the first sentence, from the same piece."""
    last: Delta | None
    """The end of a reply that was over by then."""
    finding: Finding | None
    drawn: bool = True
    """Whether the engine wrote it."""


async def screened_reply(
    draw: Draw, prepared: PreparedPrompt, screen: ReplyScreen
) -> AsyncGenerator[Delta, None]:
    """Yield the deltas of the reply to show; the last has a finish reason.

    The usage counts the completion tokens of every draw, and the prompt once, as for several
    choices of one request. Raises what drawing raises, and
    :class:`~app.engines.port.EngineTimeoutError` where all draws together take longer than a reply
    may.
    """
    thrown: list[_Opening] = []
    draws = _DRAWS_WHERE_TEMPTED if screen.screen.tempts else _DRAWS
    deadline = asyncio.get_running_loop().time() + screen.reply_timeout
    while True:
        stream = draw(_redrawn(prepared.sampling, thrown, screen))
        async with aclosing(_until(stream, deadline, screen) if thrown else stream) as deltas:
            opening = await _read_opening(deltas, screen)
            if opening.finding is not None and len(thrown) + 1 < draws:
                screen.note_redraw(opening.finding)
                thrown.append(opening)
                continue
            shown = _least_bad([*thrown, opening], screen)
            others = [each for each in (*thrown, opening) if each is not shown]
            rest = deltas if shown is opening else None
            async for delta in _shown(shown, rest, screen, _Drawn(prepared, others, screen)):
                yield delta
            return


async def _read_opening(deltas: AsyncGenerator[Delta, None], screen: ReplyScreen) -> _Opening:
    """Read a draw up to the end of its first sentence, and judge that."""
    text, last, end = "", None, None
    async for delta in deltas:
        text += delta.text
        last = delta if delta.finish_reason is not None else None
        end = opening_end(text)
        if end is not None or last is not None:
            break
    end = len(text) if end is None else end
    return _Opening(text[:end], text[end:], last, await screen.judge(text[:end]))


def _redrawn(sampling: Sampling, thrown: Sequence[_Opening], screen: ReplyScreen) -> Sampling:
    """Return the sampling of the next draw; that of the first avoids only what tempts."""
    known = (*sampling.avoided_words, *screen.screen.avoided)
    if not thrown:
        return replace(sampling, avoided_words=known[:_MOST_AVOIDED])
    seed = secrets.randbelow(_SEEDS) if sampling.seed is None else sampling.seed + len(thrown)
    words = [
        word
        for each in thrown
        if each.finding is not None
        for word in avoided_words(each.finding, each.text, screen.language)
    ]
    return replace(
        sampling,
        seed=seed % _SEEDS,
        temperature=max(sampling.temperature, _LEAST_TEMPERATURE) + _WARMER * len(thrown),
        avoided_words=tuple(dict.fromkeys((*known, *words)))[:_MOST_AVOIDED],
    )


def _least_bad(openings: Sequence[_Opening], screen: ReplyScreen) -> _Opening:
    """Return the opening to show: of equally bad ones the last, whose stream goes on.

    Where the model answers as an assistant, and no draw has a part without fault, it is a line of
    the script, as the character said it.
    """
    last = openings[-1]
    if last.finding is None:
        return last
    screen.note_last(last.finding)
    speaking = [each for each in reversed(openings) if _text_to_show(each, screen)] or [last]
    shown = min(speaking, key=lambda each: each.finding.severity if each.finding else 0)
    if shown.finding is None:
        return shown
    line = screen.screen.line_of_script()
    if line and shown.finding.severity and any(_is_assistants(each, screen) for each in openings):
        screen.note_shown("line_of_script")
        return _Opening(line, "", None, None, drawn=False)
    screen.note_shown(shown.finding.offence)
    return shown


def _is_assistants(opening: _Opening, screen: ReplyScreen) -> bool:
    """Return whether an opening is an assistant's, by a rule or where the user tempts to it.

    Elsewhere a verdict of the model alone is too often wrong about short answers.
    """
    finding = opening.finding
    if finding is None or finding.offence not in ASSISTANT:
        return False
    return finding.by_rule or screen.screen.tempts


def _text_to_show(opening: _Opening, screen: ReplyScreen) -> str:
    """Return an opening without the sentence at fault, or without another speaker's name.

    An opening of nothing else is shown as it is.
    """
    finding, text = opening.finding, opening.text
    if finding is None:
        return text
    if finding.at:
        return text[: finding.at].rstrip()
    return screen.screen.without_label(text) if finding.offence == "speaker" else text


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Count the tokens of a reply and of the draws beside it."""

    prepared: PreparedPrompt
    others: Sequence[_Opening]
    screen: ReplyScreen

    async def usage(self, reported: Usage | None, text: str, *, cut: bool) -> Usage | None:
        """Return the usage of all draws; None where the reply is whole and not reported."""
        if not self.others and not cut:
            return reported
        engine = self.screen.engine
        if reported is None:
            reported = await counted_usage(engine, self.prepared.prompt, text)
        known = [each.last.usage for each in self.others if each.last and each.last.usage]
        unknown = [
            each.text + each.behind for each in self.others if not each.last or not each.last.usage
        ]
        others = sum(usage.completion_tokens for usage in known)
        others += sum(await counted_tokens(engine, unknown)) if unknown else 0
        return replace(reported, completion_tokens=reported.completion_tokens + others)


async def _shown(
    opening: _Opening,
    deltas: AsyncGenerator[Delta, None] | None,
    screen: ReplyScreen,
    drawn: _Drawn,
) -> AsyncGenerator[Delta, None]:
    """Yield an opening, and the rest of its reply; without ``deltas`` the opening alone."""
    later = LaterText(screen.screen)
    text = later.begin(_text_to_show(opening, screen))
    said = opening.text + opening.behind if opening.drawn else ""
    last = opening.last
    ended = deltas is None or (opening.finding is not None and opening.finding.at > 0)
    if not ended:
        text += later.feed(opening.behind)
    if text:
        yield Delta(text)
    text = ""
    if deltas is not None and not ended and last is None and later.finding is None:
        async for delta in deltas:
            said += delta.text
            text = later.feed(delta.text)
            last = delta if delta.finish_reason is not None else None
            if last is not None or later.finding is not None:
                break
            if text:
                yield Delta(text)
                text = ""
    if not ended:
        text += later.finish()
    if later.finding is not None:
        screen.note_end(later.finding)
    cut = ended or later.finding is not None
    usage = await drawn.usage(last.usage if last else None, said, cut=cut and last is None)
    reason = "stop" if cut or last is None else last.finish_reason
    yield Delta(text, reason, usage)


async def _until(
    deltas: AsyncGenerator[Delta, None], deadline: float, screen: ReplyScreen
) -> AsyncGenerator[Delta, None]:
    """Yield the deltas that come before the deadline, which each draw's own time outlasts."""
    async with aclosing(deltas):
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    delta = await anext(deltas)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise EngineTimeoutError(
                    f"The reply did not end within {screen.reply_timeout:g} seconds."
                ) from error
            yield delta
