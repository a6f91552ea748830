"""Every answer that a test gets is one that the API's description has."""

from functools import cache

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match

from app.main import create_app
from app.settings import Settings

_BUG = 500
"""Answered where the service itself is at fault: never on purpose, so no description has it."""


@cache
def _described() -> dict[tuple[str, str], frozenset[int]]:
    """The statuses of each operation, by method and path; the same whatever the settings."""
    paths = create_app(Settings()).openapi()["paths"]
    return {
        (method.upper(), path): frozenset(map(int, operation["responses"]))
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


def check_described(app: FastAPI, response: httpx.Response) -> None:
    """Fail where the description of the operation that answered lacks the status."""
    request = response.request
    scope = {"type": "http", "method": request.method, "path": request.url.path, "headers": []}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.matches(scope)[0] is Match.FULL:
            known = _described().get((request.method, route.path_format))
            assert known is None or response.status_code in {*known, _BUG}, (
                f"{request.method} {route.path_format} answers {response.status_code}, which its"
                " description lacks: see app/refusals.py."
            )
            return
