"""The OpenAI library for Python, against a real server."""

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from app.engines.scripted import ScriptedEngine
from app.main import create_app
from app.settings import Settings
from tests.app.serving import open_conversation, serving, wait_for

REPLY = "Aye. 灯塔夜夜亮着。"

pytestmark = pytest.mark.one_database


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine(reply=REPLY)


@pytest.fixture
def address(settings: Settings, engine: ScriptedEngine) -> Iterator[str]:
    with serving(create_app(settings, engine=engine)) as client:
        open_conversation(client)
        yield f"{client.base_url}/v1"


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=address, api_key="none", max_retries=0) as client:
        yield client


def test_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["ben", "index-raw", "scripted"]
    assert client.models.retrieve("ben").owned_by == "offbook"


def test_a_reply(client: openai.OpenAI) -> None:
    said = client.chat.completions.create(
        model="ben", messages=[{"role": "user", "content": "Hi"}], n=2, max_completion_tokens=50
    )
    assert [choice.message.content for choice in said.choices] == [REPLY, REPLY]
    assert said.choices[0].finish_reason == "stop"
    assert said.usage is not None
    assert said.usage.prompt_tokens > 0
    assert said.model_extra is not None
    assert len(said.model_extra["offbook"]["examples"]) == 3


def test_a_stream(client: openai.OpenAI) -> None:
    text, usage, examples = "", None, None
    for chunk in client.chat.completions.create(
        model="ben",
        messages=[{"role": "user", "content": "Hi"}],
        stream=True,
        stream_options={"include_usage": True},
    ):
        text += "".join(choice.delta.content or "" for choice in chunk.choices)
        usage = chunk.usage or usage
        examples = examples or (chunk.model_extra or {}).get("offbook")
    assert text == REPLY
    assert usage is not None
    assert usage.completion_tokens > 0
    assert examples is not None


def test_the_accumulating_stream(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(
        model="ben", messages=[{"role": "user", "content": "Hi"}]
    ) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.content == REPLY


def test_a_response(client: openai.OpenAI) -> None:
    said = client.responses.create(
        model="ben",
        instructions="Be brief.",
        input=[{"role": "user", "content": "Hi"}],
        metadata={"topic": "lamp"},
    )
    assert said.output_text == REPLY
    assert (said.status, said.metadata) == ("completed", {"topic": "lamp"})
    assert said.usage is not None
    assert said.usage.output_tokens > 0
    assert said.model_extra is not None
    assert len(said.model_extra["offbook"]["examples"]) == 3
    said_before: Any = said.output  # the library's guide sends it back as it came
    again = client.responses.create(
        model="ben", input=[*said_before, {"role": "user", "content": "And?"}]
    )
    assert again.output_text == REPLY


def test_a_streamed_response(client: openai.OpenAI) -> None:
    text, kinds = "", []
    for event in client.responses.create(model="ben", input="Hi", stream=True):
        kinds.append(event.type)
        if event.type == "response.output_text.delta":
            text += event.delta
        if event.type == "response.completed":
            assert event.response.output_text == REPLY
    assert text == REPLY
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")


def test_the_accumulating_stream_of_a_response(client: openai.OpenAI) -> None:
    with client.responses.stream(model="ben", input="Hi") as stream:
        final = stream.get_final_response()
    assert final.output_text == REPLY


def test_a_response_that_fails(client: openai.OpenAI, engine: ScriptedEngine) -> None:
    with pytest.raises(openai.BadRequestError, match="stored") as refused:
        client.responses.create(model="ben", input="Hi", previous_response_id="resp_1")
    assert refused.value.param == "previous_response_id"
    engine.fail_after = 1
    events = list(client.responses.create(model="ben", input="Hi", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None


def test_many_at_once(address: str) -> None:
    async def ask_all() -> list[str]:
        async with openai.AsyncOpenAI(base_url=address, api_key="none") as client:

            async def ask(number: int) -> str:
                chunks = await client.chat.completions.create(
                    model="ben",
                    messages=[{"role": "user", "content": f"Number {number}"}],
                    stream=True,
                )
                return "".join(
                    [each.choices[0].delta.content or "" async for each in chunks if each.choices]
                )

            return await asyncio.gather(*map(ask, range(8)))

    assert asyncio.run(ask_all()) == [REPLY] * 8


def test_a_text_completion(client: openai.OpenAI) -> None:
    said = client.completions.create(model="index-raw", prompt="Once", stop=["夜"])
    assert said.choices[0].text == "Aye. 灯塔"
    chunks = client.completions.create(model="index-raw", prompt="Once", stream=True)
    assert "".join(chunk.choices[0].text for chunk in chunks) == REPLY


def test_embeddings(client: openai.OpenAI) -> None:
    listed = client.embeddings.create(model="embedder", input=["你好", "Hello"])
    assert [each.index for each in listed.data] == [0, 1]
    floats = client.embeddings.create(model="embedder", input="你好", encoding_format="float")
    assert listed.data[0].embedding == floats.data[0].embedding


def test_errors_are_the_librarys_own(client: openai.OpenAI, engine: ScriptedEngine) -> None:
    hello = [openai.types.chat.ChatCompletionUserMessageParam(role="user", content="Hi")]
    with pytest.raises(openai.NotFoundError, match="anna") as missing:
        client.chat.completions.create(model="anna", messages=hello)
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="ben", messages=hello, n=0)
    assert refused.value.code == "invalid_request"
    engine.fail_after = 1
    with pytest.raises(openai.APIError, match="fail here"):
        list(client.chat.completions.create(model="ben", messages=hello, stream=True))


def test_closing_a_stream_stops_the_engine(client: openai.OpenAI, engine: ScriptedEngine) -> None:
    engine.reply, engine.delay = "word " * 400, 0.02
    stream = client.chat.completions.create(
        model="ben", messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    next(stream)
    stream.close()
    wait_for(lambda: engine.running == 0, seconds=1)


def test_giving_up_on_an_answer_stops_the_engine(
    client: openai.OpenAI, engine: ScriptedEngine
) -> None:
    engine.delay = 30
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.4).chat.completions.create(
            model="ben", messages=[{"role": "user", "content": "Hi"}]
        )
    wait_for(lambda: engine.calls and engine.running == 0, seconds=1)
