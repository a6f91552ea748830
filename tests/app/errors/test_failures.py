"""A failure within a stream is described as the same failure before it would be answered."""

import pytest

from app.errors import Failure, describe_failure, is_openai_path, openai_error, openai_status
from app.schemas import ErrorDetail
from characters.errors import CharactersError
from tests.app.errors.raising import ANSWERS


@pytest.mark.parametrize(
    ("error", "status", "code", "wait"), ANSWERS.values(), ids=list(ANSWERS.keys())
)
def test_it_has_the_status_the_code_and_the_wait_of_the_answer(
    error: Exception, status: int, code: str, wait: int | None
) -> None:
    failure = describe_failure(error)
    assert (failure.status, failure.error.code, failure.retry_after) == (status, code, wait)


def test_what_it_says_holds_nothing_of_the_inside() -> None:
    for name in ("a bug", "a locked database", "two at once", "no free connection"):
        message = describe_failure(ANSWERS[name][0]).error.message
        for secret in ("hunter2", "locked", "UNIQUE", "SELECT", "INSERT", "QueuePool"):
            assert secret not in message


def test_its_details_are_kept() -> None:
    assert describe_failure(ANSWERS["too large"][0]).error.detail == {"limit_bytes": 9}
    assert describe_failure(ANSWERS["invalid"][0]).error.detail is None


def test_an_error_of_the_packages_below_may_speak_for_itself() -> None:
    failure = describe_failure(CharactersError("The template has no place for a message."))
    detail = ErrorDetail(code="internal_error", message="The template has no place for a message.")
    assert failure == Failure(detail, 500)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/chat/completions", True),
        ("//v1/models", True),
        ("/v1", False),
        ("/v10/models", False),
        ("/api/v1/models", False),
        ("/V1/models", False),
        ("", False),
    ],
)
def test_the_openai_api_lies_below_v1(path: str, expected: bool) -> None:
    assert is_openai_path(path) == expected


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "permission_error"),
        (404, "invalid_request_error"),
        (409, "invalid_request_error"),
        (429, "rate_limit_error"),
        (499, "invalid_request_error"),
        (500, "server_error"),
        (503, "server_error"),
    ],
)
def test_the_openai_api_names_kinds_of_errors_by_their_status(status: int, kind: str) -> None:
    detail = ErrorDetail(code="some_code", message="Some words.", detail={"param": "model"})
    assert openai_error(status, detail) == {
        "message": "Some words.",
        "type": kind,
        "param": "model",
        "code": "some_code",
    }


def test_the_openai_api_has_no_422() -> None:
    assert [openai_status(status) for status in (400, 413, 422, 500)] == [400, 413, 400, 500]
