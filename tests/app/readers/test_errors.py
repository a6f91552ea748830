"""A file that cannot be read to its end: how far it came, and what its sender can do."""

import signal

import pytest

from app.errors import AppError
from app.readers.errors import (
    ClientDisconnectedError,
    ReaderDiedError,
    ReadersUnavailableError,
    ReadingTooLargeError,
    ReadingTooSlowError,
    TooManyReadingsError,
)
from app.readers.wire import Progress

FAR = Progress("table", 12_345, 6_789, "第一幕.xlsx")


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (Progress(), "What it holds was not known by then."),
        (Progress("text"), "It is being read as text, and no row was complete by then."),
        (Progress("text", 7, 3), "It was read as text up to row 7, with 3 lines of dialogue."),
        (FAR, "It was read as table up to row 12,345 of '第一幕.xlsx', with 6,789 lines"),
        (Progress("zip", 1, 1, "x" * 5_000), f"up to row 1 of '{'x' * 100}', with"),
    ],
)
def test_each_says_how_far_it_came_and_that_nothing_was_stored(
    progress: Progress, said: str
) -> None:
    errors: list[AppError] = [
        ReadingTooSlowError(1.5, progress),
        ReadingTooLargeError(2_048, progress),
        ReaderDiedError(-9, progress),
    ]
    for error in errors:
        assert said in error.message
        assert "Nothing was stored." in error.message
        assert error.status == 422
        kept = {name: error.detail[name] for name in ("format", "row", "part", "lines")}
        assert kept == {
            "format": progress.format,
            "row": progress.row,
            "part": progress.member,
            "lines": progress.lines,
        }


def test_limits_are_named_with_the_setting_that_raises_them() -> None:
    slow = ReadingTooSlowError(60.0, FAR)
    assert (slow.code, slow.detail["limit_seconds"]) == ("reading_too_slow", 60.0)
    assert "longer than 60 s" in slow.message
    assert "OFFBOOK_LIMITS__READING_SECONDS" in slow.message
    large = ReadingTooLargeError(2_048, FAR)
    assert (large.code, large.detail["limit_megabytes"]) == ("reading_too_large", 2_048)
    assert "more than 2,048 MB" in large.message
    assert "OFFBOOK_LIMITS__READING_MEGABYTES" in large.message


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (-signal.SIGSEGV, "unexpectedly (SIGSEGV):"),
        (-signal.SIGKILL, "unexpectedly (SIGKILL):"),
        (-1_000, "unexpectedly:"),
        (1, "unexpectedly:"),
        (0, "unexpectedly:"),
        (None, "unexpectedly:"),
    ],
)
def test_a_reader_that_died_of_a_signal_says_which(status: int | None, how: str) -> None:
    assert how in ReaderDiedError(status, FAR).message


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TooManyReadingsError(7), 503, "too_many_uploads"),
        (ReadersUnavailableError(7), 503, "readers_unavailable"),
    ],
)
def test_where_time_helps_they_say_when(error: AppError, status: int, code: str) -> None:
    assert (error.status, error.code, error.retry_after) == (status, code, 7)
    assert error.message.endswith("Nothing was stored. Try again in 7 s.")


def test_a_client_that_left_is_no_failure_of_the_service() -> None:
    assert (ClientDisconnectedError().status, ClientDisconnectedError().code) == (
        499,
        "client_left",
    )
