"""Adapters on servers elsewhere: loaded on each, again after a restart, and unloaded."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from app.engines.adapters import ServedAdapter
from app.engines.openai_http import OpenAIEngine
from app.engines.port import AdapterUnknownError
from app.engines.scripted_server import ScriptedServer, create_app
from app.engines.vllm_adapters import VllmAdapters
from app.engines.watched import WatchedEngine
from tests.app.engines.adapter_contract import LAN, MEI, WORDS, said
from tests.app.engines.contract import PROMPT
from tests.app.engines.fake_vllm import ServerThread
from tests.app.engines.test_adapters import adapter_folder
from tests.app.running import until

pytestmark = pytest.mark.anyio


@dataclass
class Server:
    """A server of its own process, as far as its clients can tell; it can be restarted."""

    enable_lora: bool = True
    scripted: ScriptedServer = field(init=False)
    thread: ServerThread = field(init=False)

    def start(self, port: int = 0) -> None:
        self.scripted = ScriptedServer(
            tokens_per_second=2_000,
            reply_tokens=0,
            context_length=4096,
            enable_lora=self.enable_lora,
        )
        self.thread = ServerThread(create_app(self.scripted), port)

    @property
    def address(self) -> str:
        return self.thread.base_url

    def restart(self) -> None:
        port = int(self.address.rpartition(":")[2])
        self.thread.close()
        self.start(port)


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    made = [Server(), Server()]
    for server in made:
        server.start()
    yield made
    for server in made:
        server.thread.close()


@pytest.fixture
def mei(tmp_path: Path) -> ServedAdapter:
    return adapter_folder(tmp_path / "adapters", MEI)


@pytest.fixture
async def adapters(servers: list[Server]) -> AsyncIterator[VllmAdapters]:
    adapters = VllmAdapters([each.address for each in servers], None, 3.0)
    yield adapters
    await adapters.aclose()


@pytest.fixture
async def engine(servers: list[Server], adapters: VllmAdapters) -> AsyncIterator[OpenAIEngine]:
    engine = OpenAIEngine(servers[0].address, adapters=adapters)
    yield engine
    await engine.aclose()


def loaded(server: Server) -> dict[str, str]:
    return server.scripted.adapters.loaded


async def test_every_server_loads_it(
    servers: list[Server], adapters: VllmAdapters, mei: ServedAdapter
) -> None:
    await adapters.serve([mei])
    assert [each.served for each in adapters.adapter_states()] == [False]
    await adapters.sync()
    assert [each.served for each in adapters.adapter_states()] == [True]
    assert [loaded(each) for each in servers] == [{MEI: str(mei.folder)}] * 2


async def test_a_request_loads_what_was_not_loaded_yet(
    servers: list[Server], engine: OpenAIEngine, adapters: VllmAdapters, mei: ServedAdapter
) -> None:
    await adapters.serve([mei])
    assert (await said(engine, MEI)).endswith(f"[{MEI}]")
    assert (await engine.limits()).adapters == (MEI,)


async def test_servers_see_the_folder_where_the_setting_says(
    servers: list[Server], tmp_path: Path, mei: ServedAdapter
) -> None:
    elsewhere = tmp_path / "seen"
    elsewhere.symlink_to(tmp_path / "adapters")
    adapters = VllmAdapters([servers[0].address], None, 3.0, folder=PurePosixPath(elsewhere))
    await adapters.serve([mei])
    await adapters.sync()
    assert loaded(servers[0]) == {MEI: f"{elsewhere}/{MEI}"}
    await adapters.aclose()


@pytest.mark.parametrize("scoring", [False, True], ids=["reply", "score"])
async def test_a_server_that_has_forgotten_it_loads_it_again(
    servers: list[Server],
    engine: OpenAIEngine,
    adapters: VllmAdapters,
    mei: ServedAdapter,
    scoring: bool,
) -> None:
    await adapters.serve([mei])
    before = await said(engine, MEI)
    score = await engine.score(PROMPT, WORDS, adapter=MEI)
    loaded(servers[0]).clear()
    if scoring:
        assert await engine.score(PROMPT, WORDS, adapter=MEI) == pytest.approx(score)
    else:
        assert await said(engine, MEI) == before
    assert loaded(servers[0]) == {MEI: str(mei.folder)}


async def test_it_is_loaded_again_without_a_request(
    servers: list[Server], mei: ServedAdapter
) -> None:
    addresses = [each.address for each in servers]
    adapters = VllmAdapters(addresses, None, 3.0)
    client = OpenAIEngine(addresses[0], adapters=adapters)
    engine = WatchedEngine(client, probe_seconds=0.05, adapters=adapters)
    await engine.serve_adapters([mei])
    await until(lambda: all(loaded(each) for each in servers))
    servers[1].restart()
    await until(lambda: loaded(servers[1]))
    await engine.aclose()


async def test_a_server_that_is_away_keeps_no_one_waiting_for_the_others(
    servers: list[Server], engine: OpenAIEngine, adapters: VllmAdapters, mei: ServedAdapter
) -> None:
    port = int(servers[1].address.rpartition(":")[2])
    servers[1].thread.close()
    await adapters.serve([mei])
    assert (await said(engine, MEI)).endswith(f"[{MEI}]")
    servers[1].start(port)
    await adapters.sync()
    assert loaded(servers[1]) == {MEI: str(mei.folder)}


async def test_no_server_at_all_is_said(mei: ServedAdapter) -> None:
    adapters = VllmAdapters(["http://127.0.0.1:9"], None, 1.0)
    await adapters.serve([mei])
    await adapters.sync()
    [state] = adapters.adapter_states()
    assert (state.served, state.detail) == (False, "None of the engine's servers answers.")
    await adapters.aclose()


async def test_a_server_that_loads_none_at_runtime_is_said(
    tmp_path: Path, mei: ServedAdapter
) -> None:
    server = Server(enable_lora=False)
    server.start()
    adapters = VllmAdapters([server.address], None, 3.0)
    engine = OpenAIEngine(server.address, adapters=adapters)
    await adapters.serve([mei])
    with pytest.raises(AdapterUnknownError, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"):
        await said(engine, MEI)
    assert await said(engine, None)
    await engine.aclose()
    server.thread.close()


async def test_what_was_named_at_the_start_is_served(servers: list[Server]) -> None:
    """``--lora-modules``: the server lists it, and nobody registered it here."""
    loaded(servers[0])[LAN] = "/adapters/lan"
    adapters = VllmAdapters([servers[0].address], None, 3.0)
    engine = OpenAIEngine(servers[0].address, adapters=adapters)
    limits = await engine.limits()
    assert (limits.model, limits.adapters) == ("scripted", (LAN,))
    assert (await said(engine, LAN)).endswith(f"[{LAN}]")
    await engine.aclose()


@pytest.mark.parametrize(
    ("rank", "deleted", "why"), [(64, False, "max_lora_rank"), (8, True, "No adapter found")]
)
async def test_what_a_server_refuses_is_refused_with_its_reason(
    engine: OpenAIEngine, adapters: VllmAdapters, tmp_path: Path, rank: int, deleted: bool, why: str
) -> None:
    adapter = adapter_folder(tmp_path, LAN, rank)
    if deleted:
        (adapter.folder / "adapter_config.json").unlink()
    await adapters.serve([adapter])
    with pytest.raises(AdapterUnknownError, match=why):
        await said(engine, LAN)
    with pytest.raises(AdapterUnknownError, match=why):
        await engine.score(PROMPT, WORDS, adapter=LAN)


async def test_another_process_may_have_loaded_it(
    servers: list[Server], engine: OpenAIEngine, adapters: VllmAdapters, mei: ServedAdapter
) -> None:
    other = VllmAdapters([each.address for each in servers], None, 3.0)
    for each in (other, adapters):
        await each.serve([mei])
        await each.sync()
    assert (await said(engine, MEI)).endswith(f"[{MEI}]")
    await other.aclose()


async def test_a_retired_one_is_unloaded_and_no_longer_served(
    servers: list[Server],
    engine: OpenAIEngine,
    adapters: VllmAdapters,
    tmp_path: Path,
    mei: ServedAdapter,
) -> None:
    lan = adapter_folder(tmp_path / "adapters", LAN)
    await adapters.serve([mei, lan])
    assert await said(engine, MEI)
    await adapters.serve([lan])
    with pytest.raises(AdapterUnknownError, match="registered"):
        await said(engine, MEI)
    await adapters.sync()
    assert [loaded(each) for each in servers] == [{LAN: str(lan.folder)}] * 2
    assert (await engine.limits()).adapters == (LAN,)
