"""Define the errors of contents that are kept outside the database."""

from app.errors import AppError, UnavailableError


class BlobSetupError(Exception):
    """The place of the settings cannot be used; the message says what to do."""


class BlobUnavailableError(UnavailableError):
    """The place does not answer, or refuses; nothing was stored, and retrying can help."""

    def __init__(self) -> None:
        super().__init__(
            "files_unavailable",
            "The place where this service keeps pictures and files does not answer. "
            "Nothing was changed; try again in a moment.",
            retry_after=5,
        )


class BlobLostError(AppError):
    """The place answers, and does not have the content, or has another."""

    status = 500

    def __init__(self) -> None:
        super().__init__(
            "file_lost",
            "This file is missing or damaged where the service keeps its files. "
            "An admin has to restore it from a backup, or someone has to upload it again.",
        )
