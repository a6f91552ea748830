"""Answers that may be large: made to bytes beside the event loop, which goes on meanwhile."""

import asyncio

from fastapi import Response
from pydantic import BaseModel

_LARGE_CHARACTERS = 64_000
"""From so much text on, a thread costs less than the pause it spares the others."""


async def json_answer(
    model: BaseModel, characters: int, sent: Response, status: int = 200
) -> Response:
    """Return ``model`` as a response.

    ``characters``: how much text is in it, about. ``sent``: the response that FastAPI gives to
    dependencies: what they put into its headers, such as a cookie, is kept.
    """
    if characters < _LARGE_CHARACTERS:
        content = model.model_dump_json()
    else:
        content = await asyncio.to_thread(model.model_dump_json)
    answer = Response(content, status_code=status, media_type="application/json")
    answer.raw_headers.extend(sent.raw_headers)
    return answer
