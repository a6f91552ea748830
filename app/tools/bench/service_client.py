"""Use the service as a visitor's program does."""

import asyncio
import json
import time
from types import TracebackType
from typing import Any, Self

import aiohttp

from app.engines.sse import EventTooLongError, SSEParser
from app.tools.bench.corpus import Corpus
from app.tools.bench.errors import BenchError
from app.tools.bench.samples import TurnSample

_TURN_SECONDS = 600
_POLL_SECONDS = 0.05


class ServiceClient:
    """Import a character, open conversations, and take turns in them."""

    def __init__(self, base_url: str) -> None:
        # One connection a chatter, so that none waits for another's.
        self._http = aiohttp.ClientSession(
            base_url,
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=_TURN_SECONDS),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.close()

    async def import_character(self, corpus: Corpus, sampling: dict[str, Any]) -> str:
        """Import the character of a script, wait for its index, and return its slug."""
        form = aiohttp.FormData({"name": corpus.name, "profile": corpus.profile})
        form.add_field("file", corpus.path.read_bytes(), filename=corpus.path.name)
        imported = await self._json("POST", "/api/characters/import", data=form)
        slug = str(imported["character"]["slug"])
        await self._indexed(slug)
        await self._json("PATCH", f"/api/admin/characters/{slug}", json={"sampling": sampling})
        return slug

    async def open(self, slug: str, user_name: str) -> str:
        """Open a conversation and return its id."""
        wanted = {"character": slug, "user_name": user_name}
        return str((await self._json("POST", "/api/conversations", json=wanted))["id"])

    async def turn(self, conversation: str, message: str) -> TurnSample:
        """Take one streamed turn and return its sample; a failure is noted there, not raised."""
        sample = TurnSample()
        path = f"/api/conversations/{conversation}/messages"
        try:
            async with self._http.post(path, json={"content": message, "stream": True}) as answer:
                if answer.status != 200:
                    sample.error = f"{answer.status} {(await answer.json())['error']['code']}"
                else:
                    await _listen(answer, sample)
        except (aiohttp.ClientError, TimeoutError, EventTooLongError) as error:
            sample.error = type(error).__name__
        sample.ended = time.perf_counter()
        return sample

    async def _indexed(self, slug: str) -> None:
        while True:
            shown = await self._json("GET", f"/api/characters/{slug}")
            if shown["status"] == "failed":
                raise BenchError(f"The script cannot be used: {shown['error']}")
            if shown["status"] == "ready" and shown["progress"] is None:
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _json(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        try:
            async with self._http.request(method, path, **body) as answer:
                if not answer.ok:
                    raise BenchError(f"{method} {path}: {answer.status} {await answer.text()}")
                content: dict[str, Any] = await answer.json()
                return content
        except (aiohttp.ClientError, TimeoutError) as error:
            raise BenchError(f"{method} {path}: {error!r}") from error


async def _listen(answer: aiohttp.ClientResponse, sample: TurnSample) -> None:
    parser = SSEParser()
    sample.error = "ended early"
    async for chunk in answer.content.iter_any():
        for name, data in parser.feed_events(chunk):
            if name == "delta":
                sample.record_piece()
            elif name == "done":
                reply = json.loads(data)
                sample.error = None
                sample.take_usage(reply["usage"])
                sample.embed_ms = reply["timings"]["embed"]
            elif name == "error":
                sample.error = json.loads(data)["error"]["code"]
