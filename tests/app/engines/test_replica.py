"""One of several servers: its probes, its failures, and the time it is spared."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.engines.port import (
    ContextTooLongError,
    Delta,
    EngineError,
    EngineOverloadedError,
    EngineTimeoutError,
    EngineUnavailableError,
    Limits,
)
from app.engines.replica import Replica
from app.engines.scripted import ScriptedEngine
from tests.app.running import until

pytestmark = pytest.mark.anyio

INDEX = Limits("index", 4_096, "completion")


class Server(ScriptedEngine):
    """A server whose answers to probes are set."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ready = True
        self.error: EngineError | None = None
        self.silent = asyncio.Event()
        self.silent.set()
        self.probes = 0

    async def ready(self) -> bool:
        self.probes += 1
        await self.silent.wait()
        return self.is_ready

    async def limits(self) -> Limits:
        if self.error is not None:
            raise self.error
        return INDEX


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def replica(server: Server) -> Replica:
    return Replica(2, server, probe_seconds=60, rest_seconds=60)


async def test_before_its_first_probe_it_is_not_available(replica: Replica) -> None:
    assert not replica.available
    assert replica.health.detail == "It was not asked yet."
    assert not replica.probed.is_set()


async def test_a_probe_that_is_answered_makes_it_available(replica: Replica) -> None:
    assert await replica.probe()
    assert replica.available
    assert replica.limits == INDEX
    assert replica.probed.is_set()
    health = replica.health
    assert (health.number, health.detail) == (2, "index answers.")
    assert (health.outstanding, health.failures) == (0, 0)


async def test_a_server_that_is_not_ready_says_why(replica: Replica, server: Server) -> None:
    server.is_ready = False
    assert not await replica.probe()
    assert replica.probed.is_set()
    assert not replica.available
    assert "cannot be reached, or is still loading" in replica.health.detail
    server.is_ready, server.error = True, EngineUnavailableError("It lists no model.")
    assert not await replica.probe()
    assert replica.health.detail == "It lists no model."


async def test_one_missed_probe_is_forgiven_and_two_are_not(
    replica: Replica, server: Server
) -> None:
    await replica.probe()
    server.error = EngineUnavailableError("away")
    assert not await replica.probe()
    assert replica.available
    server.error = None
    assert await replica.probe()
    server.error = EngineUnavailableError("away")
    await replica.probe()
    await replica.probe()
    assert not replica.available
    assert replica.health.detail == "away"


async def test_a_silent_server_is_a_missed_probe(
    replica: Replica, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engines.replica._PROBE_TIMEOUT", 0.01)
    server.silent.clear()
    assert not await replica.probe()
    assert isinstance(replica.problem, EngineTimeoutError)


async def fail(replica: Replica, error: EngineError) -> EngineError:
    with pytest.raises(type(error)) as caught, replica.attempt():
        raise error
    assert replica.outstanding == 0
    return caught.value


async def test_three_failures_in_a_row_spare_it_and_a_probe_tries_it_again(
    replica: Replica, server: Server
) -> None:
    await replica.probe()
    for error in (EngineOverloadedError("busy"), EngineTimeoutError("slow")):
        assert (await fail(replica, error)).replica == 2
        assert replica.available
    await fail(replica, EngineUnavailableError("gone"))
    assert not replica.available
    assert replica.health.detail == "It is spared for a while: gone"
    assert replica.health.failures == 3
    server.error = EngineUnavailableError("restarts")
    await replica.probe()
    await replica.probe()
    server.error = None
    await replica.probe()  # it was away, which may have been all
    assert replica.available
    with replica.attempt():
        assert not replica.available  # one attempt at a time
        assert replica.outstanding == 1
        replica.answered()
    assert replica.health.detail == "index answers."


async def test_an_error_of_the_request_shows_that_it_answers(replica: Replica) -> None:
    await replica.probe()
    for _ in range(2):
        await fail(replica, EngineUnavailableError("gone"))
    assert (await fail(replica, ContextTooLongError("5,000 tokens"))).replica == 2
    await fail(replica, EngineUnavailableError("gone"))
    assert replica.available  # the failures before were not in a row
    assert replica.health.failures == 3


async def test_other_errors_are_no_failures_of_the_server(replica: Replica) -> None:
    await replica.probe()
    for _ in range(5):
        with pytest.raises(KeyError), replica.attempt():
            raise KeyError("a bug")
        with pytest.raises(asyncio.CancelledError), replica.attempt():
            raise asyncio.CancelledError
    assert replica.available
    assert (replica.outstanding, replica.served, replica.health.failures) == (0, 10, 0)


async def test_the_first_delta_is_waited_for_until_probes_fail(
    replica: Replica, server: Server
) -> None:
    async def deltas() -> AsyncIterator[Delta]:
        yield Delta("Well")
        await asyncio.Event().wait()

    replies = deltas()
    assert await replica.unless_unavailable(anext(replies)) == Delta("Well")
    await replica.probe()
    waiting = asyncio.ensure_future(replica.unless_unavailable(anext(replies)))
    server.error = EngineUnavailableError("away")
    await asyncio.sleep(0)
    await replica.probe()
    assert not waiting.done()
    await replica.probe()
    with pytest.raises(EngineTimeoutError):
        await waiting


async def test_it_is_probed_at_once_when_a_request_failed(replica: Replica, server: Server) -> None:
    watching = asyncio.create_task(replica.watch())
    await replica.probed.wait()
    await asyncio.sleep(0)
    assert server.probes == 1  # the next would come after a minute
    await fail(replica, EngineUnavailableError("gone"))
    await until(lambda: server.probes == 2)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
