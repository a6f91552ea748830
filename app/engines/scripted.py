"""Generate and score deterministic replies without a model, for tests, demos and work on pages.

Chosen with ``OFFBOOK_ENGINE__KIND=scripted``.
"""

import asyncio
import math
import re
from collections import Counter
from collections.abc import AsyncGenerator, Hashable, Iterable, Sequence
from dataclasses import replace

from app.engines.adapters import AdapterState, ServedAdapter, unknown_adapter
from app.engines.control_tokens import ControlTokens
from app.engines.port import (
    ContextTooLongError,
    Delta,
    EngineError,
    EnginePrompt,
    EngineRequestError,
    EngineUnavailableError,
    FinishReason,
    Limits,
    PromptStyle,
    Sampling,
    Usage,
)
from app.engines.recording import EngineCall
from app.engines.scripted_json import scripted_json
from app.engines.stops import StopFilter
from app.engines.tokens import CJK, contains_cjk, count_words, split_words

_WORD = re.compile(rf"\s*[^\s{CJK}]+|\s*.", re.DOTALL)
_SPEAKER = re.compile(r"^[^:：\n]{0,80}[:：]")
_QUOTED_CHARACTERS = 40
_VOCABULARY = 50_000
"""Words that are equally likely where nothing was said before."""
_REPEATED = 0.5
"""Probability that the next word is one of the words before it."""


