"""Write errors as JSON responses."""

import json
from collections.abc import Mapping

from fastapi.responses import JSONResponse
from starlette.types import Scope

from app.errors.openai_shape import is_openai_path, openai_error, openai_status
from app.schemas import ErrorBody, ErrorDetail


class _ErrorResponse(JSONResponse):
    """Render an error; half a surrogate pair quoted from the request becomes a question mark."""

    def render(self, content: object) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode(errors="replace")


def error_response(
    scope: Scope, status: int, error: ErrorDetail, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """Return an error body with its status, in the form of the API that was requested."""
    if is_openai_path(scope["path"]):
        status = openai_status(status)
        body: dict[str, object] = {"error": openai_error(status, error)}
    else:
        body = ErrorBody(error=error).model_dump(mode="json")
    # Set here as well as by the middleware: the answer to an unexpected error bypasses it.
    defaults = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return _ErrorResponse(body, status_code=status, headers=defaults | dict(headers or {}))
