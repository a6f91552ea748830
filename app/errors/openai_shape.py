"""Shape errors as the OpenAI API has them."""

from app.schemas import ErrorDetail

_OPENAI_CODES = {"context_too_long": "context_length_exceeded"}
"""Codes that clients of the OpenAI API know, by the code of this service with the same meaning."""


def is_openai_path(path: str) -> bool:
    """Return whether a path belongs to the OpenAI API, however many slashes begin it."""
    return path.lstrip("/").startswith("v1/")


def openai_status(status: int) -> int:
    """Return the status below ``/v1``: the OpenAI API has 400 where this service has 422."""
    return 400 if status == 422 else status


def openai_error(status: int, error: ErrorDetail) -> dict[str, object]:
    """Return the value of ``error`` in a body of the OpenAI API (API reference, "Error codes")."""
    kinds = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    detail = error.detail or {}
    body: dict[str, object] = {
        "message": error.message,
        "type": kind,
        "param": detail.get("param"),
        "code": _OPENAI_CODES.get(error.code, error.code),
    }
    # OpenAI's clients ignore fields that they do not know; ours show which quota it was.
    return body | {"detail": detail} if "quota" in detail else body
