"""Time searches among 100,000 characters on both databases, as a client of the API sees them."""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from sqlalchemy import make_url, text

from app.db.migrate import upgrade
from app.db.migration_connection import migrating
from app.settings import Settings
from app.tools.bench.clocks import TimedEngine
from app.tools.bench.figures import Figure, percentile
from app.tools.bench.in_process import LoopbackService, on_loopback
from benchmarks.fleet.databases import database
from retrieval.embedding.hashing import HashingEmbedder
from tests.app.db.large_database import CHARACTERS, fill

_TIMES = 50
_SEARCHES = {
    "without a hit": "no such words",
    "without a hit, in Chinese": "不存在的人",
    "with one hit": "lamp 77777",
    "with many hits": "Lighthouse",
}
_GOALS = {"without a hit": "<= 20", "without a hit, in Chinese": "<= 20"}


async def time_searches(postgres: str | None) -> list[Figure]:
    """Measure on SQLite, and on PostgreSQL where a server is given."""
    with tempfile.TemporaryDirectory(prefix="offbook-search-") as folder:
        file = Path(folder) / "offbook.sqlite3"
        figures = await _time(f"sqlite:///{file}", Path(folder), "SQLite")
    if postgres:
        with tempfile.TemporaryDirectory(prefix="offbook-search-") as folder:
            async with database(postgres, "search") as url:
                figures += await _time(url, Path(folder), "PostgreSQL")
    return figures


async def _time(url: str, folder: Path, kind: str) -> list[Figure]:
    await asyncio.to_thread(_fill, Settings(database={"url": url}).database_url)
    # Without a worker: it would index them all.
    sections = {"database": {"url": url}, "server": {"role": "web"}}
    async with on_loopback(folder, TimedEngine(), HashingEmbedder(16), **sections) as service:
        figures = []
        for name, words in _SEARCHES.items():
            times = await _times(service, words)
            title = f"{kind}, search among {CHARACTERS:,} characters {name}"
            figures += [
                Figure(f"{title}, p50", median(times), "ms", _GOALS.get(name, "")),
                Figure(f"{title}, p95", percentile(times, 0.95), "ms"),
            ]
        return figures


async def _times(service: LoopbackService, words: str) -> list[float]:
    """Return the milliseconds of each of several requests, after two that warm up."""
    times = []
    for _ in range(_TIMES + 2):
        before = time.perf_counter()
        await service.json("GET", "/api/characters", params={"q": words})
        times.append((time.perf_counter() - before) * 1_000)
    return times[2:]


def _fill(url: str) -> None:
    upgrade(url)
    with migrating(make_url(url)) as connection:
        fill(connection, talks=False)
        connection.execute(text("ANALYZE"))
