"""Failures of access: at the start, and at a request."""

from app.errors import AppError


class AccessSetupError(Exception):
    """The settings would leave the service unguarded. The message says what to do."""


class NoAdminKeyError(AccessSetupError):
    """Others would reach the service, and no admin key exists that guards it."""

    def __init__(self, reason: str) -> None:
        """``reason`` says what Offbook will not do without one, as a sentence without its stop."""
        super().__init__(
            f"{reason}. Make one with `offbook admin-key create`, or set OFFBOOK_ACCESS__ADMIN_KEY."
        )


class WeakAdminKeyError(AccessSetupError):
    """The configured admin key can be guessed."""

    def __init__(self, least: int) -> None:
        super().__init__(
            f"OFFBOOK_ACCESS__ADMIN_KEY is shorter than {least} characters and could be guessed. "
            "Choose a longer one, for instance with `openssl rand -hex 24`, or leave it out and "
            "run `offbook admin-key create`."
        )


class TooManyAttemptsError(AppError):
    """Too many wrong keys came from the caller's address; none is looked at for a while."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "too_many_attempts",
            "Too many wrong keys came from this address. "
            f"Keys are not looked at for another {retry_after} s.",
            retry_after=retry_after,
            seconds=retry_after,
        )
