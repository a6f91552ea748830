"""The retrieval inspector: what a turn with this message would find."""

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.running import Running, as_object, code_of, running

pytestmark = pytest.mark.anyio


async def test_examples_are_ranked_with_scores_and_keys(stage: Running) -> None:
    await stage.make_character()
    response = await stage.http.get(
        "/api/characters/ben/examples", params={"query": "Is the lighthouse burning at night?"}
    )
    assert response.status_code == 200
    found = as_object(response)
    assert found["query"] == "user0:Is the lighthouse burning at night?"
    assert (found["embedder"], found["budget_checked"]) == ("hashing:v1:256", True)
    assert [item["rank"] for item in found["items"]] == [1, 2, 3]
    scores = [item["score"] for item in found["items"]]
    assert scores == sorted(scores, reverse=True)
    best = found["items"][0]
    assert best["key"] == "user0: Is the lighthouse still burning at night?"
    assert best["lines"] == [
        "Clara: Is the lighthouse still burning at night?",
        "Ben: The lighthouse burns every night, I keep the lamp myself.",
    ]
    assert (best["shown"], best["reason"]) == (True, None)


async def test_what_does_not_fit_the_budget_is_named(settings: Settings) -> None:
    script = "\n\n".join(f"Anna: {'why ' * 40}{n}?\nBen: {'because ' * 40}{n}." for n in range(6))
    async with running(settings, engine=ScriptedEngine(context_length=900)) as stage:
        stored = await stage.upload(script)
        await stage.make_character(script_ids=[stored["id"]])
        found = as_object(await stage.http.get("/api/characters/ben/examples?query=why"))
    shown = [item["shown"] for item in found["items"]]
    # 900 tokens, less 450 of reply and 16 of seams and about 120 of frame; an example has 84.
    assert shown == [True, True, True, True, False, False]
    assert {item["reason"] for item in found["items"] if not item["shown"]} == {"budget"}


async def test_without_an_engine_the_budget_is_unknown(stage: Running) -> None:
    await stage.make_character()
    await stage.engine.aclose()
    found = as_object(await stage.http.get("/api/characters/ben/examples?query=lamp"))
    assert not found["budget_checked"]
    assert all(item["shown"] for item in found["items"])


async def test_queries_are_checked(settings: Settings) -> None:
    async with running(settings, engine=ScriptedEngine(context_length=512)) as stage:
        await stage.make_character()
        url = "/api/characters/ben/examples"
        assert code_of(await stage.http.get(url)) == "422 invalid_request"
        assert code_of(await stage.http.get(url, params={"query": ""})) == "422 invalid_request"
        long = await stage.http.get(url, params={"query": "x" * 4_001})
        assert code_of(long) == "422 invalid_request"
        wordy = await stage.http.get(url, params={"query": "why " * 999})
        assert code_of(wordy) == "422 context_too_long"
        nul = await stage.http.get(url, params={"query": "a\x00b"})
        assert nul.status_code == 200
