"""Each moderator keeps to the contract."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from app.moderation.guard import GuardModerator, GuardOptions
from app.moderation.pattern_file import parse_patterns
from app.moderation.patterns import PatternModerator
from app.moderation.port import Moderator
from app.moderation.scripted import ScriptedModerator
from app.moderation.verdicts import llama_guard_findings, qwen3guard_findings
from tests.app.moderation.contract import ModeratorContract
from tests.app.moderation.guards import guard, llama, moderations, qwen

pytestmark = pytest.mark.anyio


class TestPatterns(ModeratorContract):
    @pytest.fixture
    async def moderator(self) -> Moderator:
        return PatternModerator(parse_patterns("[violence]\nbomb\n/blood(y)?/\n", "a list"))


class TestScripted(ModeratorContract):
    BAD = "They built an unsafe-violence engine in the cellar."

    @pytest.fixture
    async def moderator(self) -> Moderator:
        return ScriptedModerator()


class TestModerations(ModeratorContract):
    @pytest.fixture
    async def moderator(self) -> AsyncIterator[Moderator]:
        async with guard(moderations) as served:
            made = GuardModerator(GuardOptions(url=served.url), "moderations")
            yield made
            await made.aclose()


class TestQwen3Guard(ModeratorContract):
    @pytest.fixture
    async def moderator(self) -> AsyncIterator[Moderator]:
        async with guard(qwen) as served:
            read = partial(qwen3guard_findings, strict=False)
            made = GuardModerator(GuardOptions(url=served.url, read_verdict=read), "qwen3guard")
            yield made
            await made.aclose()


class TestLlamaGuard(ModeratorContract):
    @pytest.fixture
    async def moderator(self) -> AsyncIterator[Moderator]:
        async with guard(llama) as served:
            options = GuardOptions(url=served.url + "/v1/", read_verdict=llama_guard_findings)
            made = GuardModerator(options, "llama_guard")
            yield made
            await made.aclose()
