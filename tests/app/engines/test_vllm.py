"""A converted Index checkpoint on a real vLLM: the contract, and what the fake claims of it."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.engines.adapters import ServedAdapter
from app.engines.openai_http import OpenAIEngine
from app.engines.port import (
    AdapterUnknownError,
    ChatEngine,
    ChatMessage,
    EnginePrompt,
    EngineRequestError,
    Sampling,
)
from app.engines.vllm_adapters import VllmAdapters
from app.tools.conversion.converter import convert_index
from tests.app.engines.adapter_contract import LAN, MEI, WORDS, AdapterContract, said
from tests.app.engines.contract import (
    CHAT,
    GREEDY,
    PROMPT,
    ChatEngineContract,
    ClosingContract,
    collect,
    text_of,
)
from tests.app.engines.model_contract import ModelContract
from tests.app.engines.router import routing
from tests.app.engines.vllm_server import CONTEXT_LENGTH, HEADS, serving

pytestmark = [pytest.mark.anyio, pytest.mark.vllm, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def weights() -> Any:
    from tests.app.tools.conversion.checkpoints import random_weights

    return random_weights()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, weights: Any) -> Path:
    """A tiny Index checkpoint as ``offbook convert-index`` makes a Llama one of it."""
    from tests.app.tools.conversion.checkpoints import train_tokenizer, write_checkpoint

    folder = tmp_path_factory.mktemp("checkpoints")
    source = write_checkpoint(
        folder / "index",
        train_tokenizer(),
        weights,
        num_attention_heads=HEADS,
        max_position_embeddings=CONTEXT_LENGTH,
    )
    convert_index(source, folder / "llama")
    return folder / "llama"


@pytest.fixture(scope="module")
def address(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(model, tmp_path_factory.mktemp("vllm") / "log") as address:
        yield address


@pytest.fixture
async def engine(address: str) -> AsyncIterator[OpenAIEngine]:
    engine = OpenAIEngine(address + "/v1")
    yield engine
    await engine.aclose()


async def generations(server: httpx.AsyncClient) -> int:
    lines = (await server.get("/metrics")).text.splitlines()
    [running] = [line for line in lines if line.startswith("vllm:num_requests_running{")]
    return int(float(running.split()[-1]))


class TestContract(ModelContract, ClosingContract):
    @pytest.fixture(autouse=True)
    async def _ask(self, address: str) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=30) as self._server:
            yield

    @pytest.fixture
    async def closable(self, engine: OpenAIEngine) -> OpenAIEngine:
        return engine

    async def running(self, engine: ChatEngine) -> int:
        return await generations(self._server)

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        return {"structured_outputs": {"choice": [text]}}


@pytest.fixture(scope="module")
def merged(model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[ServedAdapter, Any]:
    """Two adapters of the model, and the model with each of them merged into its weights."""
    import transformers

    from tests.app.engines.tiny_adapter import adapted, write_peft

    base = transformers.LlamaForCausalLM.from_pretrained(model).float().eval()
    root, made = tmp_path_factory.mktemp("adapters"), {}
    for seed, name in enumerate((MEI, LAN)):
        whole, pairs = adapted(base, seed, spread=0.3)
        write_peft(root / name, pairs, {"name": name, "base": "index"})
        made[ServedAdapter(name, root / name, "index")] = whole
    return made


class TestAdapters(AdapterContract):
    """Loaded while the server runs."""

    @pytest.fixture
    async def loading(
        self, address: str, merged: dict[ServedAdapter, Any]
    ) -> AsyncIterator[VllmAdapters]:
        loading = VllmAdapters([address], None, 3.0)
        await loading.serve(list(merged))
        yield loading
        await loading.serve([])
        await loading.sync()

    @pytest.fixture
    async def engine(self, address: str, loading: VllmAdapters) -> AsyncIterator[OpenAIEngine]:
        engine = OpenAIEngine(address, adapters=loading)
        await loading.sync()
        yield engine
        await engine.aclose()

    async def test_scores_are_those_of_merged_weights(
        self, engine: OpenAIEngine, model: Path, merged: dict[ServedAdapter, Any]
    ) -> None:
        import torch
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
        before = tokenizer.encode(PROMPT).ids
        ids = tokenizer.encode(WORDS, add_special_tokens=False).ids
        for adapter, whole in merged.items():
            with torch.no_grad():
                logits = whole(torch.tensor([before + ids])).logits[0][len(before) - 1 : -1]
            expected = logits.log_softmax(-1)[range(len(ids)), ids]
            found = await engine.score(PROMPT, WORDS, adapter=adapter.name)
            assert found == pytest.approx(expected.tolist(), abs=1e-3)

    async def test_a_prefix_is_cached_for_its_adapter_alone(self, engine: OpenAIEngine) -> None:
        prompt = "".join(f"第{i}句：床前明月光，疑是地上霜。\n" for i in range(12))
        cached = []
        for adapter, last in ((MEI, "甲"), (LAN, "乙"), (MEI, "丙")):
            stream = engine.stream(prompt + last, Sampling(max_tokens=1), adapter=adapter)
            usage = [delta async for delta in stream][-1].usage
            assert usage is not None
            cached.append((usage.cached_tokens or 0) > usage.prompt_tokens * 0.9)
        assert cached == [False, False, True]

    async def test_a_retired_one_is_unloaded(
        self, engine: OpenAIEngine, loading: VllmAdapters, merged: dict[ServedAdapter, Any]
    ) -> None:
        assert await said(engine, MEI)
        await loading.serve([each for each in merged if each.name == LAN])
        await loading.sync()
        with pytest.raises(AdapterUnknownError):
            await said(engine, MEI)
        assert (await engine.limits()).adapters == (LAN,)

    async def test_what_vllm_refuses_is_refused_with_its_reason(
        self, engine: OpenAIEngine, loading: VllmAdapters, tmp_path: Path
    ) -> None:
        missing = ServedAdapter("missing", tmp_path / "missing", "index")
        await loading.serve([missing])
        with pytest.raises(AdapterUnknownError, match="does not load it"):
            await said(engine, "missing")


@pytest.fixture(scope="module")
def pair(
    address: str, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """A second vLLM beside the first."""
    with serving(model, tmp_path_factory.mktemp("second") / "log") as second:
        yield address, second


@pytest.fixture(scope="module")
def routed(pair: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("router") / "log"
    with routing(pair, "consistent_hash", log) as router:
        yield router


class TestBehindARouter(ChatEngineContract, ClosingContract):
    @pytest.fixture(autouse=True)
    async def _ask(self, pair: tuple[str, str]) -> AsyncIterator[None]:
        clients = [httpx.AsyncClient(base_url=each, trust_env=False, timeout=30) for each in pair]
        async with clients[0], clients[1]:
            self._servers = clients
            yield

    @pytest.fixture
    async def engine(self, routed: str) -> AsyncIterator[OpenAIEngine]:
        engine = OpenAIEngine(routed)
        yield engine
        await engine.aclose()

    @pytest.fixture
    async def closable(self, engine: OpenAIEngine) -> OpenAIEngine:
        return engine

    async def running(self, engine: ChatEngine) -> int:
        return sum([await generations(server) for server in self._servers])

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        return {"structured_outputs": {"choice": [text]}}


async def test_a_second_turn_finds_its_prefix_behind_a_router(routed: str) -> None:
    engine = OpenAIEngine(routed)
    prompt = "".join(f"第{i}句：夜来风雨声，花落知多少。\n" for i in range(12))
    for at in range(4):
        usages = []
        for asked in ("甲", "乙"):
            stream = engine.stream(
                f"{at}{prompt}user:{asked}", Sampling(max_tokens=1), affinity=f"dialogue {at}"
            )
            usages.append([delta async for delta in stream][-1].usage)
        assert usages[1] is not None
        assert (usages[1].cached_tokens or 0) > usages[1].prompt_tokens * 0.9
    await engine.aclose()


async def test_says_what_index_says(
    engine: OpenAIEngine, model: Path, weights: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Token by token, by the Norm-Head written out from its description."""
    from tokenizers import Tokenizer

    from tests.app.tools.conversion.checkpoints import CONFIG
    from tests.app.tools.conversion.reference_model import index_logits

    monkeypatch.setitem(CONFIG, "num_attention_heads", HEADS)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    ids = tokenizer.encode(PROMPT).ids
    reply: list[int] = []
    for _ in range(12):
        reply.append(int(index_logits(weights, ids + reply)[-1].argmax()))
    said = await collect(engine, PROMPT, replace(GREEDY, max_tokens=12))
    # A random model says bytes that are no character; what is shown for those is nobody's word.
    assert text_of(said).replace("\ufffd", "") == tokenizer.decode(reply).replace("\ufffd", "")


