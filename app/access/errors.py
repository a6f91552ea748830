"""Define the errors of access: at the start, and at a request."""

from app.errors import AppError


class AccessSetupError(Exception):
    """Report settings that would leave the service unguarded. The message says what to do."""


class NoAdminKeyError(AccessSetupError):
    """Report that the service is reachable for others without an admin key."""

    def __init__(self, reason: str) -> None:
        """``reason``: what Offbook refuses to do without a key, without a full stop."""
        super().__init__(
            f"{reason}. Make one with `offbook admin-key create`, or set OFFBOOK_ACCESS__ADMIN_KEY."
        )


class WeakAdminKeyError(AccessSetupError):
    """Report that the configured admin key is short enough to be guessed."""

    def __init__(self, least: int) -> None:
        super().__init__(
            f"OFFBOOK_ACCESS__ADMIN_KEY is shorter than {least} characters and could be guessed. "
            "Choose a longer one, for instance with `openssl rand -hex 24`, or leave it out and "
            "run `offbook admin-key create`."
        )


class TooManyAttemptsError(AppError):
    """Refuse keys from an address for ``retry_after`` seconds, after too many wrong ones."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "too_many_attempts",
            "Too many wrong keys or passwords came from this address, or for this account. "
            f"None is looked at for another {retry_after} s.",
            retry_after=retry_after,
            seconds=retry_after,
        )
