"""``/v1/embeddings``: the embedder, for whoever wants vectors of the same space."""

import asyncio
import base64
import struct

import httpx
import pytest

from app.settings import Settings
from retrieval.embedding.hashing import HashingEmbedder
from tests.app.embedders import WatchedEmbedder
from tests.app.openai_api.talking import code, openai_error, post
from tests.app.running import Json, Running, as_object, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

PATH = "/v1/embeddings"
TEXTS = ["你是谁", "Who are you?", "", "🎭 " * 50]


async def embed(stage: Running, **body: object) -> Json:
    response = await post(stage, PATH, **body)
    assert response.status_code == 200, response.text
    return as_object(response)


async def test_vectors_come_in_the_order_of_the_texts(ben: Running) -> None:
    answer = await embed(ben, input=TEXTS)
    assert answer["object"] == "list"
    assert [each["index"] for each in answer["data"]] == [0, 1, 2, 3]
    expected = HashingEmbedder().embed_keys(TEXTS)
    for each, vector in zip(answer["data"], expected, strict=True):
        assert each["object"] == "embedding"
        assert each["embedding"] == pytest.approx(vector.tolist(), abs=1e-6)
        assert sum(value**2 for value in each["embedding"]) == pytest.approx(1, abs=1e-5)
    assert answer["model"] == ben.services.embedder.model_id
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] > 0


async def test_a_single_text_and_base64(ben: Running) -> None:
    floats = (await embed(ben, input="你好", encoding_format="float"))["data"][0]["embedding"]
    packed = (await embed(ben, input=["你好"], encoding_format="base64"))["data"][0]["embedding"]
    raw = base64.b64decode(packed)
    assert list(struct.unpack(f"<{len(floats)}f", raw)) == floats


async def test_the_model_is_the_embedder_or_left_out(ben: Running) -> None:
    name = ben.services.embedder.model_id
    for fields in (
        {"model": name},
        {"model": "embedder"},
        {"model": ""},
        {"model": None},
        {"user": "x"},
    ):
        assert (await embed(ben, input="x", **fields))["model"] == name
    response = await post(ben, PATH, input="x", model="text-embedding-3-small")
    assert code(response) == "404 model_not_found"
    assert name in openai_error(response)["message"]


async def test_dimensions_are_the_embedders(ben: Running) -> None:
    dimension = ben.services.embedder.dimension
    assert (await embed(ben, input="x", dimensions=dimension))["data"]
    response = await post(ben, PATH, input="x", dimensions=dimension + 1)
    assert code(response) == "400 wrong_dimensions"


async def test_what_is_no_text_or_too_much_is_refused(ben: Running) -> None:
    for wrong in (None, [], [1, 2], [[1, 2]], "\x00", ["x", None], ["x"] * 2_049):
        assert code(await post(ben, PATH, input=wrong)) == "400 invalid_request"
    many = await post(ben, PATH, input=["x" * 60_000, "y" * 40_001])
    assert code(many) == "400 too_much_text"
    assert openai_error(many)["param"] == "input"


async def test_a_client_that_leaves_is_not_worked_for(settings: Settings) -> None:
    embedder = WatchedEmbedder()
    async with running(settings, embedder=embedder) as stage:
        left = asyncio.Event()
        embedder.gate.clear()
        body = httpx.Request("POST", "/x", json={"input": [str(n) for n in range(40)]}).content
        sent = asyncio.Event()

        async def receive() -> dict[str, object]:
            if not sent.is_set():
                sent.set()
                return {"type": "http.request", "body": body, "more_body": False}
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(_: object) -> None: ...

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "path": PATH,
            "raw_path": PATH.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        task = asyncio.create_task(stage.app(scope, receive, send))
        await sent.wait()
        left.set()
        embedder.gate.set()
        await task
        assert len(embedder.keys) <= 4
