"""Adapters on a real llama.cpp: scores by transformers with merged weights, and its caches."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.engines.adapter_fit import AdapterBase
from app.engines.adapters import ServedAdapter
from app.engines.embedded import EmbeddedEngine
from app.engines.port import AdapterUnknownError, Sampling
from tests.app.engines.adapter_contract import LAN, MEI, AdapterContract, said
from tests.app.engines.contract import collect
from tests.app.engines.tiny_adapter import BASE, TinyAdapter, make_adapter
from tests.app.engines.tiny_model import CONTEXT_LENGTH, TinyModel, make, write_gguf

pytestmark = [pytest.mark.anyio, pytest.mark.model]

EXACT = 2e-3
TEXT = "我是三三，hello."
SHARED = "你好，请介绍一下你自己。hello there, one two three friends. " * 3
"""A beginning long enough that llama.cpp would rather reuse it than read it."""


@dataclass(frozen=True)
class World:
    """The model's likelihoods with each adapter; None: with none."""

    tiny: TinyModel
    adapters: Mapping[str, TinyAdapter]

    @property
    def served(self) -> list[ServedAdapter]:
        return [each.served for each in self.adapters.values()]

    def score(self, adapter: str | None, prompt: str, text: str) -> list[float]:
        model = self.tiny if adapter is None else self.adapters[adapter].merged
        return model.score(prompt, text)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    tiny = make(tmp_path_factory.mktemp("tiny") / "tiny.gguf")
    root = tmp_path_factory.mktemp("adapters")
    return World(
        tiny, {name: make_adapter(tiny, root / name, at) for at, name in enumerate((MEI, LAN))}
    )


def of(world: World, adapters: Sequence[ServedAdapter], parallel: int = 2) -> EmbeddedEngine:
    return EmbeddedEngine(
        world.tiny.path,
        model_name="tiny",
        prompt_style="chat",
        context_length=CONTEXT_LENGTH,
        parallel=parallel,
        adapters=adapters,
        base=AdapterBase(path=world.tiny.path, name=BASE, sha256=None),
    )


class TestContract(AdapterContract):
    @pytest.fixture(scope="class")
    async def engine(self, world: World) -> AsyncIterator[EmbeddedEngine]:
        engine = of(world, world.served)
        await engine.start()
        yield engine
        await engine.aclose()

    async def test_scores_are_those_of_merged_weights(
        self, engine: EmbeddedEngine, world: World
    ) -> None:
        for adapter in (None, MEI, LAN, MEI, None):
            for prompt in (SHARED, "三三说："):
                found = await engine.score(prompt, TEXT, adapter=adapter)
                assert found == pytest.approx(world.score(adapter, prompt, TEXT), abs=EXACT)

    async def test_many_beside_each_other_are_exact(
        self, engine: EmbeddedEngine, world: World
    ) -> None:
        """More at a time than there are slots, and all begin alike."""
        asked = [(a, f"{SHARED}{i}") for i in range(4) for a in (MEI, None, LAN, None)]
        scores = await asyncio.gather(
            *(engine.score(prompt, TEXT, adapter=adapter) for adapter, prompt in asked)
        )
        for (adapter, prompt), found in zip(asked, scores, strict=True):
            assert found == pytest.approx(world.score(adapter, prompt, TEXT), abs=EXACT)


@pytest.fixture
async def single(world: World) -> AsyncIterator[EmbeddedEngine]:
    """A server with one slot: every other prompt takes its place."""
    engine = of(world, world.served, parallel=1)
    await engine.start()
    yield engine
    await engine.aclose()


async def test_a_prefix_read_with_one_adapter_is_not_reused_with_another(
    single: EmbeddedEngine, world: World
) -> None:
    """Also one that had left its slot: by then the slot's newest adapter is the one asked for."""
    asked = [
        (None, SHARED),
        (MEI, "Something else altogether, 0123456789."),
        (MEI, SHARED),
        (None, "Something else altogether, 0123456789."),
        (LAN, SHARED),
        (None, SHARED),
    ]
    for adapter, prompt in asked:
        found = await single.score(prompt, TEXT, adapter=adapter)
        assert found == pytest.approx(world.score(adapter, prompt, TEXT), abs=EXACT)


async def test_a_second_turn_with_the_same_adapter_finds_its_prefix(
    single: EmbeddedEngine,
) -> None:
    async def cached(adapter: str | None, last: str) -> int:
        stream = single.stream(SHARED + last, Sampling(max_tokens=1), adapter=adapter)
        usage = [delta async for delta in stream][-1].usage
        assert usage is not None
        return usage.cached_tokens or 0

    [tokens] = await single.count_tokens([SHARED])
    assert await cached(MEI, "a") == 0
    assert await cached(MEI, "b") > tokens * 0.9
    assert await cached(None, "b") == 0
    assert await cached(None, "c") > tokens * 0.9


async def test_one_that_does_not_fit_is_refused_and_the_others_are_served(
    world: World, tmp_path: Path
) -> None:
    stranger = ServedAdapter("stranger", world.adapters[LAN].served.folder, "index")
    engine = of(world, [world.adapters[MEI].served, stranger])
    await engine.start()
    assert [each.served for each in engine.adapter_states()] == [True, False]
    with pytest.raises(AdapterUnknownError, match="trained on the model index"):
        await said(engine, "stranger")
    with pytest.raises(AdapterUnknownError, match="trained on the model index"):
        await engine.score("三三说：", TEXT, adapter="stranger")
    assert await said(engine, MEI) != await said(engine, None)
    await engine.aclose()


async def test_adapters_that_stop_llama_cpp_leave_the_model_answering(
    world: World, tmp_path: Path
) -> None:
    """Of shapes that fit, but without what llama.cpp needs to know of them."""
    damaged = make_adapter(world.tiny, tmp_path / "damaged", 5)
    from tests.app.engines.tiny_model import HIDDEN, STRING, torch

    parts = {
        "blk.0.attn_q.weight.lora_a": torch.zeros(4, HIDDEN),
        "blk.0.attn_q.weight.lora_b": torch.zeros(HIDDEN, 4),
    }
    metadata = {"general.architecture": (STRING, "qwen2")}
    write_gguf(damaged.served.folder / "adapter.gguf", metadata, parts)
    engine = of(world, [world.adapters[MEI].served, damaged.served])
    await engine.start()
    assert engine.state == "ready"
    assert [each.served for each in engine.adapter_states()] == [False, False]
    with pytest.raises(AdapterUnknownError, match="does not start with its adapters"):
        await said(engine, MEI)
    assert await collect(engine, "三三说：", Sampling(max_tokens=2))
    await engine.aclose()


async def test_a_retired_one_is_no_longer_served(world: World) -> None:
    engine = of(world, world.served)
    await engine.start()
    before = await said(engine, LAN)
    engine.keep_adapters([world.adapters[LAN].served])
    with pytest.raises(AdapterUnknownError, match=MEI):
        await said(engine, MEI)
    assert await said(engine, LAN) == before
    assert (await engine.limits()).adapters == (LAN,)
    await engine.aclose()