@pytest.mark.parametrize("text", ["我是三三，你好。", "the robot 🎭", "\n\n 猫"])
@pytest.mark.parametrize(
    ("prompt", "written"),
    [
        (PROMPT, PROMPT),
        (CHAT, "<unk>你是三三。reserved_0你好，请介绍一下你自己。reserved_1"),
        (
            [*CHAT, ChatMessage("assistant", "我是")],
            "<unk>你是三三。reserved_0你好，请介绍一下你自己。reserved_1我是",
        ),
    ],
    ids=["completion", "chat", "unfinished"],
)
async def test_scores_are_those_of_index(
    engine: OpenAIEngine,
    model: Path,
    weights: Any,
    monkeypatch: pytest.MonkeyPatch,
    prompt: EnginePrompt,
    written: str,
    text: str,
) -> None:
    """Token by token, by the Norm-Head written out from its description."""
    from tokenizers import Tokenizer

    from tests.app.tools.conversion.checkpoints import CONFIG
    from tests.app.tools.conversion.reference_model import index_logits

    monkeypatch.setitem(CONFIG, "num_attention_heads", HEADS)
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    before = tokenizer.encode(written).ids
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    logits = index_logits(weights, before + ids)[len(before) - 1 : -1]
    expected = logits.log_softmax(-1)[range(len(ids)), ids]
    scores = await engine.score(prompt, text)
    assert scores == pytest.approx(expected.tolist(), abs=1e-3)
    assert [len(scores)] == await engine.count_tokens([text])


