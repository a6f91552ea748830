"""Exchanges chosen one by one: the modes ``fused`` and ``selector``."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from alembic import command
from sqlalchemy import update

from app.db.migrate import upgrade
from app.db.models import StoredReplyIndex
from app.db.revisions import alembic_config
from app.settings import Settings
from tests.app.embedders import WatchedEmbedder
from tests.app.running import SCRIPT, Running, as_object, running

pytestmark = pytest.mark.anyio

LIGHTHOUSE = "Is the lighthouse still burning at night?"


@pytest.fixture(params=["fused", "selector"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(settings: Settings, mode: str) -> Settings:
    retrieval = settings.retrieval.model_copy(update={"mode": mode})
    return settings.model_copy(update={"retrieval": retrieval})


async def inspect(stage: Running, query: str) -> dict[str, Any]:
    response = await stage.http.get("/api/characters/ben/examples", params={"query": query})
    assert response.status_code == 200, response.text
    return as_object(response)


async def test_the_exchange_that_answers_comes_first(stage: Running, mode: str) -> None:
    character = await stage.make_character()
    assert character["selection_ready"]
    found = await inspect(stage, LIGHTHOUSE)
    assert (found["mode"], found["budget_checked"]) == (mode, True)
    best = found["items"][0]
    assert best["lines"] == [
        "Clara: Is the lighthouse still burning at night?",
        "Ben: The lighthouse burns every night, I keep the lamp myself.",
    ]
    assert (best["shown"], best["reason"]) == (True, None)
    assert best["ranks"] == {"key_cosine": 1, "pair_cosine": 1, "pair_bigrams_last3": 1}
    assert len(found["items"]) == 3  # Ben speaks three times
    for item in found["items"][1:]:
        assert item["shown"] == (item["reason"] is None)


async def test_a_character_can_have_a_mode_of_its_own(stage: Running, mode: str) -> None:
    await stage.make_character()
    url = "/api/admin/characters/ben"
    changed = as_object(await stage.http.patch(url, json={"retrieval": "reference"}))
    assert changed["retrieval"] == "reference"
    assert (await inspect(stage, LIGHTHOUSE))["mode"] == "reference"
    changed = as_object(await stage.http.patch(url, json={"retrieval": "default"}))
    assert changed["retrieval"] is None
    assert (await inspect(stage, LIGHTHOUSE))["mode"] == mode


async def test_a_restart_finds_the_selection_again(settings: Settings) -> None:
    async with running(settings) as stage:
        await stage.make_character()
        before = await inspect(stage, "lamp")
    watched = WatchedEmbedder("hashing:v1:256")
    async with running(settings, embedder=watched) as stage:
        after = await inspect(stage, "lamp")
    assert not watched.keys
    assert [item["lines"] for item in after["items"]] == [item["lines"] for item in before["items"]]
    for one, other in zip(before["items"], after["items"], strict=True):
        assert other["score"] == pytest.approx(one["score"], abs=2e-2)  # kernels in half precision


async def test_an_upload_does_not_wait_for_selections(settings: Settings) -> None:
    """A selection that never ends: a new character speaks all the same."""
    watched = WatchedEmbedder()
    async with running(settings, embedder=watched) as stage:
        other = await stage.upload("Dora: Is anybody there?\nEmil: Only me.\n", "door.txt")
        watched.hold = "Only me."  # of Emil's texts only the selection has this one
        response = await stage.http.post(
            "/api/characters", json={"name": "Emil", "script_ids": [other["id"]]}
        )
        assert response.status_code == 202
        emil = await ready(stage, "emil")
        assert not emil["selection_ready"]
        assert emil["selection_progress"] is not None
        third = await stage.upload("Finn: Any news?\nGreta: None at all.\n", "news.txt")
        await stage.http.post(
            "/api/characters", json={"name": "Greta", "script_ids": [third["id"]]}
        )
        greta = await ready(stage, "greta")
        assert not greta["selection_ready"]
        watched.hold = None
        for slug in ("emil", "greta"):
            made = await stage.indexed(slug)
            assert (made["selection_ready"], made["selection_progress"]) == (True, None)


async def test_a_character_without_a_selection_says_how_far_it_is_though_it_is_indexed_anew(
    settings: Settings,
) -> None:
    """The examples are renewed at once, and the selection is made after that, in the background."""
    watched = WatchedEmbedder()
    async with running(settings, embedder=watched) as stage:
        script = await stage.upload("Dora: Is anybody there?\nEmil: Only me.\n", "door.txt")
        watched.hold = "Only me."
        body = {"name": "Emil", "script_ids": [script["id"]]}
        await stage.http.post("/api/characters", json=body)
        await selecting(stage, "emil", of=4)
        await stage.http.post("/api/admin/characters/emil/reindex")
        shown = await selecting(stage, "emil", of=4)
        assert shown["status"] == "ready"
        listed = as_object(await stage.http.get("/api/characters"))["items"]
        assert listed[0]["selection_progress"] == shown["selection_progress"]
        watched.hold = None
        assert (await stage.indexed("emil"))["selection_progress"] is None


async def selecting(stage: Running, slug: str, of: int) -> dict[str, Any]:
    """The character once ``of`` passages of its selection are counted."""
    async with asyncio.timeout(10):
        while True:
            character = as_object(await stage.http.get(f"/api/characters/{slug}"))
            progress = character["selection_progress"]
            if progress is not None and progress["total"] == of:
                return character
            await asyncio.sleep(0.01)


async def test_a_character_of_the_mode_reference_waits_for_no_selection(
    settings: Settings,
) -> None:
    retrieval = settings.retrieval.model_copy(update={"mode": "reference"})
    watched = WatchedEmbedder()
    async with running(
        settings.model_copy(update={"retrieval": retrieval}), embedder=watched
    ) as stage:
        await stage.make_character()
        watched.gate.clear()
        await stage.upload(SCRIPT.replace("lighthouse", "beacon"))
        shown = as_object(await stage.http.get("/api/characters/ben"))
        assert (shown["status"], shown["selection_ready"]) == ("ready", False)
        assert shown["progress"] is not None
        assert shown["selection_progress"] is None
        watched.gate.set()
        await stage.indexed("ben")


async def ready(stage: Running, slug: str) -> dict[str, Any]:
    """The character as soon as it speaks."""
    async with asyncio.timeout(10):
        while True:
            character = as_object(await stage.http.get(f"/api/characters/{slug}"))
            if character["status"] == "ready":
                return character
            await asyncio.sleep(0.01)


async def test_only_new_texts_are_embedded_when_a_script_changes(settings: Settings) -> None:
    watched = WatchedEmbedder()
    async with running(settings, embedder=watched) as stage:
        await stage.make_character()
        watched.keys.clear()
        await stage.upload(SCRIPT + "\nClara: Good night, Ben.\nBen: Sleep well, Clara.\n")
        await stage.indexed("ben")
        found = await inspect(stage, "Good night, Ben.")
    listed = [item["lines"] for item in found["items"]]
    assert ["Clara: Good night, Ben.", "Ben: Sleep well, Clara."] in listed
    assert sorted(watched.keys) == [
        "Good night, Ben.",
        "Sleep well, Clara.",
        "user0: Good night, Ben.",
        "user0: Good night, Ben.\nBen: Sleep well, Clara.",
    ]


async def test_a_turn_shows_blocks_and_the_next_one_keeps_their_places(stage: Running) -> None:
    await stage.make_character()
    conversation = await stage.open()
    shown = []
    for said in (LIGHTHOUSE, "And what will you do when winter comes?"):
        reply = (await stage.say(conversation, said))["reply"]
        examples = sorted(reply["examples"], key=lambda used: used["place"])
        shown.append([used["lines"] for used in examples])
    first, second = shown
    assert first[0][:1] == ["Clara: Is the lighthouse still burning at night?"]
    assert second[: len(first)] == first


async def test_lines_are_counted_at_the_first_turn_and_then_only_what_was_said(
    stage: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[list[str], int]] = []
    count = stage.engine.count_tokens

    async def noting(texts: Sequence[str], *, rough: int = 0) -> list[int]:
        asked.append((list(texts), rough))
        return await count(texts, rough=rough)

    monkeypatch.setattr(stage.engine, "count_tokens", noting)
    await stage.make_character()
    conversation = await stage.open()
    await stage.say(conversation, LIGHTHOUSE)
    lines = {"Clara: Is the lighthouse still burning at night?\n", f"user:{LIGHTHOUSE}\n"}
    assert lines <= {text for texts, _ in asked for text in texts}
    asked.clear()
    reply = (await stage.say(conversation, "And the ferry?"))["reply"]["content"]
    said = "user:And the ferry?\n"
    await stage.services.turns.aclose()
    assert f"Ben:{reply}\n" in asked[-1][0]
    # Before the reply it may be estimated; after it nobody waits, so that it is counted.
    assert [rough > 0 for texts, rough in asked if said in texts] == [True, False]
    assert not any(text.startswith("Clara: ") for texts, _ in asked for text in texts)


async def test_examples_keep_to_their_budget(settings: Settings) -> None:
    retrieval = settings.retrieval.model_copy(update={"example_tokens": 30})
    async with running(settings.model_copy(update={"retrieval": retrieval})) as stage:
        await stage.make_character()
        found = await inspect(stage, LIGHTHOUSE)
    assert [item["reason"] for item in found["items"]].count("budget") >= 1
    assert [item["shown"] for item in found["items"]].count(True) == 1


async def spoil(stage: Running) -> None:
    """What another version, or a damaged disk, leaves behind."""
    async with stage.services.database.write() as session:
        await session.execute(update(StoredReplyIndex).values(words=b"x\x9cnonsense"))
    stage.services.retriever.reply_indexes.clear()


async def test_a_selection_that_cannot_be_read_is_made_anew(stage: Running, mode: str) -> None:
    await stage.make_character()
    await spoil(stage)
    conversation = await stage.open()
    assert (await stage.say(conversation, LIGHTHOUSE))["reply"]["examples"]  # of the reference
    assert (await stage.indexed("ben"))["selection_ready"]
    found = await inspect(stage, LIGHTHOUSE)
    assert (found["mode"], len(found["items"])) == (mode, 3)


async def test_an_upgrade_makes_selections_anew_at_the_start(settings: Settings, mode: str) -> None:
    async with running(settings) as stage:
        await stage.make_character()
    await asyncio.to_thread(command.downgrade, alembic_config(settings.database_url), "0010")
    await asyncio.to_thread(upgrade, settings.database_url)
    async with running(settings) as stage:
        assert (await stage.indexed("ben"))["selection_ready"]
        assert (await inspect(stage, LIGHTHOUSE))["mode"] == mode
