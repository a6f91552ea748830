"""A turn as server-sent events."""

import json
from collections.abc import AsyncIterator

from fastapi.sse import format_sse_event
from pydantic import BaseModel

from app.chat.turns import (
    DeltaEvent,
    DoneEvent,
    ExamplesEvent,
    RunningTurn,
    TurnEvent,
    WaitingEvent,
)


def _event(name: str, data: object) -> bytes:
    return format_sse_event(data_str=json.dumps(data, ensure_ascii=False), event=name)


def _json(model: BaseModel) -> dict[str, object]:
    return model.model_dump(mode="json")


def encode_event(event: TurnEvent) -> bytes:
    """One event of the stream: ``waiting``, ``examples``, ``delta``, ``done`` or ``error``."""
    if isinstance(event, DeltaEvent):
        return _event("delta", {"text": event.text})
    if isinstance(event, WaitingEvent):
        return _event("waiting", {"place": event.place})
    if isinstance(event, ExamplesEvent):
        return _event("examples", {"items": [_json(example) for example in event.items]})
    if isinstance(event, DoneEvent):
        return _event("done", _json(event.reply))
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