async def test_a_chat_is_read_as_index_was_taught(engine: OpenAIEngine, address: str) -> None:
    """The chat template: the same as the marks written into a completion prompt.

    The marks go straight to the server: in a prompt of ours they would be broken.
    """
    turns = [*CHAT, ChatMessage("assistant", "我是"), ChatMessage("user", "谁？")]
    written = "<unk>你是三三。reserved_0你好，请介绍一下你自己。reserved_1"
    pairs = [(CHAT, written), (turns, f"{written}我是reserved_0谁？reserved_1")]
    # A last message of the assistant is a reply to go on with.
    pairs.append((turns[:3], f"{written}我是"))
    model = (await engine.limits()).model
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as server:
        for messages, prompt in pairs:
            chat = await collect(engine, messages, GREEDY)
            body = {"model": model, "prompt": prompt, "max_tokens": GREEDY.max_tokens, "seed": 1}
            answer = await server.post("/v1/completions", json=body | {"temperature": 0.0})
            completion = answer.raise_for_status().json()
            said = completion["choices"][0]["text"]
            assert text_of(chat).replace("\ufffd", "") == said.replace("\ufffd", "")
            assert chat[-1].usage is not None
            assert chat[-1].usage.prompt_tokens == completion["usage"]["prompt_tokens"]


async def test_a_reply_ends_with_the_context(engine: OpenAIEngine) -> None:
    """``max_tokens`` beyond what the prompt leaves is no error."""
    line = "今天天气真好。"
    [tokens] = await engine.count_tokens([line * 100])
    prompt = line * ((CONTEXT_LENGTH - 40) * 100 // tokens)
    endless = Sampling(temperature=0.0, max_tokens=1000, extra={"ignore_eos": True})
    last = (await collect(engine, prompt, endless))[-1]
    assert last.finish_reason == "length"
    assert last.usage is not None
    assert last.usage.prompt_tokens + last.usage.completion_tokens == CONTEXT_LENGTH


@pytest.mark.parametrize(
    "wrong", [{"top_k": -5}, {"min_p": 3.0}, {"repetition_penalty": 0.0}, {"temperature": -1.0}]
)
async def test_a_wrong_field_is_refused_by_name(
    engine: OpenAIEngine, wrong: dict[str, Any]
) -> None:
    with pytest.raises(EngineRequestError, match=next(iter(wrong))):
        await collect(engine, PROMPT, replace(GREEDY, **wrong))


async def test_reports_its_context(engine: OpenAIEngine) -> None:
    limits = await engine.limits()
    assert (limits.model, limits.context_length) == ("index", CONTEXT_LENGTH)
