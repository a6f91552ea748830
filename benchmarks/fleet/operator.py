"""Act as the operator of a system under test: import characters, and wait for their indexes."""

import asyncio
import time
from typing import Any

import aiohttp

from app.tools.bench.corpus import Corpus
from app.tools.bench.errors import BenchError
from benchmarks.fleet.commands import ADMIN_KEY

_READY_SECONDS = 120.0
_POLL_SECONDS = 0.25


async def import_characters(base_url: str, corpus: Corpus, count: int) -> list[str]:
    """Import the character of a script so many times, and return the slugs once all are ready."""
    async with _admin(base_url) as http:
        slugs = [await _import(http, corpus) for _ in range(count)]
        for slug in slugs:
            await _until_ready(http, slug)
    return slugs


async def upload(base_url: str, corpus: Corpus) -> str:
    """Import a character, and return its slug without waiting for its index."""
    async with _admin(base_url) as http:
        return await _import(http, corpus)


async def until_ready(base_url: str, slugs: list[str]) -> None:
    """Wait until all characters can be talked to. Raises :class:`BenchError`."""
    async with _admin(base_url) as http:
        for slug in slugs:
            await _until_ready(http, slug)


async def embedder_of(base_url: str) -> str:
    """Return the model id of the embedder of the process that answers."""
    async with _admin(base_url) as http, http.get("/api/status") as answer:
        return str((await answer.json())["embedder"])


def _admin(base_url: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        base_url,
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
        connector=aiohttp.TCPConnector(force_close=True),
        timeout=aiohttp.ClientTimeout(total=120),
    )


async def _import(http: aiohttp.ClientSession, corpus: Corpus) -> str:
    form = aiohttp.FormData({"name": corpus.name, "profile": corpus.profile})
    form.add_field("file", corpus.path.read_bytes(), filename=corpus.path.name)
    async with http.post("/api/characters/import", data=form) as answer:
        body: dict[str, Any] = await answer.json()
        if not answer.ok:
            raise BenchError(f"The script was not taken: {answer.status} {body}")
        return str(body["character"]["slug"])


async def _until_ready(http: aiohttp.ClientSession, slug: str) -> None:
    end = time.perf_counter() + _READY_SECONDS
    shown: dict[str, Any] = {}
    while time.perf_counter() < end:
        async with http.get(f"/api/characters/{slug}") as answer:
            shown = await answer.json()
        if answer.ok and shown["status"] == "ready" and shown["progress"] is None:
            return
        await asyncio.sleep(_POLL_SECONDS)
    raise BenchError(f"{slug} does not become ready: {shown}")
