"""``offbook serve`` with a scripted engine that is a small chat model, and reports a cache."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

from app.cli import main
from app.engines import factory
from app.engines.port import Delta, EnginePrompt, Limits, Sampling
from app.engines.scripted import ScriptedEngine

CACHED_SHARE = 0.75


class SmallEngine(ScriptedEngine):
    """Bears two examples and the opening of a profile, and has three quarters in its cache."""

    async def limits(self) -> Limits:
        return replace(await super().limits(), max_examples=2, profile_length=64)

    async def stream(
        self,
        prompt: EnginePrompt,
        sampling: Sampling,
        stop: Sequence[str] = (),
        *,
        affinity: str | None = None,
        adapter: str | None = None,
    ) -> AsyncGenerator[Delta, None]:
        async for delta in super().stream(
            prompt, sampling, stop, affinity=affinity, adapter=adapter
        ):
            usage = delta.usage
            if usage is None:
                yield delta
            else:
                cached = int(usage.prompt_tokens * CACHED_SHARE)
                yield replace(delta, usage=replace(usage, cached_tokens=cached))


if __name__ == "__main__":
    factory.__dict__["ScriptedEngine"] = SmallEngine
    main()
