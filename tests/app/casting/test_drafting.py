"""Profiles drafted from a character's own lines: streamed, bounded, and never stored."""

from collections.abc import Iterator

import httpx
import pytest

from app.engines.port import EngineUnavailableError
from app.engines.scripted import ScriptedEngine
from app.main import create_app
from app.settings import Settings
from tests.app.running import Json, Running, as_object, code_of, parse_events, running
from tests.app.serving import open_conversation, serving, wait_for

pytestmark = pytest.mark.anyio

DRAFT = " the keeper of the lamp. He mends nets in winter. He mends nets in winter! He is calm."
OF_BEN = "/api/characters/ben/draft-profile"


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(reply=DRAFT)


async def draft(
    stage: Running, url: str = OF_BEN, body: Json | None = None
) -> list[tuple[str, Json]]:
    response = await stage.http.post(url, json=body)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return parse_events(response.text)


def prompt_of(engine: ScriptedEngine) -> str:
    (call,) = engine.calls
    if isinstance(call.prompt, str):
        return call.prompt
    return "\n".join(message.content for message in call.prompt)


@pytest.mark.parametrize("style", ["completion", "chat"])
async def test_a_draft_is_streamed_and_not_stored(settings: Settings, style: str) -> None:
    engine = ScriptedEngine(reply=DRAFT, prompt_style=style)  # type: ignore[arg-type]  # parametrized
    async with running(settings, engine=engine) as stage:
        before = await stage.make_character("Ben", profile="As it was.", aliases=["Benjamin"])
        events = await draft(stage)
        expected = "Ben is the keeper of the lamp. He mends nets in winter. He is calm."
        assert [name for name, _ in events] == ["delta", "delta", "delta", "done"]
        assert "".join(data["text"] for name, data in events if name == "delta") == expected
        assert events[-1][1] == {
            "profile": expected,
            "model": "scripted",
            "lines_shown": 3,
            "scenes": 3,
        }
        assert "The lighthouse burns every night, I keep the lamp myself." in prompt_of(engine)
        assert "Anna: Good morning, Ben." in prompt_of(engine)
        assert as_object(await stage.http.get("/api/characters/ben")) == before


async def test_the_prompt_speaks_the_language_of_the_script(settings: Settings) -> None:
    engine = ScriptedEngine(reply="修钟的。")
    async with running(settings, engine=engine) as stage:
        await stage.upload("老周：我修了三十年钟，没有修不好的。\n小满：老周，吃饭了。\n", "钟.txt")
        (script,) = as_object(await stage.http.get("/api/scripts"))["items"]
        url = f"/api/scripts/{script['id']}/draft-profile"
        events = await draft(stage, url, {"name": "周师傅", "speakers": ["老周"]})
        assert events[-1][1]["profile"] == "周师傅是修钟的。"
        assert "以下是周师傅的人设：" in prompt_of(engine)
        assert "我修了三十年钟，没有修不好的。" in prompt_of(engine)
        missing = await stage.http.post(url, json={"name": "Hamlet"})
        assert code_of(missing) == "422 speaker_not_found"


async def test_who_is_not_there_has_no_profile(stage: Running) -> None:
    assert code_of(await stage.http.post(OF_BEN)) == "404 character_not_found"


async def test_a_long_script_fits_a_small_context(settings: Settings) -> None:
    engine = ScriptedEngine(reply=DRAFT, context_length=600)
    async with running(settings, engine=engine) as stage:
        play = "".join(f"Ben: {'word ' * 40}number {n}.\nAnna: Yes, Ben?\n\n" for n in range(300))
        script = await stage.upload(play)
        await stage.make_character("Ben", script_ids=[script["id"]])
        events = await draft(stage)
        assert events[-1][0] == "done"
        assert 1 <= events[-1][1]["lines_shown"] < 10


async def test_an_engine_that_is_away_is_told_with_a_status(stage: Running) -> None:
    await stage.make_character("Ben")
    await stage.engine.aclose()
    assert code_of(await stage.http.post(OF_BEN)) == "503 engine_unavailable"


@pytest.mark.one_database
@pytest.mark.parametrize("after", [0, 8])
async def test_an_engine_that_fails_on_the_way_is_told_at_the_end(
    settings: Settings, after: int
) -> None:
    engine = ScriptedEngine(reply=DRAFT, fail_after=after, error=EngineUnavailableError("Gone."))
    async with running(settings, engine=engine) as stage:
        await stage.make_character("Ben")
        events = await draft(stage)
        assert events[-1][0] == "error"
        assert events[-1][1]["error"]["code"] == "engine_unavailable"


async def test_a_model_that_says_nothing_is_an_error(settings: Settings) -> None:
    async with running(settings, engine=ScriptedEngine(reply="")) as stage:
        await stage.make_character("Ben")
        ((name, data),) = await draft(stage)
        assert (name, data["error"]["code"]) == ("error", "empty_draft")


async def test_a_model_without_end_is_stopped(settings: Settings) -> None:
    endless = " ".join(f"He also owns a {n} and a {n * n}." for n in range(10_000))
    async with running(settings, engine=ScriptedEngine(reply=endless)) as stage:
        await stage.make_character("Ben")
        events = await draft(stage)
        assert len(events[-1][1]["profile"]) <= 1_300


@pytest.fixture
def client(settings: Settings, engine: ScriptedEngine) -> Iterator[httpx.Client]:
    settings.limits.running_turns, settings.limits.waiting_turns = 1, 0
    with serving(create_app(settings, engine=engine)) as client:
        yield client


def test_it_takes_a_place_and_leaving_gives_it_up_within_a_second(
    client: httpx.Client, engine: ScriptedEngine
) -> None:
    talk = open_conversation(client)
    engine.reply, engine.delay = "He is calm, and " * 400, 0.02
    with client.stream("POST", OF_BEN) as response:
        assert response.status_code == 200
        wait_for(lambda: engine.running == 1, seconds=5)
        url = f"/api/conversations/{talk['id']}/messages"
        refused = client.post(url, json={"content": "Hello?"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_turns")
        assert client.post(OF_BEN).status_code == 429
    wait_for(lambda: engine.running == 0, seconds=1)
    engine.reply, engine.delay = "Good day to you.", 0
    wait_for(lambda: client.post(url, json={"content": "Hello?"}).status_code == 200, seconds=2)
