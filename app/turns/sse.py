"""Turns and other texts of the engine's as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, TypeAdapter

from app.conversations.schemas import UsedExample
from app.turns.events import (
    DeltaEvent,
    DoneEvent,
    ExamplesEvent,
    TurnEvent,
    WaitingEvent,
    WritingEvent,
    WrittenEvent,
)
from app.turns.listening import cancel_when_gone
from app.turns.runner import RunningTurn
from app.turns.writer import Writing

STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Neither kept nor held back on the way; the latter is what nginx heeds."""


def event_stream(*names: str) -> dict[str, Any]:
    """Describe a stream of events as OpenAPI 3.2 does (section 4.14.4).

    ``names`` are the events' names; without any, the events have none.
    """
    fields: dict[str, Any] = {"data": {"type": "string"}}
    if names:
        fields["event"] = {"type": "string", "enum": list(names)}
    return {"itemSchema": {"type": "object", "properties": fields, "required": [*fields]}}


_USED = TypeAdapter(list[UsedExample])


def _event(name: str, data: object) -> bytes:
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False), event=name)


def _json(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json")


def encode_event(event: TurnEvent | WritingEvent) -> bytes:
    """One event of the stream: ``waiting``, ``examples``, ``delta``, ``done`` or ``error``."""
    if isinstance(event, DeltaEvent):
        return _event("delta", {"text": event.text})
    if isinstance(event, WaitingEvent):
        return _event("waiting", {"place": event.place})
    if isinstance(event, ExamplesEvent):
        items = _USED.dump_json(event.items).decode()  # while the engine is being asked: quickly
        return format_sse_event(data_str=f'{{"items":{items}}}', event="examples")
    if isinstance(event, DoneEvent):
        return _event("done", _json(event.reply))
    if isinstance(event, WrittenEvent):
        return _event("done", _json(event.result))
    error = _json(event.error)
    if event.reply is not None:
        error["detail"] = {**(event.error.detail or {}), "reply": _json(event.reply)}
    return _event("error", {"error": error})


async def encode_turn(turn: RunningTurn) -> AsyncIterator[bytes]:
    """The stored message first, where there is one; then what happens."""
    if turn.message is not None:
        yield _event("message", _json(turn.message))
    async for event in turn.events():
        yield encode_event(event)


def stream_writing(request: Request, writing: Writing) -> EventSourceResponse:
    """What the engine writes, until it is done or nobody listens any more."""
    watcher = asyncio.create_task(cancel_when_gone(request, writing))

    async def encoded() -> AsyncIterator[bytes]:
        try:
            async for event in writing.events():
                yield encode_event(event)
        finally:
            writing.cancel()
            watcher.cancel()

    return EventSourceResponse(encoded(), headers=STREAM_HEADERS)
