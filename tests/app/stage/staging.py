"""Stages of the sample script's three characters, and what reached the engine."""

from typing import Any

import httpx

from tests.app.running import Json, Running, as_object


async def make_cast(stage: Running, *names: str) -> None:
    """Characters of one script, ready to speak."""
    script = (await stage.upload())["id"]
    for name in names or ("Anna", "Ben", "Clara"):
        await stage.make_character(name, script_ids=[script], profile=f"{name} of the island.")


async def open_stage(stage: Running, *slugs: str, **fields: object) -> Json:
    """A stage of these characters."""
    body = {"characters": [*(slugs or ("anna", "ben", "clara"))], "user_name": "Mara", **fields}
    response = await stage.http.post("/api/conversations", json=body)
    assert response.status_code == 201, response.text
    return as_object(response)


async def act(stage: Running, conversation: Json, path: str, **body: Any) -> Json:
    """One request below the conversation that must succeed."""
    url = f"/api/conversations/{conversation['id']}/{path}"
    response = await stage.http.post(url, json=body)
    assert response.status_code == 200, response.text
    return as_object(response)


async def ask(stage: Running, conversation: Json, path: str, **body: Any) -> httpx.Response:
    """One request below the conversation."""
    return await stage.http.post(f"/api/conversations/{conversation['id']}/{path}", json=body)


async def look(stage: Running, conversation: Json, path: str) -> Json:
    response = await stage.http.get(f"/api/conversations/{conversation['id']}/{path}")
    assert response.status_code == 200, response.text
    return as_object(response)


def last_prompt(stage: Running) -> str:
    """The newest prompt that reached the engine, as one text."""
    prompt = stage.engine.calls[-1].prompt
    if isinstance(prompt, str):
        return prompt
    return "\n".join(message.content for message in prompt)


def speaker(message: Json) -> str | None:
    """The slug of who says a message of a stage."""
    said_by = message["stage"]["speaker"]
    return None if said_by is None else str(said_by["slug"])


def cast_of(conversation: Json) -> dict[str, bool]:
    """Whether each participant is on stage, by slug."""
    return {each["slug"]: each["on_stage"] for each in conversation["participants"]}
