"""An HTTP endpoint that scores: asked with patience, its key kept out of every message."""

import asyncio
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from app.search.benchmark.errors import EvaluationError
from characters.json_values import JsonTextError, parse_json

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_PAUSE_SECONDS = (1.0, 4.0, 15.0)
"""Before each further try."""
_LONGEST_PAUSE = 60.0
_SHOWN = 300
_MOST_BYTES = 4_000_000
"""Of an answer; a judge's is a few hundred."""


class BusyError(Exception):
    """It did not answer, however often it was asked."""


class JudgeEndpoint:
    """Takes JSON objects, answers with JSON objects."""

    def __init__(self, url: str, api_key: str | None, timeout: float) -> None:
        """``timeout`` is in seconds, for a whole answer. Raises
        :class:`~app.search.benchmark.errors.EvaluationError` for what is no address."""
        self._url = url.rstrip("/")
        self._timeout = timeout
        host = _host(self._url)
        self._http = httpx.AsyncClient(
            headers={
                # A few compressed bytes could become any number.
                "Accept-Encoding": "identity",
                **({"Authorization": f"Bearer {api_key}"} if api_key else {}),
            },
            timeout=timeout,
            # A proxy of the environment is for the internet, not for this machine.
            trust_env=host not in _LOOPBACK,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """What is answered.

        Raises :class:`BusyError` when it stays overloaded or silent, and
        :class:`~app.search.benchmark.errors.EvaluationError` where asking again would not help: nobody
        is there, the key or the request is refused, the answer is no JSON or too long.
        """
        url = self._url + path
        for pause in (*_PAUSE_SECONDS, None):
            try:
                async with asyncio.timeout(self._timeout):
                    response, content = await self._ask(url, body)
            except httpx.ConnectError as error:
                raise EvaluationError(f"Nobody answers at {url}.") from error
            except (httpx.HTTPError, TimeoutError) as error:
                reason, wait = type(error).__name__, pause
            else:
                if response.status_code not in _BUSY:
                    return _content(response, content, url)
                reason, wait = f"status {response.status_code}", _wait(response, pause)
            if wait is not None:
                await asyncio.sleep(wait)
        raise BusyError(f"{url} did not answer ({reason}).")

    async def _ask(self, url: str, body: dict[str, Any]) -> tuple[httpx.Response, bytes]:
        """The response, and what it says."""
        content = b""
        async with self._http.stream("POST", url, json=body) as response:
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise EvaluationError(f"{url} compresses its answers, and was asked not to.")
            async for piece in response.aiter_raw():
                content += piece
                if len(content) > _MOST_BYTES:
                    raise EvaluationError(f"{url} answers with more than {_MOST_BYTES} bytes.")
        return response, content


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise EvaluationError(f"{url} is no address like http://127.0.0.1:8001/v1.")
    return parts.hostname


def _wait(response: httpx.Response, pause: float | None) -> float | None:
    """As long as it says itself, within bounds."""
    told = response.headers.get("Retry-After", "")
    if pause is None or not told.isdecimal():
        return pause
    return min(max(pause, float(told)), _LONGEST_PAUSE)


def _content(response: httpx.Response, content: bytes, url: str) -> Any:
    if not response.is_success:
        shown = content[:_SHOWN].decode(errors="replace")
        raise EvaluationError(f"{url} refuses with status {response.status_code}: {shown}")
    try:
        return parse_json(content)
    except JsonTextError as error:
        raise EvaluationError(f"{url} does not answer with JSON.") from error
