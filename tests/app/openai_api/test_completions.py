"""``/v1/completions``: the engine's own model continues a prompt as it is."""

import pytest

from app.engines.openai_http import OpenAIEngine
from app.main import create_app
from app.settings import Settings
from tests.app.engines.fake_vllm import MODEL, FakeVLLM, ServerThread, app_of
from tests.app.openai_api.talking import code, openai_error, post, read_stream
from tests.app.running import Running, as_object
from tests.app.serving import serving

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

PATH = "/v1/completions"


async def test_the_prompt_reaches_the_engine_untouched(ben: Running) -> None:
    ben.engine.reply = "said Ben.\nuser: and more"
    for fields in ({}, {"model": ""}, {"model": "index-raw"}, {"model": "scripted"}):
        said = as_object(await post(ben, PATH, prompt="  Once\n\nuser:", **fields))
        assert said["object"] == "text_completion"
        assert said["id"].startswith("cmpl-")
        assert said["choices"] == [
            {
                "index": 0,
                "text": "said Ben.\nuser: and more",
                "logprobs": None,
                "finish_reason": "stop",
            }
        ]
        assert said["usage"]["total_tokens"] > said["usage"]["completion_tokens"] > 0
        assert ben.engine.calls[-1].prompt == "  Once\n\nuser:"


async def test_stop_lists_are_of_any_length(ben: Running) -> None:
    ben.engine.reply = "one two\nMara: three"
    stops = [f"\nSpeaker {number}:" for number in range(20)] + ["\nMara:"]
    said = as_object(await post(ben, PATH, prompt="x", stop=stops))
    assert said["choices"][0]["text"] == "one two"
    assert ben.engine.calls[-1].stop == tuple(stops)


async def test_it_streams(ben: Running) -> None:
    ben.engine.reply = "one two"
    options = {"include_usage": True}
    response = await post(ben, PATH, prompt="x", stream=True, n=2, stream_options=options)
    *events, usage = read_stream(response.text)
    for index in (0, 1):
        texts = [
            choice["text"]
            for event in events
            for choice in event["choices"]
            if choice["index"] == index
        ]
        assert "".join(texts) == "one two"
    assert usage["choices"] == []
    assert usage["usage"]["completion_tokens"] == 4


async def test_several_prompts_have_their_choices_one_after_the_other(ben: Running) -> None:
    ben.engine.reply = None
    said = as_object(await post(ben, PATH, prompt=["A: x\nB:", "A: y\nB:"], n=2, echo=True))
    starts = [(each["index"], each["text"][:4]) for each in said["choices"]]
    assert starts == [(0, "A: x"), (1, "A: x"), (2, "A: y"), (3, "A: y")]
    assert "“x”" in said["choices"][0]["text"] or '"x"' in said["choices"][0]["text"]


async def test_what_is_no_prompt_is_refused(ben: Running) -> None:
    for prompt in (None, [], 5, [1, 2, 3], [[1, 2]], "\x00"):
        assert code(await post(ben, PATH, prompt=prompt)) == "400 invalid_request"
    assert code(await post(ben, PATH, prompt=["x"] * 9)) == "400 too_many_choices"


async def test_a_character_is_no_text_model(ben: Running) -> None:
    response = await post(ben, PATH, model="ben", prompt="x")
    assert code(response) == "400 not_a_text_model"
    assert "index-raw" in openai_error(response)["message"]
    assert code(await post(ben, PATH, model="anna", prompt="x")) == "404 model_not_found"


def test_what_a_server_that_speaks_vllm_gets(settings: Settings) -> None:
    fake = FakeVLLM(reply="好的，没问题。")
    server = ServerThread(app_of(fake))
    try:
        app = create_app(settings, engine=OpenAIEngine(server.base_url))
        with serving(app) as client:
            body = {"model": MODEL, "prompt": "问：", "stop": ["\nuser:"], "min_p": 0.1, "seed": 4}
            said = client.post(PATH, json=body | {"best_of": 1, "guided_json": None}).json()
            assert said["choices"][0]["text"] == "好的，没问题。"
            assert said["usage"]["prompt_tokens_details"] == {"cached_tokens": 1}
            sent = fake.requests[-1]
            assert (sent["prompt"], sent["model"], sent["stop"]) == ("问：", MODEL, ["\nuser:"])
            assert (sent["min_p"], sent["seed"]) == (0.1, 4)
            long = client.post(PATH, json={"prompt": "长" * 5_000})
            assert code(long) == "400 context_length_exceeded"
    finally:
        server.close()
