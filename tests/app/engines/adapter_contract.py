"""What every engine that serves adapters must do; subclassed once per engine."""

import asyncio
from dataclasses import replace

import pytest

from app.engines.port import AdapterUnknownError, ChatEngine, EnginePrompt
from tests.app.engines.contract import CHAT, GREEDY, PROMPT, text_of

MEI, LAN = "mei-1", "lan-2"
WHOLE = replace(GREEDY, max_tokens=80)
WORDS = "我是三三 mei-1 一个机器人。"
"""The scripted engine finds the name of its adapter likelier than the other's."""
NEAR = 0.15
"""Most by which a score changes with the batch it is computed in."""


async def said(engine: ChatEngine, adapter: str | None, prompt: EnginePrompt = PROMPT) -> str:
    stream = engine.stream(prompt, WHOLE, adapter=adapter)
    return text_of([delta async for delta in stream])


@pytest.mark.anyio
class AdapterContract:
    """Subclasses give an ``engine`` fixture that serves ``MEI`` and ``LAN``."""

    async def test_lists_its_adapters(self, engine: ChatEngine) -> None:
        assert sorted((await engine.limits()).adapters) == [LAN, MEI]

    async def test_an_adapter_that_is_not_served_is_an_error(self, engine: ChatEngine) -> None:
        with pytest.raises(AdapterUnknownError, match="nobody-3"):
            await said(engine, "nobody-3")
        with pytest.raises(AdapterUnknownError, match="nobody-3"):
            await engine.score(PROMPT, WORDS, adapter="nobody-3")
        assert await said(engine, None)

    @pytest.mark.parametrize("prompt", [PROMPT, CHAT], ids=["completion", "chat"])
    async def test_an_adapter_changes_the_replies_that_name_it_alone(
        self, engine: ChatEngine, prompt: EnginePrompt
    ) -> None:
        order = (None, MEI, LAN, None, LAN, MEI)
        texts = [await said(engine, adapter, prompt) for adapter in order]
        assert texts[:3] == [texts[3], texts[5], texts[4]]
        assert len(set(texts)) == 3

    async def test_an_adapter_changes_the_scores_that_name_it_alone(
        self, engine: ChatEngine
    ) -> None:
        order = (None, MEI, LAN, None, LAN, MEI)
        sums = [sum(await engine.score(CHAT, WORDS, adapter=adapter)) for adapter in order]
        assert sums[:3] == pytest.approx([sums[3], sums[5], sums[4]], abs=10 * NEAR)
        assert min(abs(sums[a] - sums[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > 1e-3

    async def test_requests_beside_each_other_keep_their_own(self, engine: ChatEngine) -> None:
        order = (None, MEI, LAN) * 2
        alone = [await engine.score(PROMPT, WORDS, adapter=adapter) for adapter in order]
        together = await asyncio.gather(
            *(engine.score(PROMPT, WORDS, adapter=adapter) for adapter in order)
        )
        for found, expected in zip(together, alone, strict=True):
            assert found == pytest.approx(expected, abs=NEAR)
