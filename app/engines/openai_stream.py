"""Read the events of a generation from an HTTP response."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

import aiohttp
import structlog

from app.engines.connection import LOST
from app.engines.metering import ReplyMeter
from app.engines.openai_answers import StreamEvent, stream_event
from app.engines.openai_payload import RETRY_AFTER
from app.engines.port import EngineError, EngineUnavailableError
from app.engines.sse import EventTooLongError, SSEParser

log = structlog.get_logger(__name__)


async def read_events(
    response: aiohttp.ClientResponse,
    meter: ReplyMeter,
    as_engine_error: Callable[[Exception], EngineError],
) -> AsyncGenerator[StreamEvent, None]:
    """Yield the events before ``[DONE]``.

    A connection that breaks before a finish reason raises ``as_engine_error`` of the exception;
    after it, only the usage is missing, which is logged. Raises :class:`EngineUnavailableError`
    for a stream without a finish reason, and beyond the bytes that ``meter`` admits.
    """
    parser = SSEParser()
    finished = False
    try:
        while True:
            chunk = await response.content.readany()
            if not meter.receive(chunk):
                raise EventTooLongError
            for payload in parser.feed(chunk) if chunk else parser.close():
                if payload == "[DONE]":
                    chunk = b""
                    break
                event = stream_event(payload)
                if finished:
                    event = replace(event, text="", finish_reason=None)
                finished = finished or event.finish_reason is not None
                yield event
            if not chunk:
                break
    except EventTooLongError as error:
        raise EngineUnavailableError(
            "The engine sends more than a reply can be.", retry_after=RETRY_AFTER
        ) from error
    except LOST as error:
        if not finished:
            raise as_engine_error(error) from error
        log.warning("engine_stream_without_usage", reason=repr(error))
    if not finished:
        raise EngineUnavailableError(
            "The engine's answer broke off before its end.", retry_after=RETRY_AFTER
        )
