"""Distribute requests over several servers of one model, as one engine.

A prompt goes to the server that has its prefix in its cache, otherwise to the least loaded one,
and to another one where a server fails before its first delta.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from hashlib import blake2b
from typing import TypeVar

from cachetools import LRUCache

from app.engines.openai_payload import RETRY_AFTER
from app.engines.port import (
    ChatEngine,
    Delta,
    EngineError,
    EnginePrompt,
    EngineRequestError,
    EngineUnavailableError,
    Limits,
    ReplicaHealth,
    Sampling,
)
from app.engines.replica import FAILURES, Replica

_Answer = TypeVar("_Answer")

_REMEMBERED = 10_000
"""Conversations whose replica is remembered, at a hundred bytes each."""


class ReplicatedEngine:
    """Implement :class:`~app.engines.port.ChatEngine` over engines that serve the same model.

    The engines are monitored in the background from the first call on. Different models are an
    error, and the shortest context length applies to all.
    """

    def __init__(
        self,
        engines: Sequence[ChatEngine],
        *,
        probe_seconds: float = 5.0,
        rest_seconds: float = 1.0,
    ) -> None:
        """Take ownership of the engines; times as for :class:`~app.engines.replica.Replica`."""
        self._replicas = [
            Replica(number, engine, probe_seconds=probe_seconds, rest_seconds=rest_seconds)
            for number, engine in enumerate(engines, start=1)
        ]
        self._homes = LRUCache[str, Replica](_REMEMBERED)
        """The replica of each conversation, least recently used first."""
        self._watchers: list[asyncio.Task[None]] = []
        self._closed = False

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        """See :meth:`ChatEngine.stream`."""
        await self.limits()
        tried: list[Replica] = []
        while True:
            replica = self._choose(affinity, tried)
            tried.append(replica)
            begun = False
            try:
                deltas = replica.engine.stream(prompt, sampling, stop, affinity=affinity)
                with replica.attempt():
                    async with aclosing(deltas):
                        first = await self._unless_gone(replica, anext(deltas), tried)
                        begun = True
                        replica.answered()
                        yield first
                        async for delta in deltas:
                            yield delta
            except FAILURES:
                if begun or not self._candidates(tried):
                    raise
            else:
                return

    async def score(
        self, prompt: EnginePrompt, continuation: str, *, affinity: str | None = None
    ) -> list[float]:
        """See :meth:`ChatEngine.score`."""

        async def ask(replica: Replica) -> list[float]:
            scores = await replica.engine.score(prompt, continuation, affinity=affinity)
            replica.answered()
            return scores

        return await self._ask_one(ask, affinity)

    def as_sent(self, prompt: EnginePrompt) -> EnginePrompt:
        """See :meth:`ChatEngine.as_sent`; any replica that has answered knows the model."""
        known = (each for each in self._replicas if each.limits is not None)
        return next(known, self._replicas[0]).engine.as_sent(prompt)

    async def count_tokens(self, texts: Sequence[str], *, rough: int = 0) -> list[int]:
        """See :meth:`ChatEngine.count_tokens`."""
        return await self._ask_one(lambda replica: replica.engine.count_tokens(texts, rough=rough))

    async def limits(self) -> Limits:
        """See :meth:`ChatEngine.limits`.

        Raises :class:`EngineRequestError` where the replicas serve different models.
        """
        await self._watched()
        known = {each.number: each.limits for each in self._replicas if each.limits is not None}
        if not known:
            raise self._no_server()
        models = {limits.model for limits in known.values()}
        if len(models) > 1:
            listed = ", ".join(f"{number}: {limits.model}" for number, limits in known.items())
            raise EngineRequestError(
                f"The engine's servers serve different models ({listed}). Name the one to use in "
                "OFFBOOK_ENGINE__MODEL, or leave the other servers out."
            )
        return min(known.values(), key=lambda limits: limits.context_length)

    async def ready(self) -> bool:
        """See :meth:`ChatEngine.ready`; uses the last probes, so that no turn waits for one."""
        try:
            await self.limits()
        except EngineError:
            return False
        return any(replica.available for replica in self._replicas)

    def health(self) -> list[ReplicaHealth]:
        """Return the health of each replica, in the order of the settings."""
        return [replica.health for replica in self._replicas]

    async def aclose(self) -> None:
        """See :meth:`ChatEngine.aclose`."""
        self._closed = True
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await asyncio.gather(*(replica.engine.aclose() for replica in self._replicas))

    async def _watched(self) -> None:
        """Start monitoring at the first call, and wait for the first probes."""
        if self._closed:
            raise EngineUnavailableError("The engine is closed.", retry_after=RETRY_AFTER)
        if not self._watchers:
            self._watchers = [
                asyncio.create_task(each.watch(), name=f"engine-replica-{each.number}")
                for each in self._replicas
            ]
        for replica in self._replicas:
            await replica.probed.wait()

    async def _ask_one(
        self, ask: Callable[[Replica], Awaitable[_Answer]], affinity: str | None = None
    ) -> _Answer:
        """Return what ``ask`` returns for the first replica that does not fail."""
        await self.limits()
        tried: list[Replica] = []
        while True:
            replica = self._choose(affinity, tried)
            tried.append(replica)
            try:
                with replica.attempt():
                    return await self._unless_gone(replica, ask(replica), tried)
            except FAILURES:
                if not self._candidates(tried):
                    raise

    async def _unless_gone(
        self, replica: Replica, answer: Awaitable[_Answer], tried: Collection[Replica]
    ) -> _Answer:
        """Return the answer; with another replica available, give up once probes fail."""
        if self._candidates(tried):
            return await replica.unless_unavailable(answer)
        return await answer

    def _candidates(self, tried: Collection[Replica]) -> list[Replica]:
        return [each for each in self._replicas if each.available and each not in tried]

    def _choose(self, affinity: str | None, tried: Collection[Replica]) -> Replica:
        candidates = self._candidates(tried)
        if not candidates:
            raise self._no_server()
        if affinity is None:
            return min(candidates, key=lambda each: (each.outstanding, each.served))
        home = self._homes.get(affinity)
        if home is None or home not in candidates:
            # Equally loaded replicas are chosen by a hash, the same in every process.
            home = min(candidates, key=lambda each: (each.outstanding, _rank(affinity, each)))
        self._homes[affinity] = home
        return home

    def _no_server(self) -> EngineError:
        """Return the error that explains why no replica is available."""
        problems = [each.problem for each in self._replicas if each.problem is not None]
        kinds = {type(problem) for problem in problems}
        kind = kinds.pop() if len(kinds) == 1 else EngineUnavailableError
        details = " ".join(f"{each.number}: {each.health.detail}" for each in self._replicas)
        if len(self._replicas) == 1 and problems:
            return kind(str(problems[0]), retry_after=RETRY_AFTER)
        return kind(
            f"None of the engine's servers can be asked. {details}", retry_after=RETRY_AFTER
        )


def _rank(affinity: str, replica: Replica) -> bytes:
    return blake2b(f"{affinity} {replica.number}".encode(), digest_size=8).digest()
