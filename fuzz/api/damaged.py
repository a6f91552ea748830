"""Sends accepted requests again, damaged, and checks the answers as Schemathesis does."""

import http.client
import json
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import requests
from schemathesis import Case
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from fuzz.api.damage import Damaged, damage
from fuzz.api.service import SIGN_IN, Service
from fuzz.api.stock import Stock
from fuzz.api.tally import Finding, Tally
from fuzz.api.wire import Answer, Request, leave, send, take_apart

_CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
_ELSEWHERE = {400, 403, 404, 405, 431}
"""What the server or the router may answer where a request met no operation."""


_LEAVING = (0, 1, 4_096)
"""Bytes of an answer after which a caller leaves."""
_SERVED = 4
"""Cases of an operation that are damaged."""

Operation = APIOperation[Any, Any, Any, Any]


class Accepted:
    """Keeps cases of each operation: the first that were served, else one that was not."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)
        self._served: dict[str, list[Case[Any]]] = {}
        self._refused: dict[str, Case[Any]] = {}

    def note(self, case: Case[Any], response: Response) -> None:
        """Take notice of an answer."""
        label = case.operation.label
        if response.request.method != case.operation.method.upper():
            return
        if response.status_code >= 300:
            self._refused.setdefault(label, case.derive())
            return
        kept = self._served.setdefault(label, [])
        # One with a body shows one kind of file, or some of the fields.
        if len(kept) < (_SERVED if response.request.body else 1):
            kept.append(case.derive())

    def requests(self, stock: Stock, seed: int) -> Iterator[tuple[Operation, Request]]:
        """Yield them as requests, with names of what is stored now."""
        refused = [each for label, each in self._refused.items() if label not in self._served]
        for case in (*chain.from_iterable(self._served.values()), *refused):
            stock.fill(case, seed, files=False)
            base_url = case.operation.schema.get_base_url()
            given = case.as_transport_kwargs(base_url=base_url, headers=self._headers)
            yield case.operation, take_apart(requests.Request(**given).prepare())


def run(
    accepted: Accepted,
    service: Service,
    stock: Stock,
    tally: Tally,
    *,
    seed: int,
    share: float,
    seconds: float,
) -> None:
    """Send ``share`` of all damaged requests, or as many as ``seconds`` allow."""
    source = random.Random(seed)
    ends = time.monotonic() + seconds
    for operation, request in accepted.requests(stock, seed):
        for read in _LEAVING:
            leave(operation.schema.get_base_url(), request, read)
        for each in damage(request):
            if time.monotonic() >= ends:
                return
            if source.random() < share:
                _try(operation, _shown_elsewhere(operation, each, service, source), tally)


def _shown_elsewhere(
    operation: Operation, damaged: Damaged, service: Service, source: random.Random
) -> Damaged:
    """Let a request that shows a wrong key, as far as its kind says, come from a stranger."""
    shows = operation.label == SIGN_IN or damaged.kind.startswith("header Authorization")
    if not shows or damaged.kind.startswith("header X-Forwarded-For"):
        return damaged
    request = damaged.request
    for name, value in service.stranger(source).items():
        request = request.with_header(name.encode(), value.encode())
    return replace(damaged, request=request)


def _try(operation: Operation, damaged: Damaged, tally: Tally) -> None:
    """Send it, count the answer and report what is wrong with it."""
    tally.damaged += 1
    status = 0
    try:
        answer = send(operation.schema.get_base_url(), damaged.request)
        status = answer.status
        problem = _problem(operation, damaged, answer)
    except (OSError, http.client.HTTPException) as error:
        problem = f"no answer: {type(error).__name__}: {error}"
    tally.count(operation.label, status)
    if problem:
        kind = damaged.kind.partition(" ")[0]
        told = f"{damaged.kind}\n  {damaged.request.encode()[:2_000]!r}"
        tally.report(Finding(operation.label, f"{kind}: {problem[:200]}", told))


def _problem(operation: Operation, damaged: Damaged, answer: Answer) -> str:
    """What is wrong with an answer; empty where nothing is."""
    if answer.status >= 500:
        return f"{answer.status}: {answer.body[:200]!r}"
    if damaged.meets != "operation" and answer.status in _ELSEWHERE:
        if answer.status == 405 and "allow" not in answer.headers:
            return "405 without Allow"
        return "" if damaged.request.method == b"HEAD" else _misshapen(answer)
    if damaged.meets == "method" or _is_elsewhere(operation, damaged):
        return ""
    response = Response(
        status_code=answer.status,
        headers={name: [value] for name, value in answer.headers.items()},
        content=answer.body,
        request=requests.Request("GET", "http://127.0.0.1").prepare(),  # no check reads it
        elapsed=0,
        verify=False,
    )
    try:
        # A failure's report has an address, for which every name must be filled in.
        names = {parameter.name: "x" for parameter in operation.path_parameters}
        operation.Case(path_parameters=names).validate_response(response, checks=_CHECKS)
    except FailureGroup as failures:
        words = str(failures.exceptions[0]).split()
        return f"{answer.status} {' '.join(words)}"
    return ""


def _is_elsewhere(operation: Operation, damaged: Damaged) -> bool:
    """Whether the path is another one now: another operation may have answered."""
    return damaged.meets == "any" and damaged.kind.startswith("path")


def _misshapen(answer: Answer) -> str:
    """Whether an error has none of the two error bodies, nor is uvicorn's own."""
    if answer.body == b"Invalid HTTP request received.":
        return ""
    try:
        error = json.loads(answer.body)["error"]
    except (ValueError, KeyError, TypeError):
        return f"{answer.status} without an error body: {answer.body[:100]!r}"
    known = ({"code", "message", "detail"}, {"code", "message", "type", "param"})
    return "" if error.keys() in known else f"{answer.status} with {sorted(error)}"
