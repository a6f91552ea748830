"""An engine that answers anything at all costs a bounded amount, and is a documented error."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.engines.openai_http import OpenAIEngine
from app.engines.port import (
    ContextTooLongError,
    EngineError,
    EngineOverloadedError,
    EngineRequestError,
    EngineTimeoutError,
    EngineUnavailableError,
    Sampling,
)
from tests.app.engines.contract import GREEDY, PROMPT, collect, text_of
from tests.app.engines.hostile_server import (
    STREAM,
    Answer,
    HostileServer,
    answer,
    endless,
    hostile,
    stream,
)

pytestmark = pytest.mark.anyio

MEGABYTE = 1_000_000
_IN_FLIGHT = 8 * MEGABYTE
"""What the sockets' buffers on both sides may hold beside what was read."""
KINDS = (
    EngineUnavailableError,
    EngineOverloadedError,
    ContextTooLongError,
    EngineTimeoutError,
    EngineRequestError,
)


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with hostile() as server:
        yield server


@pytest.fixture
async def engine(server: HostileServer) -> AsyncIterator[OpenAIEngine]:
    engine = OpenAIEngine(server.base_url, first_token_timeout=20, idle_timeout=20)
    yield engine
    await engine.aclose()


def piece(text: object = "a", **more: object) -> bytes:
    return json.dumps({"choices": [{"text": text, "finish_reason": None} | more]}).encode()


MALFORMED: dict[str, bytes] = {
    "no JSON": b"{",
    "a number": b"7",
    "null": b"null",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "deep and whole": b'{"choices": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    "NaN": b'{"choices": [{"text": NaN}]}',
    "infinite": b'{"usage": {"prompt_tokens": 1e999}}',
    "a number of 5,000 digits": b'{"usage": {"prompt_tokens": ' + b"9" * 5_000 + b"}}",
    "not UTF-8 in a name": b'{"choices": 7, "\xff": 1}',
    "choices null inside": b'{"choices": [null]}',
    "choices of text": b'{"choices": "abc"}',
    "choices by name": b'{"choices": {"0": {"text": "a"}}}',
    "choices of lists": b'{"choices": [[]]}',
    "a delta that is a list": b'{"choices": [{"delta": []}]}',
    "a delta that is a text": b'{"choices": [{"delta": "a"}]}',
    "content that is a list": b'{"choices": [{"delta": {"content": ["a"]}}]}',
    "a text that is a number": piece(7),
    "a text that is false": piece(False),
    "a text that is an object": piece({"a": 1}),
    "a reason that is a number": piece(finish_reason=7),
    "a reason that is a list": piece(finish_reason=["stop"]),
    "a reason that is an object": piece(finish_reason={}),
    "usage of text": b'{"choices": [], "usage": "x"}',
    "usage of a list": b'{"choices": [], "usage": [1]}',
    "tokens of text": b'{"choices": [], "usage": {"prompt_tokens": "x"}}',
    "tokens below none": b'{"choices": [], "usage": {"prompt_tokens": -1}}',
    "tokens of half": b'{"choices": [], "usage": {"completion_tokens": 1.5}}',
    "tokens of true": b'{"choices": [], "usage": {"completion_tokens": true}}',
    "tokens beyond a database": b'{"choices": [], "usage": {"completion_tokens": 99999999999}}',
    "cached of text": b'{"usage": {"prompt_tokens_details": {"cached_tokens": "x"}}}',
    "details of text": b'{"usage": {"prompt_tokens_details": "x"}}',
    "an error of text": b'{"error": "out of memory"}',
    "an error of lists": b'{"error": [[[[1]]]]}',
    "an error with an odd code": b'{"error": {"code": 99999999999999999999, "message": [1]}}',
    "an error with a code of true": b'{"error": {"code": true, "message": null}}',
}


@pytest.mark.parametrize("payload", MALFORMED.values(), ids=MALFORMED.keys())
async def test_an_event_of_another_form(
    server: HostileServer, engine: OpenAIEngine, payload: bytes
) -> None:
    server.generates(stream(piece("Well."), payload, piece(finish_reason="stop"), b"[DONE]"))
    with pytest.raises(KINDS):
        await collect(engine, PROMPT, GREEDY)


