"""Describe how the engine does, from this process's metrics and what all processes store."""

import asyncio
import os
from collections.abc import Sequence
from importlib.metadata import version

from app.db.in_use import running_services
from app.db.session import Database
from app.dependencies import CoreServices
from app.engines.host import EngineHost
from app.engines.port import EngineError
from app.engines.server_metrics import read_server_metrics
from app.health.engine_schemas import (
    EngineHealth,
    FailureHealth,
    ProcessHealth,
    QueueHealth,
    ReplyHealth,
    ServerHealth,
    ServiceProcess,
)
from app.health.repository import StoredReply, index_jobs, recent_replies, running_turns
from app.health.service import check_engine, describe_engine
from app.observability import Metrics
from app.settings import Settings

RECENT_SECONDS = 900


async def describe_health(services: CoreServices) -> EngineHealth:
    """Return the engine's health. It takes some two seconds at most."""
    check, status, servers, stored = await asyncio.gather(
        check_engine(services.engine),
        describe_engine(services),
        _servers(services),
        _stored(services.database, services.metrics),
    )
    # Asked only of an engine that answers: each refusal would count as a failure of the engine.
    context = await _context_length(services.engine) if status.state == "ready" else None
    replies, process = stored
    return EngineHealth(
        engine=status,
        ready=check.ok,
        context_length=context,
        queue=_queue(services.metrics, services.settings),
        replies=summarize(replies),
        failures=_failures(services.engine),
        servers=servers,
        process=process,
    )


async def _context_length(engine: EngineHost) -> int | None:
    try:
        async with asyncio.timeout(2):
            return (await engine.limits()).context_length
    except (EngineError, TimeoutError):
        return None


def _queue(metrics: Metrics, settings: Settings) -> QueueHealth:
    return QueueHealth(
        running=metrics.now("offbook_running_turns"),
        waiting=metrics.now("offbook_waiting_turns"),
        most_running=settings.running_turns,
        most_waiting=settings.limits.waiting_turns,
        refused=metrics.now("offbook_rejected_turns_total"),
    )


def summarize(replies: Sequence[StoredReply]) -> ReplyHealth:
    """Return the figures of some replies."""
    first = sorted(each.first_token_ms for each in replies if each.first_token_ms is not None)
    rates = sorted(each.tokens_per_second for each in replies if each.tokens_per_second is not None)
    return ReplyHealth(
        seconds=RECENT_SECONDS,
        replies=len(replies),
        cut_off=sum(not each.complete for each in replies),
        first_token_ms=_quantile(first, 0.5),
        first_token_slow_ms=_quantile(first, 0.95),
        tokens_per_second=_quantile(rates, 0.5),
    )


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the least value that at least this share of the values does not exceed."""
    if not ordered:
        return None
    return round(ordered[max(0, -int(-share * len(ordered) // 1) - 1)], 1)


def _failures(engine: EngineHost) -> list[FailureHealth]:
    found: dict[str, FailureHealth] = {}
    for failure, seconds in engine.recent_failures(RECENT_SECONDS):
        known = found.setdefault(
            failure.kind,
            FailureHealth(
                kind=failure.kind,
                recent=0,
                total=engine.failures()[failure.kind],
                seconds_ago=round(seconds, 1),
                reason=failure.reason,
            ),
        )
        known.recent += 1
    older = [
        FailureHealth(kind=kind, recent=0, total=total, seconds_ago=None, reason="")
        for kind, total in sorted(engine.failures().items())
        if kind not in found
    ]
    return [*found.values(), *older]


async def _servers(services: CoreServices) -> list[ServerHealth]:
    engine = services.settings.engine
    if engine.kind != "openai":
        return []
    key = engine.api_key.get_secret_value() if engine.api_key else None
    reports = await asyncio.gather(*(read_server_metrics(url, key) for url in engine.base_urls))
    replicas = {each.number: each for each in services.engine.replicas()}
    return [
        ServerHealth(
            number=number,
            available=replica.available if (replica := replicas.get(number)) else None,
            detail=replica.detail if replica else "",
            outstanding=replica.outstanding if replica else None,
            failures=replica.failures if replica else None,
            reports=report is not None,
            running=report.running if report else None,
            waiting=report.waiting if report else None,
            cache_used=report.cache_used if report else None,
            first_token_ms=(
                round(report.first_token_seconds * 1_000, 1)
                if report and report.first_token_seconds is not None
                else None
            ),
        )
        for number, report in enumerate(reports, start=1)
    ]


async def _stored(database: Database, metrics: Metrics) -> tuple[list[StoredReply], ProcessHealth]:
    async with database.read() as session:
        replies = await recent_replies(session, RECENT_SECONDS)
        turns = await running_turns(session)
        working, waiting = await index_jobs(session)
        processes = await running_services(session)
    return replies, ProcessHealth(
        version=version("offbook"),
        started_at=metrics.started_at,
        pid=os.getpid(),
        others_known=processes is not None,
        processes=[
            ServiceProcess(since=each.since, address=each.address) for each in processes or ()
        ],
        turns=turns,
        indexing=working,
        indexing_waiting=waiting,
    )
