"""Define the errors that features raise, by HTTP status."""


class AppError(Exception):
    """Report a failure to the caller. ``code`` is stable; ``message`` says what to do."""

    status = 400

    def __init__(
        self, code: str, message: str, /, *, retry_after: int | None = None, **detail: object
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.detail = detail


class InvalidError(AppError):
    """Refuse a request that is well-formed but cannot be carried out."""

    status = 422


class UnauthorizedError(AppError):
    """Refuse a caller whose admin key is missing or wrong."""

    status = 401


class ForbiddenError(AppError):
    """Refuse a request that this caller, or its origin, may not make."""

    status = 403


class NotFoundError(AppError):
    """Report that no object has this id, or that it belongs to another caller."""

    status = 404


class ConflictError(AppError):
    """Refuse a change that the present state of the object does not allow."""

    status = 409


class TooLargeError(AppError):
    """Refuse input that exceeds a limit."""

    status = 413


class TooManyRequestsError(AppError):
    """Refuse a request while the allowed number runs; nothing was stored, and retrying helps."""

    status = 429


class TooManyTurnsError(TooManyRequestsError):
    """Refuse a turn while all slots are taken and the queue is full; nothing was stored."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "too_many_turns",
            "Too many replies are being written at the moment. "
            f"Nothing was stored; try again in {retry_after} s.",
            retry_after=retry_after,
        )


class UnavailableError(AppError):
    """Report that a dependency of the service does not answer; retrying can help."""

    status = 503


class StoppingError(UnavailableError):
    """Report that the service is stopping before the request was finished."""

    def __init__(self) -> None:
        super().__init__(
            "service_stopping",
            "The service is being stopped before this was done. Try again in a moment.",
            retry_after=5,
        )


class InsufficientStorageError(AppError):
    """Report that the disk is too full for the upload."""

    status = 507

    def __init__(self) -> None:
        super().__init__(
            "storage_full",
            "The disk of this service is full, so this could not be taken. Nothing was stored; "
            "an admin has to make room.",
        )
