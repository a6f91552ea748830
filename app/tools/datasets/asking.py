"""Ask the engine for replies and scores, each once: a journal keeps them for a later run.

The journal stands beside the dataset's folder, and has what the model said to prompts of scripts
and of an operator's questions. Nothing that a user said is in it.
"""

import json
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, aclosing
from dataclasses import asdict, replace
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.engines.port import (
    ChatEngine,
    ContextTooLongError,
    EnginePrompt,
    Limits,
    ScoringEngine,
)
from app.tools.evaluation.journal import Journal
from app.turns.prepared_prompt import PreparedPrompt
from characters.prompting.reply_trimmer import ReplyTrimmer

_AFFINITY = "dataset"


class Answers:
    """Look up answers in a journal, or ask for them and keep them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Any] = {}
        self._journal: Journal | None = None
        self.asked = 0
        """Answers that the journal did not have."""

    def __enter__(self) -> Self:
        """Read what the journal has, if there is one; it is made at the first answer.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` for a damaged one.
        """
        if self._path.exists():
            with ExitStack() as stack:
                entries = stack.enter_context(self._open()).entries()
                self._known = {each["key"]: each["answer"] for each in entries}
                stack.pop_all()  # stays open for more
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._journal is not None:
            self._journal.__exit__(kind, error, traceback)

    @property
    def known(self) -> int:
        """The answers that the journal has."""
        return len(self._known)

    async def reply(
        self, engine: ChatEngine, limits: Limits, prepared: PreparedPrompt, name: str, seed: int
    ) -> str:
        """Return the model's own reply to a prompt, cut as a turn cuts it.

        Empty where it says nothing, and where its context has no room. Raises the engine's other
        errors.
        """
        sampling = replace(prepared.sampling, seed=seed)
        given = [_json(prepared.prompt), prepared.stops, asdict(sampling)]
        key = _key("reply", limits.model, given)
        if key not in self._known:
            self._keep(key, await _reply(engine, prepared, name, seed))
        return str(self._known[key])

    async def likelihood(
        self, engine: ScoringEngine, limits: Limits, prompt: EnginePrompt, answer: str
    ) -> float | None:
        """Return the mean natural-log probability of an answer's tokens after a prompt.

        None where both do not fit the engine's context. Raises its other errors.
        """
        key = _key("score", limits.model, [_json(prompt), answer])
        if key not in self._known:
            try:
                scores = await engine.score(prompt, answer, affinity=_AFFINITY)
            except ContextTooLongError:
                scores = []
            self._keep(key, sum(scores) / len(scores) if scores else None)
        found = self._known[key]
        return None if found is None else float(found)

    async def reward(self, model: str, text: str, ask: Callable[[], Awaitable[float]]) -> float:
        """Return a reward model's score of a text; ``ask`` gets one that is not known."""
        key = _key("reward", model, text)
        if key not in self._known:
            self._keep(key, await ask())
        return float(self._known[key])

    def _keep(self, key: str, answer: str | float | None) -> None:
        self._known[key] = answer
        self.asked += 1
        self._open().add({"key": key, "answer": answer})

    def _open(self) -> Journal:
        if self._journal is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._journal = Journal(self._path)
        return self._journal


async def _reply(engine: ChatEngine, prepared: PreparedPrompt, name: str, seed: int) -> str:
    ends = [*prepared.stops, "\n"] if prepared.one_paragraph else prepared.stops
    trimmer, pieces = ReplyTrimmer(name, ends), list[str]()
    sampling = replace(prepared.sampling, seed=seed)
    stream = engine.stream(prepared.prompt, sampling, prepared.stops, affinity=_AFFINITY)
    try:
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                pieces.append(trimmer.feed(delta.text.replace("\x00", "")))
                if trimmer.ended:
                    break
    except ContextTooLongError:
        return ""
    pieces.append(trimmer.finish())
    return "".join(pieces).strip()


def _json(prompt: EnginePrompt) -> object:
    if isinstance(prompt, str):
        return prompt
    return [[each.role, each.content] for each in prompt]


def _key(kind: str, model: str, given: object) -> str:
    parts = json.dumps([kind, model, given], ensure_ascii=False, default=_plain)
    return blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


_plain: Callable[[object], str] = repr
"""Sampling may hold mappings of other types than JSON's."""
