"""Adapters on the engines without a model: the contract, and what a call to them records."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.engines.adapters import AdapterState, ServedAdapter
from app.engines.host import EngineHost
from app.engines.openai_http import OpenAIEngine
from app.engines.scripted import ScriptedEngine
from app.engines.scripted_server import ScriptedServer, create_app
from app.engines.vllm_adapters import VllmAdapters
from app.engines.watched import WatchedEngine
from app.settings import EngineSettings, Settings
from tests.app.engines.adapter_contract import LAN, MEI, AdapterContract, said
from tests.app.engines.fake_vllm import ServerThread

pytestmark = pytest.mark.anyio


def adapter_folder(root: Path, name: str, rank: int = 8) -> ServedAdapter:
    """An adapter as far as the scripted server reads it."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(f'{{"peft_type": "LORA", "r": {rank}}}')
    return ServedAdapter(name, folder, "scripted")


@pytest.fixture
def adapters(tmp_path: Path) -> list[ServedAdapter]:
    return [adapter_folder(tmp_path / "adapters", name) for name in (MEI, LAN)]


class TestScripted(AdapterContract):
    @pytest.fixture
    async def engine(self, adapters: list[ServedAdapter]) -> ScriptedEngine:
        engine = ScriptedEngine()
        await engine.serve_adapters(adapters)
        return engine

    async def test_calls_name_their_adapter(self, engine: ScriptedEngine) -> None:
        for adapter in (MEI, None):
            await said(engine, adapter)
        assert [call.adapter for call in engine.calls] == [MEI, None]


class TestHost(AdapterContract):
    @pytest.fixture
    async def engine(self, adapters: list[ServedAdapter]) -> AsyncIterator[EngineHost]:
        settings = Settings(engine=EngineSettings(kind="scripted"))
        host = EngineHost(settings, on_change=lambda _: None)
        await host.serve_adapters(adapters)
        host.start()
        yield host
        await host.aclose()

    async def test_reports_their_states(self, engine: EngineHost) -> None:
        assert engine.adapter_states() == [AdapterState(MEI, True), AdapterState(LAN, True)]


@pytest.fixture
def address() -> Iterator[str]:
    scripted = ScriptedServer(tokens_per_second=2_000, reply_tokens=0, context_length=4096)
    server = ServerThread(create_app(scripted))
    yield server.base_url
    server.close()


class TestOverHttp(AdapterContract):
    """A server that speaks vLLM's protocol, through what watches it in the service."""

    @pytest.fixture
    async def engine(
        self, adapters: list[ServedAdapter], address: str
    ) -> AsyncIterator[WatchedEngine]:
        loading = VllmAdapters([address], None, 3.0)
        engine = WatchedEngine(OpenAIEngine(address, adapters=loading), adapters=loading)
        await engine.serve_adapters(adapters)
        await loading.sync()
        yield engine
        await engine.aclose()
