"""What tests say about replies, and what is kept of it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from app.settings import Settings
from app.signals.repository import ConsentedSignal, consented
from tests.app.running import Json, Running, as_object

LEARNING = "/api/me/learning"


def learning(settings: Settings, rule: str) -> Settings:
    """The settings with another rule for signals."""
    changed = settings.learning.model_copy(update={"signals": rule})
    return settings.model_copy(update={"learning": changed})


async def agree(http: httpx.AsyncClient, *, given: bool = True) -> Json:
    """Answer whether may be learnt from what one says."""
    response = await http.put(LEARNING, json={"given": given})
    assert response.status_code == 200, response.text
    return as_object(response)


def rating_of(conversation: Json, message: Json) -> str:
    """The address of a message's rating."""
    return f"/api/conversations/{conversation['id']}/messages/{message['id']}/rating"


async def rate(
    http: httpx.AsyncClient, conversation: Json, message: Json, value: str = "good", **said: str
) -> Json:
    """Rate a reply, which must succeed."""
    address = rating_of(conversation, message)
    response = await http.put(address, json={"value": value, **said})
    assert response.status_code == 200, response.text
    return as_object(response)


async def kept(stage: Running, **wanted: Any) -> Sequence[ConsentedSignal]:
    """What may be learnt from."""
    async with stage.services.database.read() as session:
        return await consented(session, **wanted)


async def settled(stage: Running) -> None:
    """Once nothing that follows a turn is still being done."""
    while background := [*stage.services.turns._runner._background]:
        await asyncio.gather(*background)


async def regenerate(stage: Running, conversation: Json, reply: Json) -> Json:
    """Another reply to the same message."""
    address = f"/api/conversations/{conversation['id']}/messages/{reply['id']}/regenerate"
    response = await stage.http.post(address, json={})
    assert response.status_code == 200, response.text
    return dict(as_object(response)["reply"])


async def select(stage: Running, conversation: Json, reply: Json) -> None:
    """Show an alternative."""
    address = f"/api/conversations/{conversation['id']}/messages/{reply['id']}/activate"
    assert (await stage.http.post(address)).status_code == 200


async def edit(stage: Running, conversation: Json, message: Json, content: str) -> None:
    """Write a message anew."""
    address = f"/api/conversations/{conversation['id']}/messages/{message['id']}"
    response = await stage.http.patch(address, json={"content": content})
    assert response.status_code == 200, response.text
