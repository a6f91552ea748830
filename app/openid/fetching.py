"""Ask the provider over HTTP, within bounds of size and time."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from app.openid.errors import ProviderMisconfiguredError, ProviderUnavailableError
from app.settings.openid import is_local_host

_MOST_BYTES = 500_000
"""Bytes of an answer. The longest documents and key sets of large providers have about 50,000."""
_BUFFER_BYTES = 65_536

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """Describe a request."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold the JSON object of an answer."""

    status: int
    content: JsonObject

    @property
    def is_success(self) -> bool:
        return self.status == HTTPStatus.OK


async def fetch(sent: Sent, seconds: float) -> Answer:
    """Return the provider's answer, which is a JSON object.

    Redirects are not followed and compression is not accepted. Raises
    :class:`ProviderUnavailableError` where it takes longer than ``seconds`` or answers 500 and
    above, and :class:`ProviderMisconfiguredError` for an answer that is too long or no object.
    """
    place = f"{urlsplit(sent.url).netloc}{urlsplit(sent.url).path}"
    try:
        async with asyncio.timeout(seconds), _session(sent.url) as session:
            headers = {"Accept": "application/json", "Accept-Encoding": "identity", **sent.headers}
            async with session.request(
                sent.method, sent.url, headers=headers, data=sent.body, allow_redirects=False
            ) as response:
                status = response.status
                if response.headers.get("content-encoding", "identity").lower() != "identity":
                    raise ProviderMisconfiguredError(f"{place} compresses, and was asked not to")
                content = await _read(response, place)
    except TimeoutError as error:
        raise ProviderUnavailableError(f"{place} did not answer within {seconds:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise ProviderUnavailableError(f"{place} cannot be reached: {error!r}") from error
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise ProviderUnavailableError(f"{place} answered {status}")
    return Answer(status, _parsed(content, place, status))


def _session(url: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        auto_decompress=False,
        read_bufsize=_BUFFER_BYTES,
        cookie_jar=aiohttp.DummyCookieJar(),
        # A proxy of the environment does not reach loopback addresses.
        trust_env=not is_local_host(urlsplit(url).hostname or ""),
    )


async def _read(response: aiohttp.ClientResponse, place: str) -> bytes:
    pieces, size = [], 0
    while piece := await response.content.readany():
        pieces.append(piece)
        size += len(piece)
        if size > _MOST_BYTES:
            raise ProviderMisconfiguredError(f"{place} answered more than {_MOST_BYTES} bytes")
    return b"".join(pieces)


def _parsed(content: bytes, place: str, status: int) -> JsonObject:
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ProviderMisconfiguredError(f"{place} answered {status} without JSON") from error
    if not isinstance(parsed, dict):
        raise ProviderMisconfiguredError(f"{place} answered {status} without an object")
    return parsed
