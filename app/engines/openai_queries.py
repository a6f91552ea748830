"""Read the answers of an OpenAI-compatible server's short requests."""

import asyncio
from contextlib import suppress

from app.engines.connection import LOST, Answer, EngineHttp, is_success
from app.engines.openai_answers import answered_object, control_tokens, response_error
from app.engines.port import EngineError

_TOKENIZER_SECONDS = 1.0
"""Timeout of the list of control tokens, which few servers have and probes wait for."""


def succeeded(answer: Answer) -> bytes:
    """Return the body of a successful answer; raise the engine's error of another one."""
    if not is_success(answer.status):
        raise response_error(answer.status, answer.headers, answer.body.decode(errors="replace"))
    return answer.body


async def listed_control_tokens(http: EngineHttp) -> list[str]:
    """Return the control tokens that vLLM lists; none where it lists none.

    It does so if it runs with ``--enable-tokenizer-info-endpoint``.
    """
    with suppress(*LOST, EngineError):
        async with asyncio.timeout(_TOKENIZER_SECONDS):
            answer = await http.ask("GET", "/tokenizer_info")
        return list(control_tokens(answered_object(succeeded(answer))))
    return []
