"""How the tests of cards talk to the application."""

import json
from io import BytesIO
from typing import Any

import httpx

from tests.app.running import Json, Running, as_object

LI: Json = {
    "spec": "chara_card_v2",
    "spec_version": "2.0",
    "data": {
        "name": "林晚",
        "description": "{{char}}在渡口撑船二十年，认得每一道水纹。",
        "personality": "话少，心软",
        "scenario": "夜里起雾，{{user}}要过河。",
        "first_mes": "{{user}}，今晚雾大，船不开。",
        "alternate_greetings": ["上来吧，{{user}}，坐稳。", "渡口没有别人了。"],
        "mes_example": (
            "<START>\n{{user}}: 这条河有多深？\n{{char}}: 我的竹篙有两丈，{{user}}，碰不到底。\n"
            "<START>\n{{user}}: 你不怕吗？\n{{char}}: 怕过。后来就只剩下水声了。"
        ),
        "tags": ["渡口", "雾"],
        "creator_notes": "为测试而写。",
        "creator": "Offbook",
        "system_prompt": "",
        "post_history_instructions": "",
        "character_version": "1",
        "extensions": {"x_other": {"deep": [1, 2.5, None, "é", True]}, "talkativeness": "0.7"},
        "x_unknown": {"kept": [{"a": 1}]},
    },
    "x_beside": ["kept", 7],
}
"""A Chinese card with macros, unknown fields, and no book."""


def picture(width: int = 8, height: int = 12, format: str = "PNG", color: str = "#336699") -> bytes:
    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (width, height), color).save(buffer, format)
    return buffer.getvalue()


async def send_card(
    stage: Running, content: bytes | Json, filename: str = "card.json", **fields: str
) -> httpx.Response:
    """Import a card; a dict is sent as JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return await stage.http.post(
        "/api/characters/import", files={"file": (filename, body)}, data=fields
    )


async def import_card(stage: Running, content: bytes | Json, **fields: str) -> Json:
    """The result of an import that must succeed, once the character is ready."""
    response = await send_card(stage, content, **fields)
    assert response.status_code == 202, response.text
    result = as_object(response)
    ready = await stage.indexed(result["character"]["slug"])
    assert ready["status"] == "ready", ready["error"]
    return {**result, "character": ready}


async def export(stage: Running, slug: str, **query: Any) -> bytes:
    response = await stage.http.get(f"/api/characters/{slug}/card", params=query)
    assert response.status_code == 200, response.text
    return response.content