async def test_bytes_that_are_no_text_are_marked(
    server: HostileServer, engine: OpenAIEngine
) -> None:
    server.generates(
        stream(b'{"choices": [{"text": "\xff\xfe"}]}', piece("", finish_reason="stop"))
    )
    assert text_of(await collect(engine, PROMPT, GREEDY)) == "\ufffd\ufffd"


LARGE: dict[str, Answer] = {
    "a delta of 5 MB": stream(piece("a" * 5 * MEGABYTE)),
    "a line without an end": endless(STREAM + b"data: ", b"a" * 65_536),
    "data without an end": endless(STREAM, b"data: aaaaaaaaaaaaaaa\n" * 4_096),
    "empty data without an end": endless(STREAM, b"data:\n" * 8_192),
    "comments without an end": endless(STREAM, b": keep-alive\n\n" * 4_096),
    "a comment without an end": endless(STREAM + b":", b" " * 65_536),
    "events without text": endless(STREAM, b'data: {"choices": []}\n\n' * 4_096),
    "other fields": endless(STREAM, b"event: x\nid: 1\nretry: 1\n\n" * 4_096),
    "line ends": endless(STREAM, b"\r\n" * 16_384),
    "a header without an end": endless(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65_536),
    "headers without an end": endless(b"HTTP/1.1 200 OK\r\n", b"X-A: a\r\n" * 4_096),
    "an error without an end": endless(b"HTTP/1.1 500 X\r\n\r\n", b"a" * 65_536),
    "an error of 100 MB": endless(
        b"HTTP/1.1 400 X\r\nContent-Length: 100000000\r\n\r\n", b'{"error":' * 8_192
    ),
    "no HTTP": endless(b"", b"\x00\xff" * 32_768),
}


@pytest.mark.parametrize("given", LARGE.values(), ids=LARGE.keys())
async def test_what_has_no_end_is_left(
    server: HostileServer, engine: OpenAIEngine, given: Answer
) -> None:
    server.generates(given)
    with pytest.raises(KINDS) as caught:
        await collect(engine, PROMPT, GREEDY)
    assert len(str(caught.value)) < 1_000
    assert server.sent < 40 * MEGABYTE


async def test_nothing_that_is_read_is_kept(server: HostileServer, engine: OpenAIEngine) -> None:
    """A line is given up at a megabyte, and what comes after it is not asked for."""
    server.generates(endless(STREAM + b"data: ", b"a" * 65_536))
    with pytest.raises(EngineUnavailableError):
        await collect(engine, PROMPT, GREEDY)
    assert server.sent < MEGABYTE + _IN_FLIGHT


async def test_what_is_no_text_at_all_ends_with_its_time(server: HostileServer) -> None:
    """The extension of a chunk is read and dropped below us, so only the clock can end it."""
    engine = OpenAIEngine(server.base_url, first_token_timeout=0.5)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x="
    server.generates(endless(chunked, b"a" * 4_096))
    with pytest.raises(EngineTimeoutError):
        await collect(engine, PROMPT, GREEDY)
    await engine.aclose()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "x-unknown", "gzip, gzip"])
async def test_a_compressed_answer_is_refused_unread(
    server: HostileServer, engine: OpenAIEngine, encoding: str
) -> None:
    bomb = gzip.compress(stream(piece("a")) + b"\0" * 20 * MEGABYTE)
    for path in ("/v1/completions", "/tokenize"):
        server.answers[path] = answer(bomb, headers={"Content-Encoding": encoding})
    with pytest.raises(EngineUnavailableError, match="compresses"):
        await collect(engine, PROMPT, GREEDY)
    with pytest.raises(EngineUnavailableError, match="compresses"):
        await engine.count_tokens(["a"])
    assert all(b"Accept-Encoding: identity" in head for head in server.requests)


async def test_a_redirect_is_not_followed(server: HostileServer, engine: OpenAIEngine) -> None:
    server.answers["/elsewhere"] = stream(piece("Secret."))
    server.generates(answer(b"", "307 X", {"Location": f"{server.base_url}/elsewhere"}))
    with pytest.raises(EngineRequestError):
        await collect(engine, PROMPT, GREEDY)
    assert not any(b"/elsewhere" in head for head in server.requests)


