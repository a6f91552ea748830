"""Several servers as one engine: the contract, and what happens when one of them fails."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing

import pytest

from app.engines.openai_http import OpenAIEngine
from app.engines.port import (
    ChatEngine,
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
    Sampling,
    ScoringUnsupportedError,
)
from app.engines.replicas import ReplicatedEngine
from app.engines.scripted import ScriptedEngine
from tests.app.engines.contract import (
    GREEDY,
    PROMPT,
    ClosingContract,
    collect,
    text_of,
)
from tests.app.engines.fake_vllm import MODEL, FakeVLLM, ServerThread, app_of
from tests.app.engines.scoring_contract import LikelihoodContract
from tests.app.running import until
from tests.app.serving import wait_for

pytestmark = pytest.mark.anyio

FIRST_WORD = b'data: {"choices":[{"text":"Once"}]}\n\n'


@pytest.fixture(scope="module")
def servers() -> Iterator[list[FakeVLLM]]:
    fakes = [FakeVLLM(), FakeVLLM()]
    threads = [ServerThread(app_of(fake)) for fake in fakes]
    for fake, thread in zip(fakes, threads, strict=True):
        fake.base_url = thread.base_url
    yield fakes
    for thread in threads:
        thread.close()


@pytest.fixture
def pair(servers: list[FakeVLLM]) -> list[FakeVLLM]:
    """Two servers, their scripts as new."""
    for fake in servers:
        fake.renew()
    wait_for(lambda: not any(fake.running for fake in servers), seconds=10)
    return servers


def over(*urls: str, first_token_timeout: float = 5.0) -> ReplicatedEngine:
    engines = [OpenAIEngine(url, first_token_timeout=first_token_timeout) for url in urls]
    return ReplicatedEngine(engines, probe_seconds=0.05, rest_seconds=0.02)


@pytest.fixture
async def engine(pair: list[FakeVLLM]) -> AsyncIterator[ReplicatedEngine]:
    engine = over(*(fake.base_url for fake in pair))
    yield engine
    await engine.aclose()


class TestContract(LikelihoodContract, ClosingContract):
    @pytest.fixture(autouse=True)
    def script(self, pair: list[FakeVLLM]) -> None:
        self._pair = pair
        for fake in pair:
            fake.reply, fake.delay = "我是三三🎭，一个爱说话的机器人，很高兴认识你！" * 3, 0.002

    @pytest.fixture
    async def closable(self, engine: ChatEngine) -> ChatEngine:
        return engine

    async def running(self, engine: ChatEngine) -> int:
        return sum(fake.running for fake in self._pair)

    def say(self, engine: ChatEngine, text: str) -> Mapping[str, object]:
        for fake in self._pair:
            fake.reply = text
        return {}


class Server(ScriptedEngine):
    """A server in this process, which can be made to hang, or to serve another model."""

    def __init__(self, model: str = "index", context_length: int = 4096) -> None:
        super().__init__(reply="one two three", context_length=context_length)
        self._limits = type(self._limits)(model, context_length, "completion")
        self.answers = True

    async def ready(self) -> bool:
        return self.answers and await super().ready()


@pytest.fixture
async def trio() -> AsyncIterator[tuple[list[Server], ReplicatedEngine]]:
    servers = [Server(), Server(), Server()]
    engine = ReplicatedEngine(servers, probe_seconds=0.02, rest_seconds=0.02)
    yield servers, engine
    await engine.aclose()


async def say(engine: ChatEngine, affinity: str | None = None) -> str:
    stream = engine.stream(PROMPT, GREEDY, affinity=affinity)
    async with aclosing(stream) as deltas:
        return "".join([delta.text async for delta in deltas])


async def until_available(engine: ReplicatedEngine, expected: list[bool]) -> None:
    await until(lambda: [each.available for each in engine.health()] == expected)


def counts(servers: list[Server]) -> list[int]:
    return [len(server.calls) for server in servers]


def only(asked: FakeVLLM, pair: list[FakeVLLM], engine: ReplicatedEngine) -> str:
    """An affinity whose home is ``asked``: as the engine itself would have chosen."""
    number = pair.index(asked)
    names = (f"conversation {n}" for n in range(100))
    return next(name for name in names if engine._choose(name, []) is engine._replicas[number])


async def test_a_conversation_stays_where_it_began(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for _ in range(5):
        await say(engine, "a conversation")
    assert sorted(counts(servers)) == [0, 0, 5]
    (home,) = (server for server in servers if server.calls)
    home.answers = False
    await until_available(engine, [server is not home for server in servers])
    for _ in range(3):
        await say(engine, "a conversation")
    assert sorted(counts(servers)) == [0, 3, 5]  # to one other, not to both
    home.answers = True
    await until_available(engine, [True] * 3)
    await say(engine, "a conversation")
    assert sorted(counts(servers)) == [0, 4, 5]  # which has it in its cache by now


async def test_conversations_spread_when_nobody_is_busy(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for n in range(60):
        await say(engine, f"conversation {n}")
    assert min(counts(servers)) >= 10


async def test_without_a_conversation_they_take_turns(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for _ in range(6):
        await say(engine)
    assert counts(servers) == [2, 2, 2]


async def test_a_new_conversation_goes_where_least_goes_on(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for server in servers:
        server.delay = 60
    running = [asyncio.create_task(say(engine, f"conversation {n}")) for n in range(7)]
    await until(lambda: sum(server.running for server in servers) == 7)
    assert sorted(server.running for server in servers) == [2, 2, 3]
    assert sorted(each.outstanding for each in engine.health()) == [2, 2, 3]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert [each.outstanding for each in engine.health()] == [0, 0, 0]


@pytest.mark.parametrize(
    "fault",
    [
        {"raw": b""},
        {"status": 429, "headers": {"Retry-After": "3"}},
        {"status": 503},
        {"status": 500},
        {"delay": 30.0},
    ],
    ids=["dies", "429", "503", "500", "hangs"],
)
async def test_before_its_first_word_another_is_asked(
    pair: list[FakeVLLM], fault: dict[str, object]
) -> None:
    engine = over(*(fake.base_url for fake in pair), first_token_timeout=0.2)
    await engine.limits()
    broken, whole = pair
    affinity = only(broken, pair, engine)
    broken.__dict__.update(fault)
    assert await say(engine, affinity) == whole.reply
    assert len(broken.paths) == len(whole.paths) == 1
    assert [each.failures for each in engine.health()] == [1, 0]
    assert await say(engine, affinity) == whole.reply
    assert len(broken.paths) == 1  # the conversation lives elsewhere now
    await engine.aclose()


async def test_after_its_first_word_nobody_else_is_asked(
    pair: list[FakeVLLM], engine: ReplicatedEngine
) -> None:
    await engine.limits()
    broken, whole = pair
    broken.raw = FIRST_WORD
    async with aclosing(
        engine.stream(PROMPT, GREEDY, affinity=only(broken, pair, engine))
    ) as deltas:
        assert (await anext(deltas)).text == "Once"
        with pytest.raises(EngineUnavailableError):
            await anext(deltas)
    assert whole.paths == []
    assert [each.failures for each in engine.health()] == [1, 0]


@pytest.mark.parametrize("error", [ContextTooLongError("long"), EngineRequestError("wrong")])
async def test_what_is_wrong_with_the_request_is_wrong_everywhere(
    trio: tuple[list[Server], ReplicatedEngine], error: EngineError
) -> None:
    servers, engine = trio
    for server in servers:
        server.fail_before = error
    with pytest.raises(type(error)):
        await say(engine)
    assert sum(counts(servers)) == 1
    assert sum(each.failures for each in engine.health()) == 0


async def test_where_all_fail_the_last_error_is_raised(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for server in servers:
        server.fail_before = EngineOverloadedError("busy", retry_after=9)
    with pytest.raises(EngineOverloadedError, match="busy"):
        await say(engine)
    assert counts(servers) == [1, 1, 1]


async def test_one_that_keeps_failing_is_spared(
    pair: list[FakeVLLM],
) -> None:
    engines = [OpenAIEngine(fake.base_url) for fake in pair]
    engine = ReplicatedEngine(engines, probe_seconds=60, rest_seconds=60)
    await engine.limits()
    broken, whole = pair
    broken.status = 503
    for n in range(20):
        await say(engine, f"conversation {n}")
    assert len(broken.paths) == 3
    assert len(whole.paths) == 20
    first, second = engine.health()
    assert (first.available, second.available) == (False, True)
    assert "overloaded" in first.detail
    assert await engine.ready()
    await engine.aclose()


async def test_counting_tokens_says_nothing_about_generating() -> None:
    broken, whole = Server(), Server()
    engine = ReplicatedEngine([broken, whole], rest_seconds=60)
    broken.fail_before = EngineOverloadedError("busy")
    for n in range(20):
        await engine.count_tokens([str(n)])
        await say(engine, f"conversation {n}")
    assert counts([broken, whole]) == [3, 20]
    await engine.aclose()


async def test_a_spared_one_is_tried_again_with_one_request(
    pair: list[FakeVLLM], engine: ReplicatedEngine
) -> None:
    broken, _ = pair
    broken.status = 503
    for n in range(20):
        await say(engine, f"conversation {n}")
    broken.status = 200
    await until_available(engine, [True, True])
    for n in range(20, 40):
        await say(engine, f"conversation {n}")
    assert all("answers" in each.detail for each in engine.health())


async def test_one_that_hangs_is_left_when_probes_find_out(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for server in servers:
        server.delay = 60
    waiting = asyncio.create_task(say(engine, "a conversation"))
    await until(lambda: any(server.running for server in servers))
    (hung,) = (server for server in servers if server.running)
    for server in servers:
        server.delay = 0.0
    hung.answers = False
    assert await waiting == "one two three"
    assert hung.running == 0
    assert sorted(counts(servers)) == [0, 1, 1]


async def test_one_that_comes_back_is_asked_again(pair: list[FakeVLLM]) -> None:
    late = FakeVLLM()
    thread = ServerThread(app_of(late))
    engine = over(pair[0].base_url, thread.base_url)
    assert len({await say(engine, f"conversation {n}") for n in range(8)}) == 1
    assert late.paths
    thread.close()
    for n in range(8, 16):
        await say(engine, f"conversation {n}")
    await until_available(engine, [True, False])
    late.paths.clear()
    thread = ServerThread(app_of(late), port=int(thread.base_url.rpartition(":")[2]))
    await until_available(engine, [True, True])
    for n in range(16, 216):  # its first connection may still be one to the server before
        await say(engine, f"conversation {n}")
        if late.paths:
            break
    assert late.paths
    await engine.aclose()
    thread.close()


async def test_nobody_there() -> None:
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        urls = [f"http://127.0.0.1:{each.getsockname()[1]}" for each in (one, other)]
        engine = over(*urls)
        assert not await engine.ready()
        with pytest.raises(EngineUnavailableError, match=r"1: .* 2: ") as caught:
            await say(engine)
        assert caught.value.retry_after == 5
        with pytest.raises(EngineUnavailableError):
            await engine.count_tokens(["a"])
        assert all(url not in str(caught.value) for url in urls)
        await engine.aclose()


async def test_different_models_are_refused() -> None:
    engine = ReplicatedEngine([Server("index"), Server("another")])
    assert not await engine.ready()
    for asked in (engine.limits(), say(engine), engine.count_tokens(["a"])):
        with pytest.raises(EngineRequestError, match=r"1: index, 2: another.*ENGINE__MODEL"):
            await asked
    await engine.aclose()


async def test_with_a_model_by_name_others_are_left_out(pair: list[FakeVLLM]) -> None:
    pair[1].model = "another"
    engines = [OpenAIEngine(fake.base_url, model=MODEL) for fake in pair]
    engine = ReplicatedEngine(engines)
    assert (await engine.limits()).model == MODEL
    assert [each.available for each in engine.health()] == [True, False]
    assert "another" in engine.health()[1].detail
    await engine.aclose()


async def test_the_shortest_context_holds() -> None:
    engine = ReplicatedEngine([Server(context_length=4096), Server(context_length=2048)])
    assert (await engine.limits()).context_length == 2048
    await engine.aclose()


async def test_counting_goes_on_elsewhere(
    trio: tuple[list[Server], ReplicatedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    servers, engine = trio

    async def fail(texts: object, *, rough: int) -> list[int]:
        raise EngineTimeoutError("slow")

    for server in servers[:2]:
        monkeypatch.setattr(server, "count_tokens", fail)
    assert await engine.count_tokens(["one two"]) == [2]
    monkeypatch.setattr(servers[2], "count_tokens", fail)
    with pytest.raises(EngineTimeoutError):
        await engine.count_tokens(["one two"])


async def test_scoring_goes_on_elsewhere(
    trio: tuple[list[Server], ReplicatedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    servers, engine = trio
    for server in servers[:2]:
        server.fail_before = EngineOverloadedError("busy")
    assert len(await engine.score(PROMPT, "one two", affinity="a")) == 2
    servers[2].fail_before = EngineOverloadedError("busy")
    with pytest.raises(EngineOverloadedError):
        await engine.score(PROMPT, "one two", affinity="a")


async def test_one_that_cannot_score_is_not_at_fault(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for server in servers:
        server.fail_before = ScoringUnsupportedError("never")
    for _ in range(5):
        with pytest.raises(ScoringUnsupportedError):
            await engine.score(PROMPT, "one two")
    assert [each.available for each in engine.health()] == [True, True, True]
    assert sum(each.failures for each in engine.health()) == 0


async def test_a_conversation_is_scored_where_its_prompt_is_cached(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for number in range(6):
        before = counts(servers)
        await say(engine, f"conversation {number}")
        [home] = [at for at in range(3) if counts(servers)[at] > before[at]]
        for server in (servers[at] for at in range(3) if at != home):
            server.fail_before = ScoringUnsupportedError("not here")
        for _ in range(3):
            assert await engine.score(PROMPT, "one", affinity=f"conversation {number}")
        for server in servers:
            server.fail_before = None


async def test_scoring_is_left_when_probes_find_out(
    trio: tuple[list[Server], ReplicatedEngine],
) -> None:
    servers, engine = trio
    for server in servers:
        server.delay = 60
    scoring = asyncio.create_task(engine.score(PROMPT, "one two", affinity="a"))
    await until(lambda: sum(server.running for server in servers) == 1)
    [home] = [server for server in servers if server.running]
    for server in servers:
        server.delay = 0
    home.answers = False
    assert len(await scoring) == 2
    assert home.running == 0


async def test_sampling_and_stops_reach_the_server(engine: ReplicatedEngine) -> None:
    deltas = await collect(engine, PROMPT, Sampling(max_tokens=3), ["没"])
    assert text_of(deltas) == "好的，"
