"""Answer every exception with an error body."""

import math

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from app.engines.port import EngineError
from app.errors.failures import (
    describe_engine_error,
    describe_file_error,
    retry_after_of,
)
from app.errors.invalid_fields import find_invalid_field
from app.errors.kinds import AppError
from app.errors.openai_shape import is_openai_path
from app.errors.responses import error_response
from app.schemas import ErrorDetail
from characters.errors import FileError
from characters.prompting import PromptTooLongError

log = structlog.get_logger(__name__)

_NAMED_PROBLEMS = 20
"""Problems named of an invalid request: with a wrong field in every line, the answer would outgrow
the request."""


def _retry_after(seconds: int | None) -> dict[str, str]:
    return {} if seconds is None else {"Retry-After": str(math.ceil(seconds))}


async def _on_app_error(request: Request, error: AppError) -> JSONResponse:
    detail = ErrorDetail(code=error.code, message=error.message, detail=error.detail or None)
    return error_response(request.scope, error.status, detail, _retry_after(error.retry_after))


async def _on_file_error(request: Request, error: FileError) -> JSONResponse:
    status, detail = describe_file_error(error)
    return error_response(request.scope, status, detail)


async def _on_engine_error(request: Request, error: EngineError) -> JSONResponse:
    status, detail = describe_engine_error(error)
    return error_response(
        request.scope, status, detail, _retry_after(retry_after_of(error, status))
    )


async def _on_prompt_too_long(request: Request, error: PromptTooLongError) -> JSONResponse:
    return error_response(
        request.scope, 422, ErrorDetail(code="context_too_long", message=str(error))
    )


async def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if is_openai_path(request.scope["path"]):
        field = find_invalid_field(found, error.body)
        invalid = ErrorDetail(
            code="invalid_request", message=field.message, detail={"param": field.param}
        )
        return error_response(request.scope, 422, invalid)
    problems = [
        {"where": ".".join(str(part) for part in problem["loc"]), "problem": problem["msg"]}
        for problem in found[:_NAMED_PROBLEMS]
    ]
    first = problems[0]
    more = {"problems_total": len(found)} if len(found) > len(problems) else {}
    detail = ErrorDetail(
        code="invalid_request",
        message=f"{first['where']}: {first['problem']}",
        detail={"problems": problems, **more},
    )
    return error_response(request.scope, 422, detail)


async def _on_http_error(request: Request, error: HTTPException) -> JSONResponse:
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(
        error.status_code, "http_error"
    )
    return error_response(
        request.scope,
        error.status_code,
        ErrorDetail(code=code, message=str(error.detail)),
        error.headers,
    )


async def _on_integrity_error(request: Request, error: IntegrityError) -> JSONResponse:
    log.warning("conflicting_change", error=str(error.orig))
    detail = ErrorDetail(
        code="conflict",
        message="Somebody else changed the same thing at the same moment. "
        "Nothing was stored by this request; try again.",
    )
    return error_response(request.scope, 409, detail, _retry_after(1))


async def _on_database_error(
    request: Request, error: DBAPIError | PoolTimeoutError
) -> JSONResponse:
    log.error("database_error", error=str(getattr(error, "orig", error)))
    detail = ErrorDetail(
        code="database_unavailable",
        message="The database did not answer: it is locked, read-only or away. "
        "Nothing was stored by this request; try again in a moment.",
    )
    return error_response(request.scope, 503, detail, _retry_after(2))


async def _on_anything_else(request: Request, error: Exception) -> JSONResponse:
    log.exception("unexpected_error", exc_info=error)
    detail = ErrorDetail(
        code="internal_error", message="Something went wrong here; it has been logged."
    )
    return error_response(request.scope, 500, detail)


def install_error_handlers(app: FastAPI) -> None:
    """Register the handlers, so that every failure is answered with the same body."""
    app.add_exception_handler(AppError, _on_app_error)  # type: ignore[arg-type]  # Starlette's handler type is not generic in the exception
    app.add_exception_handler(FileError, _on_file_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(EngineError, _on_engine_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(RequestValidationError, _on_validation_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(HTTPException, _on_http_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(PromptTooLongError, _on_prompt_too_long)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(IntegrityError, _on_integrity_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(DBAPIError, _on_database_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(PoolTimeoutError, _on_database_error)  # type: ignore[arg-type]  # as above
    app.add_exception_handler(Exception, _on_anything_else)