@pytest.mark.parametrize(
    ("text", "tokens", "most"),
    [
        ("a", 8, 24),  # a third of a token each, by estimate
        ("word ", 8, 8 * 5),  # a token each
        ("三", 8, 8),
        ("x" * 10_000, 8, 8 * 16 + 256),
        ("x" * 10_000, 1, 16 + 256),
    ],
)
async def test_a_reply_ends_where_max_tokens_must_be_over(
    server: HostileServer, engine: OpenAIEngine, text: str, tokens: int, most: int
) -> None:
    server.generates(endless(STREAM, b"data: " + piece(text) + b"\n\n"))
    deltas = await collect(engine, PROMPT, Sampling(max_tokens=tokens))
    assert 0 < len(text_of(deltas)) <= most
    assert deltas[-1].finish_reason == "length"
    assert server.sent < _IN_FLIGHT


async def test_an_engine_that_keeps_to_max_tokens_is_not_cut(
    server: HostileServer, engine: OpenAIEngine
) -> None:
    """Neither where a proxy cuts its tokens into letters, nor where several come at once."""
    words = "Sometimes remarkable vocabularies notwithstanding."
    whole = stream(piece(words), piece("", finish_reason="length"))
    letters = stream(*map(piece, words), piece("", finish_reason="length"))
    for given in (whole, letters):
        server.generates(given)
        assert text_of(await collect(engine, PROMPT, Sampling(max_tokens=17))) == words


async def test_the_setting_bounds_a_reply(server: HostileServer) -> None:
    engine = OpenAIEngine(server.base_url, reply_characters=1_000)
    server.generates(endless(STREAM, b"data: " + piece("ab" * 50) + b"\n\n"))
    deltas = await collect(engine, PROMPT, Sampling(max_tokens=4_096))
    assert (len(text_of(deltas)), deltas[-1].finish_reason) == (1_000, "length")
    await engine.aclose()


@pytest.mark.parametrize(
    "again",
    [
        b": keep-alive\n\n",
        b"data: " + piece(" ") + b"\n\n",
        b"data: " + piece("\n") + b"\n\n",
        b"data: " + piece("") + b"\n\n",
        b"data: ",
    ],
)
async def test_heartbeats_are_no_reply(server: HostileServer, again: bytes) -> None:
    engine = OpenAIEngine(server.base_url, first_token_timeout=0.5, idle_timeout=0.2)
    server.pause = 0.01
    server.generates(endless(stream(piece("Well.")), again))
    with pytest.raises(EngineTimeoutError):
        await collect(engine, PROMPT, Sampling(max_tokens=4_096))
    await engine.aclose()


async def test_a_reply_that_trickles_ends_with_its_time(server: HostileServer) -> None:
    engine = OpenAIEngine(server.base_url, idle_timeout=5, reply_timeout=0.5)
    server.pause = 0.01
    server.generates(endless(STREAM, b"data: " + piece("a") + b"\n\n"))
    with pytest.raises(EngineTimeoutError, match="did not end within"):
        await collect(engine, PROMPT, Sampling(max_tokens=4_096))
    await engine.aclose()


async def test_what_follows_the_end_is_not_said(
    server: HostileServer, engine: OpenAIEngine
) -> None:
    server.generates(stream(piece("Well.", finish_reason="stop"), piece("More."), b"[DONE]"))
    assert text_of(await collect(engine, PROMPT, GREEDY)) == "Well."


HOUR = 3_600


@pytest.mark.parametrize(
    ("told", "wait"),
    [
        ("7", 7),
        ("0", 0),
        ("-7", None),
        ("NaN", None),
        ("1e9", None),
        ("inf", None),
        ("9" * 4_000, HOUR),
        ("0009", 9),
        ("\xb2", None),
        ("", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", HOUR),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", HOUR),
        ("Mon, 99 Foo 99999999 99:99:99 GMT", None),
        ("tomorrow", None),
    ],
)
async def test_a_wait_is_within_an_hour(
    server: HostileServer, engine: OpenAIEngine, told: str, wait: int | None
) -> None:
    server.generates(answer(b"busy", "429 X", {"Retry-After": told}))
    with pytest.raises(EngineOverloadedError) as caught:
        await collect(engine, PROMPT, GREEDY)
    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"null", b"[" * 100_000, b"\xff\xff", b'{"error": null}', b'{"error": []}'),
        *(b'{"error": {"type": [], "code": {}, "message": {"a": [1]}}}', b"a" * 63_000),
        b'{"error": {"message": "' + b"a" * 50_000 + b'"}}',
    ],
)
@pytest.mark.parametrize("status", ["400 X", "404 X", "418 X", "500 X", "503 X", "599 X", "204 X"])
async def test_errors_of_every_form(
    server: HostileServer, engine: OpenAIEngine, status: str, body: bytes
) -> None:
    server.generates(answer(b"" if status.startswith("204") else body, status))
    with pytest.raises(KINDS) as caught:
        await collect(engine, PROMPT, GREEDY)
    assert len(str(caught.value)) < 500


