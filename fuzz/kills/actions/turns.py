"""Send messages, regenerate and continue replies, and follow their streams."""

import asyncio
import json
import time
from dataclasses import replace
from typing import Any

from fuzz.kills.actions.conversations import message_path, titled
from fuzz.kills.api import Answer, EventStream
from fuzz.kills.client import NO_REPLY_YET, Client
from fuzz.kills.facts import ConversationFact, Fact, Key, MessageFact
from fuzz.kills.ledger import Operation, Stream
from fuzz.kills.texts import make_message

_IDLE_POLLS = 40
_POLL_SECONDS = 0.25


async def send(client: Client) -> bool:
    """Send a message, and read the whole stream of the reply."""
    name = _choose(client)
    if name is not None:
        await send_in(client, name)
    return name is not None


async def send_and_leave(client: Client) -> bool:
    """Send a message, hang up during the reply, and stop it from outside."""
    name = _choose(client)
    if name is not None:
        await send_in(client, name, patience=client.random.uniform(0.5, 6.0))
    return name is not None


async def send_in(client: Client, name: str, patience: float | None = None) -> None:
    """Send a message in a conversation, and read its stream for ``patience`` seconds, or all."""
    stream, operation = _ask(client, name)
    body = {"content": stream.text, "stream": True}
    await _listen(client, stream, operation, f"{_path(client, name)}/messages", body, patience)


async def send_plainly(client: Client) -> bool:
    """Send a message without streaming, and wait for the whole turn."""
    name = _choose(client)
    if name is None:
        return False
    stream, operation = _ask(client, name)
    path = f"{_path(client, name)}/messages"
    answer = await client.api.call("POST", path, json={"content": stream.text, "stream": False})
    if not answer.ok:
        _turned_down(client, stream, operation, answer)
        return True
    _stored(client, stream, operation, answer.body["message"])
    reply = answer.body["reply"]
    client.ledger.finish(stream, reply["id"], reply["content"])
    return True


async def regenerate(client: Client) -> bool:
    """Regenerate the reply to a message."""
    name = _choose(client)
    keys = [key for key in client.ledger.messages_of(name) if key[0] == "said"] if name else []
    if not keys:
        return False
    key = client.random.choice(keys)
    stream = Stream(str(name), client.ledger.ids[key], key[1])
    await _listen(client, stream, None, message_path(client, key) + "/regenerate", {"stream": True})
    return True


async def go_on(client: Client) -> bool:
    """Continue a reply."""
    name = _choose(client)
    ledger = client.ledger
    said = {ledger.ids[key] for key in ledger.messages_of(name) if key[0] == "said"} if name else ()
    keys = [
        key
        for key in (ledger.messages_of(name) if name else [])
        if key[0] == "reply" and ledger.parents.get(key[1]) in said
    ]
    if not keys:
        return False
    key = client.random.choice(keys)
    base = client.fact(key, MessageFact).content
    asked = ledger.parents[key[1]]
    stream = Stream(str(name), asked, continues=key[1], base=base)
    await _listen(client, stream, None, message_path(client, key) + "/continue", {"stream": True})
    return True


def _choose(client: Client) -> str | None:
    """Return a conversation for a turn.

    Conversations whose last turn was interrupted come first, once their lease has expired.
    """
    now = time.monotonic()
    names = client.conversations()
    cut_off = [name for name in names if client.ledger.interrupted.get(name, now) < now]
    return client.pick(cut_off or names)


def _ask(client: Client, name: str) -> tuple[Stream, Operation]:
    """Enter a new message and the expected reply into the ledger."""
    text = make_message(client.random, client.next_mark())
    changes: dict[Key, Fact | None] = {("said", text): MessageFact(name, text)}
    key: Key = ("conversation", name)
    fact = client.fact(key, ConversationFact)
    if not fact.title:
        changes[key] = replace(fact, title=titled(text))
    stream = Stream(name, None, text)
    return client.ledger.follow(stream), client.ledger.begin("send", changes)


async def _listen(
    client: Client,
    stream: Stream,
    operation: Operation | None,
    path: str,
    body: object,
    patience: float | None = None,
) -> None:
    """Follow a turn to its end, or for ``patience`` seconds."""
    ledger = client.ledger
    if operation is None:
        ledger.follow(stream)
    async with client.api.stream(path, body) as events:
        if events.status != 200:
            _turned_down(client, stream, operation, await events.refusal())
            return
        over = await _follow(client, stream, operation, events, patience)
    if not over:
        await client.api.call("DELETE", f"{_path(client, stream.conversation)}/turn")
        await _see_what_stayed(client, stream, operation)


