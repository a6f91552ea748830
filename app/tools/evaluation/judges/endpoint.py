"""Call an HTTP endpoint that scores, with retries; its key stays out of every message."""

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
"""Before each retry."""
_LONGEST_PAUSE = 60.0
_SHOWN = 300
_MOST_BYTES = 4_000_000
"""Of an answer; a judge's has a few hundred."""


class BusyError(Exception):
    """The endpoint stayed overloaded or silent over all retries."""


class RefusedRequestError(EvaluationError):
    """The endpoint refuses the request as it is."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class JudgeEndpoint:
    """Post JSON objects, and return the JSON of the answers."""

    def __init__(self, url: str, api_key: str | None, timeout: float) -> None:
        """Take an address, and a timeout in seconds for a whole answer.

        Raises :class:`~app.search.benchmark.errors.EvaluationError` where ``url`` is no address.
        """
        self._url = url.rstrip("/")
        self._timeout = timeout
        host = _host(self._url)
        self._http = httpx.AsyncClient(
            headers={
                # A few compressed bytes could expand to any size.
                "Accept-Encoding": "identity",
                **({"Authorization": f"Bearer {api_key}"} if api_key else {}),
            },
            timeout=timeout,
            # A proxy of the environment is for other hosts, not for this machine.
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
        """Post a body and return the JSON of the answer.

        Raises :class:`BusyError` where the endpoint stays overloaded or silent, and
        :class:`~app.search.benchmark.errors.EvaluationError` where a retry would not help: the
        connection, the key or the request is refused, the answer is no JSON or too long.
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
        """Return the response and its content."""
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
        _ = parts.port, httpx.URL(url)
    except (ValueError, httpx.InvalidURL):
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise EvaluationError(f"{url} is no address like http://127.0.0.1:8001/v1.")
    return parts.hostname


def _wait(response: httpx.Response, pause: float | None) -> float | None:
    """Return the seconds before a retry: those of ``Retry-After``, within bounds.

    None where ``pause`` is: no retry is left.
    """
    asked = response.headers.get("Retry-After", "")
    if pause is None or not asked.isdecimal():
        return pause
    return min(max(pause, float(asked)), _LONGEST_PAUSE)


def _content(response: httpx.Response, content: bytes, url: str) -> Any:
    if not response.is_success:
        shown = content[:_SHOWN].decode(errors="replace")
        raise RefusedRequestError(
            f"{url} refuses with status {response.status_code}: {shown}", response.status_code
        )
    try:
        return parse_json(content)
    except JsonTextError as error:
        raise EvaluationError(f"{url} does not answer with JSON.") from error
