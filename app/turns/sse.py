"""Encode turns and other generated texts as server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, TypeAdapter

from app.conversations.schemas import PromptSource
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


def _event(name: str, data: object) -> bytes:
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False), event=name)


def _json(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json")


def encode_event(event: TurnEvent | WritingEvent) -> bytes:
    """Encode one event: ``waiting``, ``examples``, ``delta``, ``done`` or ``error``."""
    if isinstance(event, DeltaEvent):
        return _event("delta", {"text": event.text})
    if isinstance(event, WaitingEvent):
        return _event("waiting", {"place": event.position})
    if isinstance(event, ExamplesEvent):
        items = _SOURCES.dump_json(
            event.items
        ).decode()  # the fast path, for the engine is asked meanwhile
        outline = f',"prompt":{event.prompt.model_dump_json()}' if event.prompt else ""
        return format_sse_event(data_str=f'{{"items":{items}{outline}}}', event="examples")
    if isinstance(event, DoneEvent):
        return _event("done", _json(event.reply))
    if isinstance(event, WrittenEvent):
        return _event("done", _json(event.result))
    error = _json(event.error)
    if event.reply is not None:
        error["detail"] = {**(event.error.detail or {}), "reply": _json(event.reply)}
    return _event("error", {"error": error})


async def encode_turn(turn: RunningTurn) -> AsyncIterator[bytes]:
    """Yield the stored message, if any, then the turn's events."""
    if turn.message is not None:
        yield _event("message", _json(turn.message))
    async for event in turn.events():
        yield encode_event(event)


def stream_writing(request: Request, writing: Writing) -> EventSourceResponse:
    """Stream a text of the engine's until it is done or its listener leaves."""
    watcher = asyncio.create_task(cancel_when_gone(request, writing))

    async def encoded() -> AsyncIterator[bytes]:
        try:
            async for event in writing.events():
                yield encode_event(event)
        finally:
            writing.cancel()
            watcher.cancel()

    return EventSourceResponse(encoded(), headers=STREAM_HEADERS)