def _turned_down(
    client: Client, stream: Stream, operation: Operation | None, answer: Answer
) -> None:
    """Note a refused turn; the message may be stored all the same, as the answer shows."""
    if operation is None:
        client.judge_refusal("answer", [stream.conversation], answer)
    elif (message := answer.detail.get("message")) is not None:
        _stored(client, stream, operation, message)
    else:
        client.refused(operation, answer)
    client.ledger.drop(stream)


async def _follow(
    client: Client,
    stream: Stream,
    operation: Operation | None,
    events: EventStream,
    patience: float | None,
) -> bool:
    """Read the stream of a turn; return whether it ended before ``patience`` ran out."""
    try:
        async with asyncio.timeout(patience):
            async for name, data in events.events():
                if name == "delta":
                    stream.pieces.append((time.monotonic(), json.loads(data)["text"]))
                elif name == "message" and operation is not None:
                    _stored(client, stream, operation, json.loads(data))
                elif name == "done":
                    _done(client, stream, json.loads(data))
                    return True
                elif name == "error":
                    _failed(client, stream, json.loads(data))
                    return True
    except TimeoutError:
        return False
    client.ledger.blame("cut stream", f"{stream.conversation}: it ended without done or error")
    return False


def _stored(client: Client, stream: Stream, operation: Operation, message: dict[str, Any]) -> None:
    """Note that the service acknowledged the user's message."""
    client.ledger.acknowledge(operation, {("said", stream.text): message["id"]})
    client.ledger.parents[message["id"]] = message["parent_id"]
    stream.asked = message["id"]


def _done(client: Client, stream: Stream, reply: dict[str, Any]) -> None:
    received = stream.base + stream.received
    if reply["content"] != received:
        text = f"{reply['id']}: received {received!r}, stored {reply['content']!r}"
        client.ledger.blame("other reply", text)
    client.ledger.finish(stream, reply["id"], reply["content"])


def _failed(client: Client, stream: Stream, failure: dict[str, Any]) -> None:
    if failure["error"]["code"] not in NO_REPLY_YET:
        client.ledger.blame("failed turn", f"{stream.conversation}: {failure['error']}")
    reply = (failure["error"].get("detail") or {}).get("reply")
    if reply is None:
        client.ledger.drop(stream)
    else:
        client.ledger.finish(stream, reply["id"], reply["content"])


async def _see_what_stayed(client: Client, stream: Stream, operation: Operation | None) -> None:
    """Wait for the end of a turn without a listener, and check its reply."""
    ledger = client.ledger
    messages = await _when_idle(client, stream.conversation)
    if messages is None:
        ledger.blame("stuck turn", f"{stream.conversation} stays busy after its listener left")
        return
    if stream.asked is None and operation is not None:
        found = [each for each in messages if each["content"] == stream.text]
        if not found:
            ledger.refuse(operation, "left at once")
            ledger.drop(stream)
            return
        _stored(client, stream, operation, found[0])
    last = messages[-1]
    if last["parent_id"] == stream.asked and last["role"] == "assistant":
        if not last["content"].startswith(stream.received):
            ledger.blame(
                "other reply", f"{last['id']}: received {stream.received!r}, stored {last!r}"
            )
        ledger.finish(stream, last["id"], last["content"])
    else:
        if stream.received:
            ledger.blame(
                "lost reply", f"{stream.conversation}: received {stream.received!r}, then left"
            )
        ledger.drop(stream)


async def _when_idle(client: Client, conversation: str) -> list[dict[str, Any]] | None:
    """Return the visible branch once no turn runs; None where that takes too long."""
    for _ in range(_IDLE_POLLS):
        answer = await client.api.call("GET", _path(client, conversation))
        if answer.ok and not answer.body["busy"]:
            messages: list[dict[str, Any]] = answer.body["messages"]
            return messages
        await asyncio.sleep(_POLL_SECONDS)
    return None


def _path(client: Client, conversation: str) -> str:
    return f"/api/conversations/{client.ledger.ids['conversation', conversation]}"
