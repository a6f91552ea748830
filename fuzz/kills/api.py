"""Call the service as the clients of the load do."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from app.engines.sse import ServerEvent, SSEParser

_SILENCE_SECONDS = 60
"""Longest time without a byte; a slower answer counts as none."""


class ServiceGoneError(Exception):
    """The connection broke, or was refused."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Hold a file of a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold an answer that arrived completely."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Return whether the service reports success."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """Return the error's code, empty for a success."""
        return str(self._error.get("code", ""))

    @property
    def detail(self) -> dict[str, Any]:
        """Return the error's detail, empty without one."""
        return self._error.get("detail") or {}

    @property
    def _error(self) -> dict[str, Any]:
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return error if isinstance(error, dict) else {}


class Api:
    """Hold the connections to one running service."""

    def __init__(self, base_url: str) -> None:
        self._http = aiohttp.ClientSession(
            base_url,
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_read=_SILENCE_SECONDS),
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        form: Mapping[str, str | Upload] | None = None,
    ) -> Answer:
        """Send a request and return the whole answer. Raises :class:`ServiceGoneError`."""
        data = None if form is None else _form(form)
        try:
            async with self._http.request(method, path, json=json, data=data) as answer:
                content = await answer.read()
                return Answer(answer.status, _parse(content, answer.content_type))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ServiceGoneError(f"{method} {path}: {error!r}") from error

    @asynccontextmanager
    async def stream(self, path: str, body: object) -> AsyncIterator["EventStream"]:
        """Send a request and yield its stream of events. Leaving the block hangs up.

        Raises :class:`ServiceGoneError`.
        """
        try:
            async with self._http.post(path, json=body) as answer:
                yield EventStream(answer)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ServiceGoneError(f"POST {path}: {error!r}") from error


class EventStream:
    """Read an answer of server-sent events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self.status = answer.status

    async def refusal(self) -> Answer:
        """Return the whole answer, where it is no stream."""
        return Answer(self.status, _parse(await self._answer.read(), self._answer.content_type))

    async def events(self) -> AsyncIterator[ServerEvent]:
        """Yield each event as it comes."""
        parser = SSEParser()
        async for chunk in self._answer.content.iter_any():
            for event in parser.feed_events(chunk):
                yield event


def _parse(content: bytes, media_type: str) -> Any:
    return json.loads(content) if media_type == "application/json" and content else content


def _form(fields: Mapping[str, str | Upload]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields.items():
        if isinstance(value, Upload):
            form.add_field(name, value.content, filename=value.name)
        else:
            form.add_field(name, value)
    return form
