"""Events of turns and texts, as lines of a stream."""

import pytest

from app.conversations.schemas import MessageOut, PromptSource, SummaryOut
from app.db.base import utc_now
from app.db.ids import new_id
from app.errors import ConflictError, StoppingError
from app.schemas import ErrorDetail
from app.turns.events import (
    DeltaEvent,
    DoneEvent,
    ErrorEvent,
    ExamplesEvent,
    TurnEvent,
    WaitingEvent,
    WritingEvent,
    WrittenEvent,
    failure_of,
)
from app.turns.sse import encode_event, event_stream
from tests.app.running import Json, parse_events


def read(event: TurnEvent | WritingEvent) -> tuple[str, Json]:
    [found] = parse_events(encode_event(event).decode())
    return found


def message(content: str) -> MessageOut:
    id = new_id()
    given = {"id": id, "role": "assistant", "content": content, "alternatives": [id]}
    unset = dict.fromkeys(MessageOut.model_fields.keys() - given.keys())
    known = {"hidden": False, "state": "partial", "examples": [], "created_at": utc_now()}
    return MessageOut.model_validate({**unset, **known, **given})


@pytest.mark.parametrize("text", ["灯亮着。", "two\nlines\r\n\r\nhere", "\u2028", 'a "quote"', ""])
def test_any_text_is_one_line_and_comes_back(text: str) -> None:
    encoded = encode_event(DeltaEvent(text))
    assert encoded.count(b"\n") == 3  # the name, the data, and an empty line
    assert read(DeltaEvent(text)) == ("delta", {"text": text})


def test_chinese_is_not_escaped() -> None:
    assert "灯亮着。".encode() in encode_event(DeltaEvent("灯亮着。"))
    used = PromptSource(id=1, score=0.5, lines=["本：灯。"])
    assert "本：灯。".encode() in encode_event(ExamplesEvent([used]))


def test_what_the_prompt_shows() -> None:
    used = PromptSource(id=-7, score=0.25, lines=["Ben: Hm.", "本：嗯。"], place=2)
    name, data = read(ExamplesEvent([used]))
    assert name == "examples"
    [item] = data["items"]
    assert item == used.model_dump()
    assert read(ExamplesEvent([])) == ("examples", {"items": []})


def test_waiting_and_the_ends() -> None:
    assert read(WaitingEvent(3)) == ("waiting", {"place": 3})
    reply = message("Yes.")
    assert read(DoneEvent(reply)) == ("done", reply.model_dump(mode="json"))
    summary = SummaryOut(text="So it was.", upto=new_id(), until_scene=None, covered=2)
    assert read(WrittenEvent(summary)) == ("done", summary.model_dump(mode="json"))


def test_an_error_has_its_code_and_what_is_stored_of_the_reply() -> None:
    bare = ErrorEvent(ErrorDetail(code="cancelled", message="Stopped."), 503)
    assert read(bare) == (
        "error",
        {"error": {"code": "cancelled", "message": "Stopped.", "detail": None}},
    )
    reply = message("Half of")
    detail = ErrorDetail(code="overloaded", message="Later.", detail={"limit": 3})
    name, data = read(ErrorEvent(detail, 503, 5, reply))
    assert name == "error"
    assert data["error"]["detail"] == {"limit": 3, "reply": reply.model_dump(mode="json")}


def test_failures_keep_their_status_and_the_wait_they_advise() -> None:
    conflict = failure_of(ConflictError("turn_in_progress", "Wait.", retry_after=1))
    assert (conflict.status, conflict.retry_after, conflict.error.code) == (
        409,
        1,
        "turn_in_progress",
    )
    assert failure_of(StoppingError()).status == 503
    unknown = failure_of(ZeroDivisionError("secret figures"))
    assert unknown.status == 500
    assert "secret" not in unknown.error.message


def test_a_stream_is_described_by_the_names_of_its_events() -> None:
    [(_, schema)] = event_stream("delta", "done").items()
    assert schema["properties"]["event"]["enum"] == ["delta", "done"]
    assert schema["required"] == ["data", "event"]
    assert event_stream()["itemSchema"]["required"] == ["data"]
