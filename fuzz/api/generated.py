"""Cases that Schemathesis makes up from the service's own description."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import schemathesis
from schemathesis import Case, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.engine import StopReason, events, from_schema
from schemathesis.engine.core import EventStream
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.schemas import BaseSchema

from fuzz.api.damaged import Accepted
from fuzz.api.service import SIGN_IN, Service
from fuzz.api.stock import Stock
from fuzz.api.tally import Finding, Tally

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)

_MOST_A_ROUND = 40
"""Cases of an operation before the next one has its turn; rounds go on until enough were made."""
_ROUNDS = 150
"""Cases of a short run for each one of an operation's round: twice the number of operations."""
_SHORT = 5_000
"""Cases below which a run leaves the boundary values out: those alone are 3,000."""


def load(address: str, headers: Mapping[str, str], seed: int, cases: int) -> BaseSchema:
    """Read the description that the service gives of itself."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "max-failures": 10_000,
            "continue-on-failure": True,
            "request-timeout": 30,
            "headers": dict(headers),
            "generation": {
                "max-examples": min(_MOST_A_ROUND, 1 + cases // _ROUNDS),
                "database": "none",
            },
            "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
            "output": {"sanitization": {"enabled": False}},
            "phases": {
                # What is generated follows from the seed alone, not from what was answered.
                "fuzzing": {
                    "extra-data-sources": {"responses": False},
                    "error-feedback": {"enabled": False},
                },
                "coverage": {
                    "enabled": cases >= _SHORT,
                    "extra-data-sources": {"responses": False},
                    "generate-duplicate-query-parameters": True,
                },
            },
        }
    )
    return schemathesis.openapi.from_url(f"{address}/api/openapi.json", config=config)


def run(
    schema: BaseSchema,
    service: Service,
    stock: Stock,
    tally: Tally,
    accepted: Accepted,
    *,
    seed: int,
    cases: int,
    seconds: float,
) -> None:
    """Send at least ``cases`` cases, or fewer in ``seconds``; count answers and findings."""
    _count(schema, stock, tally, accepted)
    schema.config.max_time = int(seconds)
    ends = time.monotonic() + seconds
    with _naming_what_exists(service, stock, seed):
        _follow(from_schema(schema).execute(), tally, cases, ends)


def _follow(stream: EventStream, tally: Tally, cases: int, ends: float) -> None:
    """Take findings as they come; stop the stream when enough was sent."""
    for event in stream:
        if isinstance(event, events.ScenarioFinished):
            _take_findings(event, tally)
        elif isinstance(event, events.NonFatalError):
            tally.report(Finding(event.label, str(event.info), event.info.code_sample or ""))
        elif isinstance(event, events.EngineFinished):
            _check_end(event, tally)
        if tally.cases >= cases or time.monotonic() >= ends:
            stream.stop()


@contextmanager
def _naming_what_exists(service: Service, stock: Stock, seed: int) -> Iterator[None]:
    """Put names of stored things where the description only says: a string, a UUID."""

    def name(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
        if case.operation.label == SIGN_IN:
            case.headers.update(service.stranger(random.Random(f"{seed} {case!r}")))
        made = case.meta
        if not made or made.phase.name.value != "stateful":
            stock.fill(case, seed)

    # Schemathesis has this hook for all schemas of a process only.
    schemathesis.hook("before_call")(name)
    try:
        yield
    finally:
        GLOBAL_HOOK_DISPATCHER.unregister(name)


def _count(schema: BaseSchema, stock: Stock, tally: Tally, accepted: Accepted) -> None:
    def count(context: HookContext, case: Case[Any], response: Response) -> None:
        method = response.request.method or ""
        tally.count(f"{method} {case.operation.path}", response.status_code)
        stock.note(method, response.status_code)
        accepted.note(case, response)

    schema.hook("after_call")(count)


def _is_busy(check: str, response: Response) -> bool:
    """Return whether a documented 503 says when to come again: a loaded machine is no fault."""
    names = {name.lower() for name in response.headers}
    return check == "not_a_server_error" and response.status_code == 503 and "retry-after" in names


def _take_findings(event: events.ScenarioFinished, tally: Tally) -> None:
    for id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is None:
                continue
            case = event.recorder.cases[id].value
            failure = check.failure_info.failure
            response = event.recorder.interactions[id].response
            if response is not None and _is_busy(check.name, response):
                continue
            said = (response.content or b"")[:300] if response else b""
            words = " ".join(f"{failure.title}. {failure.message}".split())[:300]
            status = response.status_code if response else "none"
            tally.report(
                Finding(
                    case.operation.label,
                    f"{check.name}: {status}",
                    f"{words}\n  {check.failure_info.code_sample}\n  {said!r}",
                )
            )


def _check_end(event: events.EngineFinished, tally: Tally) -> None:
    fine = {StopReason.COMPLETED, StopReason.INTERRUPTED, StopReason.MAX_TIME}
    if event.stop_reason not in fine:
        tally.report(Finding("all", f"the run ended early: {event.stop_reason.value}", ""))