def models(*listed: object) -> bytes:
    return json.dumps({"data": listed}).encode()


LISTINGS: dict[str, Answer] = {
    "a million": answer(
        b'{"data": [' + b", ".join(b'{"id": "model-%d"}' % n for n in range(1_000_000)) + b"]}"
    ),
    "without end": endless(b"HTTP/1.1 200 OK\r\n\r\n", b'{"data": [' + b'{"id": "m"},' * 4_096),
    "no names": answer(models({})),
    "null": answer(models(None)),
    "a name of a number": answer(models({"id": 7})),
    "a name of 10,000 letters": answer(models({"id": "m" * 10_000})),
    "a text": answer(b'"m"'),
    "data of text": answer(b'{"data": "m"}'),
    "data by name": answer(b'{"data": {"id": "m"}}'),
    "none": answer(b'{"data": []}'),
    "deep": answer(b"[" * 1_000_000),
    "not UTF-8": answer(b'{"data": [{"id": "\xff"}]}'),
    "a redirect": answer(b"", "302 X", {"Location": "/v1/models"}),
}


@pytest.mark.parametrize("given", LISTINGS.values(), ids=LISTINGS.keys())
async def test_listings_of_models(
    server: HostileServer, engine: OpenAIEngine, given: Answer
) -> None:
    server.answers["/v1/models"] = given
    with pytest.raises(KINDS):
        await engine.limits()
    assert server.sent < 32 * MEGABYTE
    await engine.ready()  # which never raises


@pytest.mark.parametrize(
    ("reported", "context"),
    [
        ({"max_model_len": 1_024}, 1_024),
        ({"max_model_len": -1}, 4_096),
        ({"max_model_len": 0}, 4_096),
        ({"max_model_len": True}, 4_096),
        ({"max_model_len": "x"}, 4_096),
        ({"max_model_len": 1e300}, 4_096),
        ({"max_model_len": 10**300}, 16_000_000),
        ({"meta": []}, 4_096),
        ({"meta": {"n_ctx": []}}, 4_096),
    ],
)
async def test_a_context_that_cannot_be_believed(
    server: HostileServer, engine: OpenAIEngine, reported: dict[str, Any], context: int
) -> None:
    server.answers["/v1/models"] = answer(models({"id": "m"} | reported))
    assert (await engine.limits()).context_length == context


TOKENS: dict[str, Answer] = {
    "a million for one letter": answer(
        json.dumps({"tokens": [1] * 1_000_000}).encode(),
    ),
    "without end": endless(b"HTTP/1.1 200 OK\r\n\r\n", b"1, " * 20_000),
    "texts": answer(b'{"tokens": ["a"]}'),
    "halves": answer(b'{"tokens": [1.5]}'),
    "truths": answer(b'{"tokens": [true]}'),
    "a number": answer(b'{"tokens": 7}'),
    "null": answer(b'{"tokens": null}'),
    "nothing": answer(b"{}"),
    "a list": answer(b"[1]"),
    "deep": answer(b'{"tokens": ' + b"[" * 100_000),
    "a redirect": answer(b"", "301 X", {"Location": "/tokenize"}),
}


@pytest.mark.parametrize("given", TOKENS.values(), ids=TOKENS.keys())
async def test_tokens(server: HostileServer, engine: OpenAIEngine, given: Answer) -> None:
    server.answers["/tokenize"] = given
    with pytest.raises(KINDS):
        await engine.count_tokens(["a"])
    assert server.sent < 32 * MEGABYTE


async def test_health_is_asked_within_bounds(server: HostileServer, engine: OpenAIEngine) -> None:
    server.answers["/health"] = endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65_536)
    assert not await engine.ready()
    assert server.sent < 4 * MEGABYTE + _IN_FLIGHT


def test_each_kind_is_an_engine_error() -> None:
    assert all(issubclass(kind, EngineError) for kind in KINDS)
    assert len({kind.kind for kind in KINDS}) == len(KINDS)
