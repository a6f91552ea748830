"""Heads that are too large, files for browsers, and answers that take long to write."""

import threading

import pytest
from fastapi import Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, model_serializer
from starlette.types import Message, Receive, Scope, Send

from app.access import Caller
from app.dependencies import get_admin, get_caller, get_uploader
from app.http.answers import json_answer
from app.http.attachments import attachment, attachment_headers, file_responses
from app.http.guard import ADMIN_JSON_BYTES, body_bytes
from app.http.head_limit import HEAD_BYTES, HeadLimitMiddleware
from app.settings import LimitSettings

pytestmark = pytest.mark.anyio

Pairs = list[tuple[bytes, bytes]]


async def status_of(
    headers: Pairs, *, path: str = "/", query: bytes = b"", raw_path: bytes | None = None
) -> int:
    sent: list[Message] = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def receive() -> Message:
        raise AssertionError("A body was read.")

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": headers, "query_string": query}
    await HeadLimitMiddleware(inside)({**scope, "raw_path": raw_path}, receive, send)
    status = sent[0]["status"]
    assert isinstance(status, int)
    if status != 204:
        assert (b"connection", b"close") in sent[0]["headers"]
    return status


@pytest.mark.parametrize(
    ("headers", "query", "expected"),
    [
        ([], b"", 204),
        ([(b"cookie", b"x" * (HEAD_BYTES - 7))], b"", 204),
        ([(b"cookie", b"x" * (HEAD_BYTES - 6))], b"", 431),
        ([(b"x" * HEAD_BYTES, b"")], b"", 431),
        ([(b"a", b"x" * 30_000), (b"b", b"x" * 30_000), (b"c", b"x" * 30_000)], b"", 431),
        ([], b"q" * (HEAD_BYTES - 1), 204),
        ([], b"q" * HEAD_BYTES, 431),
        ([(b"a", b"b")] * 100, b"", 204),
        ([(b"a", b"b")] * 101, b"", 431),
    ],
)
async def test_a_head_is_bounded_in_bytes_and_headers(
    headers: Pairs, query: bytes, expected: int
) -> None:
    assert await status_of(headers, query=query) == expected


async def test_an_address_counts_as_it_was_sent() -> None:
    path = "/" + "三" * 10_000
    assert await status_of([], path=path) == 204
    assert await status_of([], path=path, raw_path=b"/" + b"%E4%B8%89" * 10_000) == 431


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_a_files_name_cannot_leave_its_header(name: str) -> None:
    value = attachment_headers(name)["Content-Disposition"]
    assert value.isascii()
    assert not set(value.removeprefix("attachment; filename*=UTF-8''")) & set("\r\n\"'; /\\")


async def test_a_file_is_saved_under_its_name_and_by_no_cache() -> None:
    response = attachment("三", "text/plain", "三 “三”.txt")
    assert response.body == "三".encode()
    assert response.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E4%B8%89%20%E2%80%9C%E4%B8%89%E2%80%9D.txt"
    )
    assert response.headers["cache-control"] == "no-store"
    described = file_responses("image/png", "application/json")[200]["content"]
    assert described["image/png"]["schema"] == {"type": "string", "format": "binary"}
    assert described["application/json"]["schema"] == {}


class Written(BaseModel):
    """A body that knows the thread that wrote it."""

    @model_serializer
    def write(self) -> dict[str, object]:
        return {"main": threading.current_thread() is threading.main_thread(), "说": "好"}


@pytest.mark.parametrize(("characters", "in_main"), [(0, True), (63_999, True), (64_000, False)])
async def test_large_answers_are_written_beside_the_event_loop(
    characters: int, in_main: bool
) -> None:
    sent = Response()
    sent.set_cookie("offbook_visitor", "token")
    sent.set_cookie("offbook_session", "token")
    response = await json_answer(Written(), characters, sent, 201)
    expected = '{"main":%s,"说":"好"}' % ("true" if in_main else "false")
    assert bytes(response.body).decode() == expected
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    assert len(response.headers.getlist("set-cookie")) == 2


@pytest.mark.parametrize(
    ("admin", "rules", "upload", "most"),
    [
        (None, [], False, 16_000),
        (None, [], True, 16_000),
        (False, [get_caller], False, 500),
        (True, [get_caller], False, ADMIN_JSON_BYTES),
        (False, [get_caller], True, 1_000_000 + 2_000),  # a chat log
        (False, [get_uploader], True, 1_000_000 + 9_000),
        (True, [get_caller], True, 1_000_000 + 9_000),
        (True, [get_admin], True, 1_000_000 + 9_000),
    ],
)
def test_a_body_has_the_bytes_that_its_caller_may_send_there(
    admin: bool | None, rules: list[object], upload: bool, most: int
) -> None:
    limits = LimitSettings(visitor_body_bytes=500, chat_log_bytes=2_000, upload_bytes=9_000)
    caller = None if admin is None else Caller("owner", "admin" if admin else "guest")
    assert body_bytes(limits, rules, caller, upload=upload) == most  # type: ignore[arg-type]  # a list of different rules
