"""Serialise large answers in a thread, so that the event loop is not blocked."""

import asyncio

from fastapi import Response
from pydantic import BaseModel

_LARGE_CHARACTERS = 64_000
"""Characters above which a thread costs less than the pause it spares other requests."""


async def json_answer(
    model: BaseModel, characters: int, sent: Response, status: int = 200
) -> Response:
    """Return ``model`` as a response.

    ``characters``: roughly the length of its text. ``sent``: the response that FastAPI passes to
    dependencies; the headers that they set, such as a cookie, are kept.
    """
    if characters < _LARGE_CHARACTERS:
        content = model.model_dump_json()
    else:
        content = await asyncio.to_thread(model.model_dump_json)
    answer = Response(content, status_code=status, media_type="application/json")
    answer.raw_headers.extend(sent.raw_headers)
    return answer