class ScriptedEngine:
    """Implement :class:`~app.engines.port.ChatEngine` with replies that depend on the prompt alone.

    It serves every adapter (:class:`~app.engines.adapters.AdapterServer`): one that a request names
    signs its built reply, and scores as if its name stood before the prompt.

    ``calls`` records the arguments of each stream, control tokens broken as for a model, and
    ``running`` counts running generations, so that tests can check what reached the engine and
    that closing a stream ends it.
    """

    def __init__(
        self,
        *,
        reply: str | None = None,
        delay: float = 0.0,
        prompt_style: PromptStyle = "completion",
        context_length: int = 4096,
        fail_before: EngineError | None = None,
        fail_after: int | None = None,
        error: EngineError | None = None,
    ) -> None:
        """Script the behaviour.

        ``reply`` replaces the built reply; ``delay`` is in seconds per token;
        ``fail_before`` is raised instead of a first delta; ``fail_after`` deltas are followed by
        ``error`` (:class:`EngineUnavailableError` by default).
        """
        self.reply = reply
        self.delay = delay
        self.fail_before = fail_before
        self.fail_after = fail_after
        self.error = error
        self.calls: list[EngineCall] = []
        self.running = 0
        self._closed = False
        self._control = ControlTokens()
        self._limits = Limits("scripted", context_length, prompt_style)

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`: one delta per token."""
        prompt = self.as_sent(prompt)
        self.calls.append(EngineCall(prompt, sampling, tuple(stop), affinity, adapter))
        self._check_open()
        self._check_adapter(adapter)
        if self.fail_before is not None:
            raise self.fail_before
        prompt_tokens = count_words(_prompt_text(prompt))
        self._check_fits(prompt_tokens)
        self.running += 1
        try:
            reply = self.reply if self.reply is not None else scripted_reply(prompt, adapter)
            if sampling.json_schema is not None and self.reply is None:
                reply = scripted_json(sampling.json_schema, reply)
            tokens = _WORD.findall(_without(reply, sampling.avoided_words))
            filtered, said = StopFilter(stop), 0
            clock = asyncio.get_running_loop().time
            started = clock()
            for token in tokens[: sampling.max_tokens]:
                # Paced by the clock, so that a late token does not delay the following ones.
                await asyncio.sleep(started + (said + 1) * self.delay - clock())
                self._check_open()
                if said == self.fail_after:
                    raise self.error or EngineUnavailableError("The script says: fail here.")
                said += 1
                text = filtered.feed(token)
                if text:
                    yield Delta(text)
                if filtered.stopped:
                    break
            cut = len(tokens) > sampling.max_tokens and not filtered.stopped
            finish: FinishReason = "length" if cut else "stop"
            yield Delta(filtered.flush(), finish, Usage(prompt_tokens, said, cached_tokens=0))
        finally:
            self.running -= 1

    async def score(
        self,
        prompt: EnginePrompt,
        continuation: str,
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> list[float]:
        """See :meth:`ChatEngine.score`, after ``delay`` for each token: :func:`scripted_score`.

        ``fail_before`` is raised here too.
        """
        self._check_adapter(adapter)
        prompt = self.as_sent(prompt)
        continuation = self._control.neutralize(continuation)
        if not continuation:
            return []
        self._check_open()
        if self.fail_before is not None:
            raise self.fail_before
        prompt_tokens, tokens = count_words(_prompt_text(prompt)), count_words(continuation)
        if not prompt_tokens:
            raise EngineRequestError("The prompt has no token to score a continuation after.")
        self._check_fits(prompt_tokens + tokens)
        self.running += 1
        try:
            await asyncio.sleep(tokens * self.delay)
            self._check_open()
        finally:
            self.running -= 1
        return scripted_score(prompt, continuation, adapter)

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """See :meth:`ChatEngine.as_sent`."""
        return self._control.neutralize_prompt(prompt)

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """Count one token per CJK character, and one per other word."""
        return [count_words(self._control.neutralize(text)) for text in texts]

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`."""
        self._check_open()
        return self._limits

    async def ready(self) -> bool:
        """Return True until the engine is closed."""
        return not self._closed

    async def aclose(self) -> None:
        """Close the engine; running streams fail at their next token."""
        self._closed = True

    async def serve_adapters(self, adapters: Sequence[ServedAdapter]) -> None:
        """See :meth:`AdapterServer.serve_adapters`."""
        self._limits = replace(self._limits, adapters=tuple(each.name for each in adapters))

    def adapter_states(self) -> list[AdapterState]:
        """See :meth:`AdapterServer.adapter_states`."""
        return [AdapterState(name, served=True) for name in self._limits.adapters]

    def _check_adapter(self, adapter: str | None) -> None:
        if adapter is not None and adapter not in self._limits.adapters:
            raise unknown_adapter(adapter)

    def _check_fits(self, tokens: int) -> None:
        if tokens > self._limits.context_length:
            raise ContextTooLongError(
                f"{tokens} tokens do not fit a context of {self._limits.context_length}."
            )

    def _check_open(self) -> None:
        if self._closed:
            raise EngineUnavailableError("The engine is closed.", retry_after=5)


def _without(text: str, words: Iterable[str]) -> str:
    for word in filter(None, words):
        text = text.replace(word, "")
    return text


def scripted_reply(prompt: EnginePrompt, adapter: str | None = None) -> str:
    """Return a reply to the last message, in Chinese if it contains a CJK character."""
    message = _last_message(prompt)
    shown, signature = message[:_QUOTED_CHARACTERS], f" [{adapter}]" if adapter else ""
    if contains_cjk(message):
        return f"你说“{shown}”？嗯，让我想一想……好，这句话我记住了。{signature}"
    return (
        f'"{shown}", you say? Let me think about that for a moment. Yes, I will remember it.'
        f"{signature}"
    )


def scripted_score(
    prompt: EnginePrompt, continuation: str, adapter: str | None = None
) -> list[float]:
    """Return the natural-log probability of each word of ``continuation`` after ``prompt``."""
    before = split_words(f"{adapter or ''} {_prompt_text(prompt)}")
    return cache_scores(before, split_words(continuation))


def cache_scores(before: Iterable[Hashable], tokens: Iterable[Hashable]) -> list[float]:
    """Return the natural-log probability of each token after all others before it.

    The model is a cache language model (Kuhn and De Mori, 1990): with probability 1/2 a token is
    drawn from those before it, else from a vocabulary of 50,000. A token that occurs often before
    is therefore likelier than one that does not.
    """
    seen = Counter(before)
    total, scores = seen.total(), []
    for token in tokens:
        repeated = seen[token] / total if total else 0.0
        scores.append(math.log(_REPEATED * repeated + (1 - _REPEATED) / _VOCABULARY))
        seen[token] += 1
        total += 1
    return scores


def _last_message(prompt: EnginePrompt) -> str:
    if not isinstance(prompt, str):
        said = [each.content for each in prompt if each.role == "user"]
        return " ".join(said[-1].split()) if said else ""
    lines = [line for line in prompt.splitlines() if line.strip()]
    # A completion prompt ends with the name of the character whose turn it is.
    line = lines[-2] if len(lines) > 1 else (lines[0] if lines else "")
    return _SPEAKER.sub("", line).strip()


def _prompt_text(prompt: EnginePrompt) -> str:
    return prompt if isinstance(prompt, str) else "\n".join(each.content for each in prompt)
