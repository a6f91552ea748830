"""Report uploads that take too much time or memory, or that find no reader."""

import signal

from app.errors import AppError, InvalidError, UnavailableError
from app.readers.wire import Progress

_SPLIT = (
    "Split the file, or save it in another format (plain text is read fastest); who runs this"
    " service can raise {}."
)
_NOTHING = "Nothing was stored."


class ReadingTooSlowError(InvalidError):
    """Report a file that took longer to read than the limit."""

    def __init__(self, seconds: float, progress: Progress) -> None:
        super().__init__(
            "reading_too_slow",
            f"Reading this file took longer than {seconds:g} s, the most that a file may take."
            f" {_how_far(progress)} {_NOTHING} {_SPLIT.format('OFFBOOK_LIMITS__READING_SECONDS')}",
            limit_seconds=seconds,
            format=progress.format,
            row=progress.row,
            part=progress.member,
            lines=progress.lines,
        )


class ReadingTooLargeError(InvalidError):
    """Report a file that took more memory to read than the limit."""

    def __init__(self, megabytes: int, progress: Progress) -> None:
        super().__init__(
            "reading_too_large",
            f"Reading this file took more than {megabytes:,} MB of memory, the most that a file may"
            f" take. {_how_far(progress)} {_NOTHING}"
            f" {_SPLIT.format('OFFBOOK_LIMITS__READING_MEGABYTES')}",
            limit_megabytes=megabytes,
            format=progress.format,
            row=progress.row,
            part=progress.member,
            lines=progress.lines,
        )


class ReaderDiedError(InvalidError):
    """Report that the process reading the file died."""

    def __init__(self, status: int | None, progress: Progress) -> None:
        super().__init__(
            "reader_died",
            f"The process that read this file ended unexpectedly{_how(status)}: the file is damaged"
            " in a way that a library cannot cope with, or this machine ran out of memory."
            f" {_how_far(progress)} {_NOTHING} Try once more; if it happens again, save the file in"
            " another format, or split it.",
            format=progress.format,
            row=progress.row,
            part=progress.member,
            lines=progress.lines,
        )


class TooManyReadingsError(UnavailableError):
    """Report that all reading slots and waiting positions are taken."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "too_many_uploads",
            f"Too many files are being read at the moment. {_NOTHING}"
            f" Try again in {retry_after} s.",
            retry_after=retry_after,
        )


class ReadersUnavailableError(UnavailableError):
    """Report that no reader process can be started."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "readers_unavailable",
            "This machine cannot start a process that reads the file, most likely for want of"
            f" memory. {_NOTHING} Try again in {retry_after} s.",
            retry_after=retry_after,
        )


class ClientDisconnectedError(AppError):
    """Report that the client closed its connection; the answer reaches no client."""

    status = 499

    def __init__(self) -> None:
        super().__init__("client_left", f"The upload was given up. {_NOTHING}")


def _how_far(progress: Progress) -> str:
    if progress.format is None:
        return "What it holds was not known by then."
    if not progress.row:
        return f"It is being read as {progress.format}, and no row was complete by then."
    within = f" of {progress.member[:100]!r}" if progress.member else ""
    return (
        f"It was read as {progress.format} up to row {progress.row:,}{within}, with"
        f" {progress.lines:,} lines of dialogue."
    )


def _how(status: int | None) -> str:
    if status is None or status >= 0:
        return ""
    try:
        return f" ({signal.Signals(-status).name})"
    except ValueError:
        return ""
