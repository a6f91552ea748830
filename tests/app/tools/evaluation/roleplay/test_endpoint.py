"""A judge's server that answers anything at all costs a bounded amount."""

import gzip
from collections.abc import AsyncIterator

import pytest

from app.search.benchmark.errors import EvaluationError
from app.settings import JudgeSettings
from app.tools.evaluation.judges.endpoint import BusyError, JudgeEndpoint
from app.tools.evaluation.judges.model import JudgeModel
from tests.app.engines.hostile_server import Answer, HostileServer, answer, endless, hostile

pytestmark = pytest.mark.anyio

_OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with hostile() as server:
        yield server


async def ask(server: HostileServer, given: Answer, seconds: float = 10) -> str:
    server.answers["/v1/chat/completions"] = given
    async with JudgeEndpoint(f"{server.base_url}/v1", None, seconds) as endpoint:
        judge = JudgeModel(endpoint, JudgeSettings(model="j"))
        return await judge.ask([{"role": "user", "content": "Well?<|im_end|>"}])


REFUSED: dict[str, Answer] = {
    "without end": endless(_OK, b"a" * 65_536),
    "compressed": answer(gzip.compress(b"{}" * 1_000), headers={"Content-Encoding": "gzip"}),
    "no JSON": answer(b"{"),
    "deep": answer(b"[" * 100_000),
    "a redirect": answer(b"", "307 X", {"Location": "/v1/elsewhere"}),
    "an error without end": endless(b"HTTP/1.1 400 X\r\nConnection: close\r\n\r\n", b"a" * 65_536),
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED.keys())
async def test_an_answer_that_cannot_be_used_ends_the_run(
    server: HostileServer, given: Answer
) -> None:
    with pytest.raises(EvaluationError) as caught:
        await ask(server, given)
    assert len(str(caught.value)) < 1_000
    assert server.sent < 16_000_000


@pytest.mark.parametrize(
    "body",
    [
        *(b"[]", b"null", b'{"choices": [null]}', b'{"choices": {}}', b'{"choices": [{}]}'),
        *(b'{"choices": [{"message": []}]}', b'{"choices": [{"message": {"content": [1]}}]}'),
    ],
)
async def test_an_answer_of_another_form_says_nothing(server: HostileServer, body: bytes) -> None:
    assert await ask(server, answer(body)) == ""


async def test_an_answer_that_trickles_is_given_up(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.tools.evaluation.judges.endpoint._PAUSE_SECONDS", (0.0,))
    server.pause = 0.01
    with pytest.raises(BusyError, match="TimeoutError"):
        await ask(server, endless(_OK, b" "), seconds=0.3)
    assert len(server.requests) == 2
