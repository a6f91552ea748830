"""Count tokens with the engine's own tokenizer, in one request for all new texts.

Pieces of a prompt are counted separately, and a turn brings a dozen new ones. They are sent
together, separated by a token that no tokenizer merges with its neighbours.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from app.engines.openai_payload import Dialect, Tokenizable
from app.engines.tokens import TokenCountCache, estimate_tokens

log = structlog.get_logger(__name__)

Ask = Callable[[Tokenizable], Awaitable[list[int] | None]]
"""Function from a content to its token ids, without special tokens; None where the server has no
tokenizer."""

_NO_TOKEN = -1
"""llama.cpp returns ids among the texts unchanged, and tokenizes each text separately."""
_SEPARATOR = "\x1e"
"""ASCII record separator: one byte, which hardly any text contains and no vocabulary merges with
others. Where it is returned as its own token, it is a token boundary, so that BPE and unigram
models split the texts between as they would without it."""
_CONCURRENCY = 16
"""Concurrent requests where texts cannot be sent together."""


class TokenCounter:
    """Count tokens, each text once."""

    def __init__(
        self,
        dialect: Dialect,
        ask: Ask,
        counts: TokenCountCache,
        neutralize: Callable[[str], str] = str,
    ) -> None:
        """Count texts as prompts contain them, after ``neutralize``."""
        self._dialect = dialect
        self._ask = ask
        self._counts = counts
        self._neutralize = neutralize
        self._separator: list[int] | None = None
        """Tokens of the separator, once requested; it is usable if it is exactly one."""
        self._slots = asyncio.Semaphore(_CONCURRENCY)
        self._estimates = False

    async def count(self, texts: Sequence[str], rough: int = 0) -> list[int]:
        """Return the tokens of each text on its own; never fewer where counted together.

        New texts are estimated, and not cached, while their estimates sum to at most ``rough``.

        For a server without a tokenizer :func:`~app.engines.tokens.estimate_tokens` is used, which
        is logged once. Raises the errors of ``ask``.
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
        """Return the counts, or None where the answer does not separate the texts."""
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
    """Return the lengths of the runs between separators; None unless their number is ``texts``."""
    if ids is None or ids.count(separator) != texts - 1:
        return None
    lengths, start = [], 0
    for end in [*(at for at, id in enumerate(ids) if id == separator), len(ids)]:
        lengths.append(end - start)
        start = end + 1
    return lengths
