"""An HTTP endpoint that scores: asked with patience, its key kept out of every message."""

import asyncio
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from app.evaluation.errors import EvaluationError

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_PAUSE_SECONDS = (1.0, 4.0, 15.0)
"""Before each further try."""
_LONGEST_PAUSE = 60.0
_SHOWN = 300


class BusyError(Exception):
    """It did not answer, however often it was asked."""


class Endpoint:
    """Takes JSON objects, answers with JSON objects."""

    def __init__(self, url: str, api_key: str | None, timeout: float) -> None:
        """``timeout`` is in seconds. Raises
        :class:`~app.evaluation.errors.EvaluationError` for what is no address."""
        self._url = url.rstrip("/")
        host = _host(self._url)
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else None,
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
        :class:`~app.evaluation.errors.EvaluationError` where asking again would not help: nobody
        is there, the key or the request is refused, the answer is no JSON.
        """
        url = self._url + path
        for pause in (*_PAUSE_SECONDS, None):
            try:
                response = await self._http.post(url, json=body)
            except httpx.ConnectError as error:
                raise EvaluationError(f"Nobody answers at {url}.") from error
            except httpx.HTTPError as error:
                reason, wait = type(error).__name__, pause
            else:
                if response.status_code not in _BUSY:
                    return _content(response, url)
                reason, wait = f"status {response.status_code}", _wait(response, pause)
            if wait is not None:
                await asyncio.sleep(wait)
        raise BusyError(f"{url} did not answer ({reason}).")


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


def _content(response: httpx.Response, url: str) -> Any:
    if not response.is_success:
        raise EvaluationError(
            f"{url} refuses with status {response.status_code}: {response.text[:_SHOWN]}"
        )
    try:
        return response.json()
    except ValueError as error:
        raise EvaluationError(f"{url} does not answer with JSON.") from error
