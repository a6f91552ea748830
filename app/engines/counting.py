"""Counting tokens with the engine's own tokenizer: one request for all texts that are new.

A piece of a prompt is counted on its own, and a turn brings a dozen new ones. They travel together
and are told apart in the answer by something that no tokenizer joins with its neighbours.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from app.engines.openai_payload import Dialect, Tokenizable
from app.engines.tokens import TokenCountCache, estimate_tokens

log = structlog.get_logger(__name__)

Ask = Callable[[Tokenizable], Awaitable[list[int] | None]]
"""Token ids of a content, without special tokens; None where the server cannot tell."""

_NO_TOKEN = -1
"""llama.cpp gives ids among the texts back as they are, and tokenizes each text by itself."""
_SEPARATOR = "\x1e"
"""The record separator of ASCII: one byte, which hardly any text has and no vocabulary joins with
others. Where it comes back as the token that it is alone, a token ends before it and one begins
after it, so that BPE and unigram models cut what is between as they would without it."""
_CONCURRENCY = 16
"""Requests side by side where texts cannot travel together."""


class TokenCounter:
    """Counts, each text once."""

    def __init__(
        self,
        dialect: Dialect,
        ask: Ask,
        counts: TokenCountCache,
        neutralize: Callable[[str], str] = str,
    ) -> None:
        """``neutralize`` makes of a text what is sent in a prompt: that is counted."""
        self._dialect = dialect
        self._ask = ask
        self._counts = counts
        self._neutralize = neutralize
        self._separator: list[int] | None = None
        """Its tokens, once asked for: none or several where it cannot be relied on."""
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._estimates = False

    async def count(self, texts: Sequence[str], rough: int = 0) -> list[int]:
        """Tokens of each text on its own; never fewer, where they are counted together.

        Those that are new are estimated while that comes to no more than ``rough``, and stay new.

        A server that cannot count gets :func:`~app.engines.tokens.estimate_tokens`, and the log
        says so once. Raises what ``ask`` raises.
        """
        known = {text: self._counts.get(text) if text else 0 for text in texts}
        counts = {text: count for text, count in known.items() if count is not None}
        new = [text for text in known if text not in counts]
        estimates = {text: estimate_tokens(text) for text in new} if rough else {}
        if estimates and sum(estimates.values()) <= rough:
            return [(counts | estimates)[text] for text in texts]
        sent = [self._neutralize(text) for text in new]
        for text, count in zip(new, await self._count_new(sent), strict=True):
            self._counts.put(text, count)
            counts[text] = count
        return [counts[text] for text in texts]

    async def _count_new(self, texts: list[str]) -> list[int]:
        if len(texts) > 1 and not self._estimates:
            together = await self._count_together(texts)
            if together is not None:
                return together
        return await asyncio.gather(*map(self._count_alone, texts))

    async def _count_together(self, texts: list[str]) -> list[int] | None:
        """None where the answer does not tell the texts apart."""
        if self._dialect == "llamacpp":
            content: Tokenizable = [part for text in texts for part in (text, _NO_TOKEN)]
            return _split(await self._ask(content[:-1]), _NO_TOKEN, len(texts))
        if self._separator is None:
            self._separator = await self._ask(_SEPARATOR) or []
        if len(self._separator) != 1 or any(_SEPARATOR in text for text in texts):
            return None
        ids = await self._ask(_SEPARATOR.join(texts))
        return _split(ids, self._separator[0], len(texts))

    async def _count_alone(self, text: str) -> int:
        async with self._slots:
            ids = None if self._estimates else await self._ask(text)
        if ids is not None:
            return len(ids)
        if not self._estimates:
            self._estimates = True
            log.warning("engine_cannot_tokenize", effect="token counts are estimated")
        return estimate_tokens(text)


def _split(ids: list[int] | None, separator: int, texts: int) -> list[int] | None:
    """Lengths of the runs between separators, if there are as many as texts."""
    if ids is None or ids.count(separator) != texts - 1:
        return None
    lengths, start = [], 0
    for end in [*(at for at, id in enumerate(ids) if id == separator), len(ids)]:
        lengths.append(end - start)
        start = end + 1
    return lengths
