"""What SillyTavern sends, against a real server; it reads the answers as it is known to."""

from collections.abc import Iterator

import httpx
import pytest

from app.engines.scripted import ScriptedEngine
from app.main import create_app
from app.settings import Settings
from tests.app.openai_api import sillytavern
from tests.app.openai_api.talking import CHAT, read_stream, streamed
from tests.app.serving import open_conversation, serving

REPLY = "Aye.\nIt burns every night."

pytestmark = pytest.mark.one_database


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(reply=REPLY + "\nMara: Good.")


@pytest.fixture
def client(settings: Settings, engine: ScriptedEngine) -> Iterator[httpx.Client]:
    with serving(create_app(settings, engine=engine)) as client:
        open_conversation(client)
        client.headers.update(sillytavern.HEADERS)
        yield client


def test_connecting(client: httpx.Client) -> None:
    for url in ("/v1/models", "/v1//models"):
        body = client.get(url).json()
        assert "error" not in body
        assert body["data"][0]["id"] == "ben"
    assert client.get("/v1/internal/model/info").status_code == 404


def test_every_chat_shape_is_answered_in_character(client: httpx.Client) -> None:
    for name, shape in sillytavern.CHAT_SHAPES.items():
        response = client.post(CHAT, json=shape)
        assert response.status_code == 200, (name, response.text)
        choice = response.json()["choices"][0]
        expected = REPLY if name == "everything" else REPLY + "\nMara: Good."
        assert choice["message"]["content"] == expected, name
        assert choice["finish_reason"] == "stop"


def test_every_streamed_shape_is_answered_in_character(client: httpx.Client) -> None:
    for name, shape in sillytavern.STREAMED_CHAT_SHAPES.items():
        response = client.post(CHAT, json=shape)
        assert response.status_code == 200, (name, response.text)
        events = read_stream(response.text)
        for swipe in range(shape.get("n", 1)):
            assert streamed(events, swipe).startswith(REPLY), name
        # A group's speakers came with their names: nobody else is spoken for.
        assert ("Good." in streamed(events)) == (name != "group")


def test_the_prompt_is_the_characters_own(client: httpx.Client, engine: ScriptedEngine) -> None:
    client.post(CHAT, json=sillytavern.NOT_STREAMED)
    prompt = engine.calls[-1].prompt
    assert isinstance(prompt, str)
    instructions, dialogue = prompt.split("Reply with one turn of Ben's only.\n")
    assert dialogue == (
        "Ben:Mind the stairs.\n"
        "user:Good morning, Ben.\n"
        "Ben:Morning.\n"
        "user:Is the lamp still burning?\n"
        "\nBen:"
    )
    assert "The lighthouse burns every night" in instructions
    assert "[Stay in character.]" in instructions
    assert "Bring a coat." not in prompt


def test_only_the_continuation_is_answered(client: httpx.Client, engine: ScriptedEngine) -> None:
    engine.reply = " for thirty years."
    said = client.post(CHAT, json=sillytavern.CONTINUE_PREFILL).json()
    assert said["choices"][0]["message"]["content"] == " for thirty years."
    prompt = engine.calls[-1].prompt
    assert isinstance(prompt, str)
    assert prompt.endswith("\nBen:The lamp has burned")


def test_text_completion(client: httpx.Client, engine: ScriptedEngine) -> None:
    whole = client.post("/v1/completions", json=sillytavern.TEXT_DEFAULT).json()
    assert whole["choices"][0]["text"] == REPLY
    events = read_stream(client.post("/v1/completions", json=sillytavern.TEXT_VLLM).text)
    assert "".join(choice["text"] for each in events for choice in each["choices"]) == REPLY
    for call in engine.calls:
        assert call.prompt == sillytavern.TEXT_VLLM["prompt"]


def test_vector_storage(client: httpx.Client) -> None:
    data = client.post("/v1/embeddings", json=sillytavern.VECTORS).json()["data"]
    assert [each["index"] for each in data] == [0, 1]
    assert len(data[0]["embedding"]) == 256


def test_errors_are_shown(client: httpx.Client, engine: ScriptedEngine) -> None:
    engine.fail_after = 1
    whole = client.post(CHAT, json=sillytavern.NOT_STREAMED)
    assert whole.status_code == 503
    assert whole.json()["error"]["message"] == "The script says: fail here."
    last = read_stream(client.post(CHAT, json=sillytavern.SEND).text)[-1]
    assert last["choices"] == []
    assert last["error"]["message"] == "The script says: fail here."
