"""``offbook adapter audition`` hears an adapter without a service, and stores what it found."""

import asyncio

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.settings import Settings
from tests.app.adapters import making
from tests.app.adapters.test_registering import register
from tests.app.auditions.test_adapters import NAME, URL, scenes
from tests.app.auditions.test_auditions import SCENES, ben
from tests.app.running import as_object, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


async def hear(settings: Settings) -> Result:
    words = ["adapter", "audition", NAME, "ben", "--data-dir", str(settings.data_dir)]
    return await asyncio.to_thread(CliRunner().invoke, cli, words)


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ENGINE__KIND": "scripted",
        "EMBEDDER__NAME": "hashing",
        "RETRIEVAL__MODE": "reference",
        "ADAPTERS__LEAST_REPLIES": "5",
        "ADAPTERS__SCORED_REPLIES": "8",
        "ADAPTERS__WRITTEN_REPLIES": "5",
    }.items():
        monkeypatch.setenv(f"OFFBOOK_{name}", value)


async def test_its_result_is_printed_and_stored(settings: Settings) -> None:
    async with running(settings) as stage:
        await ben(stage, scenes=len(SCENES))
        every = scenes()
        await register(stage, NAME, data=making.trained_on(every[:20], every[20:]))
    done = await hear(settings)
    assert done.exit_code == 0, done.output
    assert "| log-probability of true replies, nats a token |" in done.stdout
    assert "8 true replies and 5 written ones in 8 scenes" in done.stdout
    async with running(settings) as stage:
        stored = as_object(await stage.http.get(URL))
        assert (stored["status"], stored["against"]) == ("done", "")
        assert stored["result"]["replies"] == 8


async def test_too_little_held_out_is_a_sentence(settings: Settings) -> None:
    async with running(settings) as stage:
        await ben(stage, scenes=len(SCENES))
        every = scenes()
        await register(stage, NAME, data=making.trained_on(every[:27], every[27:]))
    failed = await hear(settings)
    assert failed.exit_code == 1
    assert "3 replies are left in scenes that it was not trained on; 5 are needed." in failed.stderr
