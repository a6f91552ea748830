"""Encode turns and other generated texts as server-sent events."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, TypeAdapter

from app.conversations.schemas import MessageOut, PromptSource
from app.turns.event_id import EventId
from app.turns.events import (
    BeginEvent,
    DeltaEvent,
    DoneEvent,
    ExamplesEvent,
    TurnEvent,
    WaitingEvent,
    WritingEvent,
    WrittenEvent,
)
from app.turns.listening import call_when_gone
from app.turns.played_lines import PlayedLines
from app.turns.progress import Listener
from app.turns.writer import Writing

_SILENCE_SECONDS = 15.0
"""Before a comment shows the client, and every proxy in between, that the connection lives."""
_STILL_HERE = b": still here\n\n"
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Keep proxies from storing or buffering the stream; nginx heeds the latter."""


def event_stream(*names: str) -> dict[str, Any]:
    """Describe a stream of events as OpenAPI 3.2 does (section 4.14.4).

    ``names`` are the events' names; without names, events have none.
    """
    fields: dict[str, Any] = {"data": {"type": "string"}}
    if names:
        fields["event"] = {"type": "string", "enum": list(names)}
    return {"itemSchema": {"type": "object", "properties": fields, "required": [*fields]}}


_SOURCES = TypeAdapter(list[PromptSource])


def _event(name: str, data: object, id: str | None = None) -> bytes:
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False), event=name, id=id)


def _json(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json")


def encode_event(
    event: TurnEvent | WritingEvent, id: str | None = None, speaker: UUID | None = None
) -> bytes:
    """Encode one event: ``turn``, ``waiting``, ``examples``, ``delta``, ``done`` or ``error``.

    On a stage all but the last two name the ``speaker``; those have the reply, which does.
    """
    by = {} if speaker is None else {"speaker": str(speaker)}
    if isinstance(event, DeltaEvent):
        return _event("delta", {"text": event.text, **by}, id)
    if isinstance(event, WaitingEvent):
        return _event("waiting", {"place": event.position, **by}, id)
    if isinstance(event, BeginEvent):
        begun = {"reply_id": str(event.reply_id), "parent_id": str(event.parent_id)}
        return _event("turn", begun | {"text": event.continued, **by}, id)
    if isinstance(event, ExamplesEvent):
        items = _SOURCES.dump_json(
            event.items
        ).decode()  # the fast path, for the engine is asked meanwhile
        outline = f',"prompt":{event.prompt.model_dump_json()}' if event.prompt else ""
        named = f',"speaker":"{speaker}"' if speaker is not None else ""
        data = f'{{"items":{items}{outline}{named}}}'
        return format_sse_event(data_str=data, event="examples", id=id)
    if isinstance(event, DoneEvent | WrittenEvent):
        done = event.reply if isinstance(event, DoneEvent) else event.result
        return _event("done", _json(done), id)
    error = _json(event.error)
    if event.reply is not None:
        error["detail"] = {**(event.error.detail or {}), "reply": _json(event.reply)}
    return _event("error", {"error": error}, id)


def stream_turn(
    request: Request, listener: Listener, message: MessageOut | None = None
) -> EventSourceResponse:
    """Stream a turn to a listener, after the stored ``message`` if any.

    The turn goes on where the listener leaves. Each event has an id; see
    :mod:`app.turns.event_id`.
    """
    watcher = asyncio.create_task(call_when_gone(request, listener.cancel))

    async def encoded() -> AsyncIterator[bytes]:
        try:
            async for event in turn_events(listener, message):
                yield event
        finally:
            watcher.cancel()

    return EventSourceResponse(encoded(), headers=STREAM_HEADERS)


def stream_played(steps: Sequence[PlayedLines]) -> EventSourceResponse:
    """Stream lines of a script that are stored already, one turn after the other."""

    async def encoded() -> AsyncIterator[bytes]:
        for step in steps:
            for event in _played_events(step):
                yield event

    return EventSourceResponse(encoded(), headers=STREAM_HEADERS)


def _played_events(step: PlayedLines) -> Iterator[bytes]:
    if step.message is not None and step.is_new:
        yield _event("message", _json(step.message))
    for each in step.following:
        speaker = each.stage.speaker if each.stage is not None else None
        if each.stage is None or each.role == "direction" or speaker is None:
            yield _event("direction", _json(each))
            continue
        yield _event("speaker", _json(speaker) | {"reason": each.stage.reason})
        yield encode_event(DeltaEvent(each.content), None, speaker.id)
        yield encode_event(DoneEvent(each))
    if step.message is not None and step.reply is None:
        yield encode_event(DoneEvent(step.message))


async def turn_events(
    listener: Listener, message: MessageOut | None = None
) -> AsyncGenerator[bytes, None]:
    """Yield the encoded events of a turn; on a stage they begin with who speaks."""
    speaking = listener.speaker
    first = str(EventId(listener.turn_id, 0))
    try:
        if message is not None:
            yield _event("message", _json(message), first)
        if speaking is not None:
            shown = _json(speaking.speaker) | {"reason": speaking.reason}
            yield _event("speaker", shown, first)
        async with aclosing(listener.events(_SILENCE_SECONDS)) as events:
            async for event in events:
                if event is None:
                    yield _STILL_HERE
                else:
                    id = EventId(listener.turn_id, event.number)
                    by = speaking.speaker.id if speaking is not None else None
                    yield encode_event(event.event, str(id), by)
    finally:
        listener.cancel()


def stream_writing(request: Request, writing: Writing) -> EventSourceResponse:
    """Stream a text of the engine's until it is done or its listener leaves."""
    watcher = asyncio.create_task(call_when_gone(request, writing.cancel))

    async def encoded() -> AsyncIterator[bytes]:
        try:
            async for event in writing.events():
                yield encode_event(event)
        finally:
            writing.cancel()
            watcher.cancel()

    return EventSourceResponse(encoded(), headers=STREAM_HEADERS)
