"""Map domain errors to HTTP answers, in one package.

Features raise an :class:`AppError`; packages below raise their own, translated here. Every body
is ``{"error": {"code", "message", "detail"}}``; below ``/v1`` it has the form of the OpenAI API,
``{"error": {"message", "type", "param", "code"}}``, and 400 stands for 422.
"""

from app.errors.failures import (
    ENGINE_STATUS,
    Failure,
    describe_engine_error,
    describe_failure,
    retry_after_of,
)
from app.errors.handlers import install_error_handlers
from app.errors.kinds import (
    AppError,
    ConflictError,
    ForbiddenError,
    InsufficientStorageError,
    InvalidError,
    NotFoundError,
    StoppingError,
    TooLargeError,
    TooManyRequestsError,
    TooManyTurnsError,
    UnauthorizedError,
    UnavailableError,
)
from app.errors.openai_shape import is_openai_path, openai_error, openai_status
from app.errors.responses import error_response

__all__ = [
    "ENGINE_STATUS",
    "AppError",
    "ConflictError",
    "Failure",
    "ForbiddenError",
    "InsufficientStorageError",
    "InvalidError",
    "NotFoundError",
    "StoppingError",
    "TooLargeError",
    "TooManyRequestsError",
    "TooManyTurnsError",
    "UnauthorizedError",
    "UnavailableError",
    "describe_engine_error",
    "describe_failure",
    "error_response",
    "install_error_handlers",
    "is_openai_path",
    "openai_error",
    "openai_status",
    "retry_after_of",
]
