"""What is registered reaches the engine of every process."""

from pathlib import Path

import pytest
from sqlalchemy import select

from app.db.base import utc_now
from app.db.models import Adapter
from app.engines.adapters import ServedAdapter
from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Running, running, until

pytestmark = pytest.mark.anyio


async def register(stage: Running, name: str) -> None:
    """As another process would, without files."""
    async with stage.services.database.write() as session:
        session.add(Adapter(name=name, base="demo", files={}, size=1, rank=8, card={}))


async def retire(stage: Running, name: str) -> None:
    async with stage.services.database.write() as session:
        row = await session.scalar(select(Adapter).where(Adapter.name == name))
        assert row is not None
        row.retired_at = utc_now()


def served(stage: Running) -> list[str]:
    return [each.name for each in stage.services.engine.adapter_states()]


async def test_the_engine_serves_what_is_registered_from_its_start_on(settings: Settings) -> None:
    async with running(settings) as stage:
        assert served(stage) == []
        await register(stage, "mei-1")
    async with running(settings, engine=ScriptedEngine()) as stage:
        assert served(stage) == ["mei-1"]


async def test_what_is_registered_or_removed_meanwhile_is_noticed(settings: Settings) -> None:
    async with running(settings) as stage:
        await register(stage, "mei-1")
        await register(stage, "lan-2")
        stage.services.adapter_keeper.wake()
        await until(lambda: served(stage) == ["mei-1", "lan-2"])
        assert (await stage.services.engine.limits()).adapters == ("mei-1", "lan-2")
        await retire(stage, "mei-1")
        stage.services.adapter_keeper.wake()
        await until(lambda: served(stage) == ["lan-2"])


async def test_the_engine_is_told_the_absolute_folder(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Path] = []

    async def note(_: ScriptedEngine, adapters: list[ServedAdapter]) -> None:
        told.extend(each.folder for each in adapters)

    monkeypatch.setattr(ScriptedEngine, "serve_adapters", note)
    async with running(settings) as stage:
        await register(stage, "mei-1")
        await stage.services.adapter_keeper.look()
    assert told == [settings.adapters_dir.absolute() / "mei-1"]
