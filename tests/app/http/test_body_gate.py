"""The gate before a body: it lets through what its caller may send, at a pace, and no more."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.errors import TooLargeError
from app.http import body_limit
from app.http.body_limit import UNKNOWN_CALLER_BYTES, BodyGate, BodyLimitMiddleware, Pace, body_gate
from app.settings import ServerSettings

pytestmark = pytest.mark.anyio

UNHURRIED = Pace(idle_seconds=60, bytes_per_second=0, window_seconds=60)
DISCONNECT = {"type": "http.disconnect"}


def piece(content: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


class Sender:
    """A client that sends its messages as fast as they are read, and then leaves."""

    def __init__(self, *messages: Message) -> None:
        self.messages = list(messages)
        self.reads = 0

    async def receive(self) -> Message:
        self.reads += 1
        return self.messages.pop(0) if self.messages else DISCONNECT


async def read_all(gate: BodyGate) -> bytes | None:
    """The body, or None where it ended early."""
    content = bytearray()
    while True:
        message = await gate.receive()
        if message["type"] == "http.disconnect":
            return None
        content += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(content)


def refusal_of(gate: BodyGate) -> tuple[int, str]:
    assert gate.refusal is not None
    status, detail = gate.refusal
    return status, detail.code


async def test_a_stranger_may_send_enough_to_sign_in() -> None:
    sender = Sender(piece(b"x" * UNKNOWN_CALLER_BYTES, more=False))
    gate = BodyGate(sender.receive, None, UNHURRIED)
    assert await read_all(gate) == b"x" * UNKNOWN_CALLER_BYTES
    assert gate.refusal is None


async def test_a_byte_more_than_allowed_ends_the_body_for_good() -> None:
    sender = Sender(piece(b"x" * 10), piece(b"x"), piece(b"x", more=False))
    gate = BodyGate(sender.receive, None, UNHURRIED)
    gate.allow(10)
    assert (await gate.receive())["body"] == b"x" * 10
    for _ in range(3):
        assert await gate.receive() == DISCONNECT
    assert refusal_of(gate) == (413, "too_large")
    assert sender.reads == 2


async def test_an_announced_length_is_refused_before_a_byte_is_read() -> None:
    sender = Sender(piece(b"x", more=False))
    gate = BodyGate(sender.receive, 101, UNHURRIED)
    with pytest.raises(TooLargeError) as caught:
        gate.allow(100, named=90)
    assert caught.value.detail == {"limit_bytes": 90}
    assert "90 bytes" in caught.value.message
    assert await read_all(gate) is None
    assert sender.reads == 0
    BodyGate(sender.receive, 100, UNHURRIED).allow(100)


async def test_what_a_client_does_after_its_body_is_passed_on() -> None:
    gate = BodyGate(Sender(piece(b"x", more=False)).receive, None, UNHURRIED)
    assert await read_all(gate) == b"x"
    assert await gate.receive() == DISCONNECT
    assert gate.refusal is None


async def test_silence_ends_a_body() -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    gate = BodyGate(never, None, Pace(0.01, 0, 60))
    assert await gate.receive() == DISCONNECT
    assert refusal_of(gate) == (408, "too_slow")


class Clock:
    """Stand in for the module ``time``: each reading of a piece takes a second."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        self._now += 1.0
        return self._now


@pytest.mark.parametrize(
    ("sizes", "slow"),
    [
        ([100, 100, 100, 100], False),
        ([0, 0, 0, 400], False),  # within the window an average counts
        ([100, 100, 100, 99], True),
        ([400, 0, 0, 0, 0, 0, 0, 399], True),  # in the next window it begins anew
        ([1, 1, 1], False),  # the window is not over
    ],
)
async def test_a_body_must_come_at_a_pace(
    monkeypatch: pytest.MonkeyPatch, sizes: Sequence[int], slow: bool
) -> None:
    monkeypatch.setattr(body_limit, "time", Clock())
    pieces = [piece(b"x" * size) for size in sizes]
    gate = BodyGate(Sender(*pieces, piece(b"")).receive, None, Pace(60, 100, 4))
    for _ in sizes:
        await gate.receive()
    assert (gate.refusal is not None) == slow
    if slow:
        assert refusal_of(gate) == (408, "too_slow")


async def test_the_last_piece_is_never_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_limit, "time", Clock())
    gate = BodyGate(Sender(piece(b"x", more=False)).receive, None, Pace(60, 10**6, 1))
    assert await read_all(gate) == b"x"


def test_the_settings_are_the_pace() -> None:
    settings = ServerSettings(body_idle_timeout=1.5, body_rate=7, body_grace=9)
    assert Pace.of(settings) == Pace(1.5, 7, 9)


async def answers_of(
    inside: object, sender: Sender, headers: Sequence[tuple[bytes, bytes]] = ()
) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    app = BodyLimitMiddleware(inside, pace=UNHURRIED)  # type: ignore[arg-type]  # an application of the test
    scope = {"type": "http", "path": "/api/x", "headers": list(headers)}
    await app(scope, sender.receive, send)
    return sent


async def test_a_parser_that_fails_over_a_refused_body_answers_with_its_reason() -> None:
    async def parse(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        raise ValueError("The form is broken.")

    sent = await answers_of(parse, Sender(piece(b"x" * (UNKNOWN_CALLER_BYTES + 1))))
    assert sent[0]["status"] == 413
    assert b'"too_large"' in sent[1]["body"]
    with pytest.raises(ValueError, match="broken"):
        await answers_of(parse, Sender(piece(b"x"), DISCONNECT))


async def test_a_wrong_status_of_a_parser_is_replaced() -> None:
    async def parse(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"broken"})

    headers = [(b"content-length", str(UNKNOWN_CALLER_BYTES + 1).encode())]
    sent = await answers_of(parse, Sender(), headers)
    assert [each.get("status") for each in sent] == [413, None]


async def test_an_answer_that_has_begun_goes_on() -> None:
    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        body_gate(scope).allow(1)
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"done"})

    sent = await answers_of(stream, Sender(piece(b"xy")))
    assert sent == [
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.body", "body": b"done"},
    ]
