import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.chat_logs.dates import parse_date
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.chat_logs.reader import ChatLogLimits, is_chat_log, read_chat_log
from characters.chat_logs.writer import write_markdown, write_sillytavern, write_text
from characters.errors import ChatLogError

FILE = Path(__file__).parents[2] / "fixtures" / "chat_logs" / "maud.jsonl"
HEADER = {"user_name": "Ada", "character_name": "Maud"}


def lines(*rows: Any) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def said(name: str, mes: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "is_user": name == "Ada", "mes": mes, **more}


def test_a_log_of_sillytavern() -> None:
    log = read_chat_log(FILE.read_bytes())
    assert (log.user_name, log.character_name, log.parent) == ("Ada", "Maud", "Maud - first")
    assert log.created == datetime(2024, 2, 3, 10, 11, 12, tzinfo=UTC)
    first, question, note, answer = log.messages
    assert (first.swipes, first.swipe) == (("Come in.", "The door was open."), 1)
    assert (question.is_user, question.text) == (True, "Any ships?")
    assert (note.hidden, answer.hidden) == (True, False)
    assert (answer.text, answer.shown_text) == ("没有。", "None.")
    assert log.rejected == ()


def test_a_log_goes_out_as_it_came() -> None:
    """Line by line, as JSON values; and read again, it says the same."""
    original = FILE.read_bytes()
    written = write_sillytavern(read_chat_log(original))
    assert [*map(json.loads, written.split(b"\n"))] == [*map(json.loads, original.split(b"\n"))]
    assert read_chat_log(written) == read_chat_log(original)


def test_a_log_of_ours_has_what_sillytavern_needs() -> None:
    sent = datetime(2024, 5, 6, 7, 8, 9, 10_000, tzinfo=timezone(timedelta(hours=2)))
    messages = (
        LoggedMessage("Maud", "b", is_user=False, sent=sent, swipes=("a", "b"), swipe=1),
        LoggedMessage("Ada", "hm", is_user=True, hidden=True),
    )
    log = ChatLog("Ada", "Maud", messages, created=sent)
    header, first, second = map(json.loads, write_sillytavern(log).split(b"\n"))
    stamp = "2024-05-06T05:08:09.010Z"
    assert header == {**HEADER, "create_date": stamp, "chat_metadata": {}}
    assert first["swipes"][first["swipe_id"]] == first["mes"] == "b"
    assert len(first["swipe_info"]) == 2
    assert first["send_date"] == stamp
    assert (second["is_user"], second["is_system"], second["mes"]) == (True, True, "hm")


def test_chubs_texts_are_flattened() -> None:
    mes = {"message": "b"}
    log = read_chat_log(
        lines(HEADER, said("Maud", mes, swipes=[{"message": "a"}, {"message": "b"}], swipe_id=1))
    )
    assert (log.messages[0].text, log.messages[0].swipes) == ("b", ("a", "b"))
    assert json.loads(write_sillytavern(log).split(b"\n")[1])["mes"] == "b"


def test_a_groups_file_has_no_header() -> None:
    content = lines(said("Maud", "hello"), said("Ada", "hi"), said("Bram", "soup"))
    log = read_chat_log(content)
    assert [m.name for m in log.messages] == ["Maud", "Ada", "Bram"]
    assert (log.user_name, log.character_name) == ("Ada", "Maud")
    assert len(write_sillytavern(log).split(b"\n")) == 3


def test_names_that_are_unused_are_taken_from_the_messages() -> None:
    header = {"user_name": "unused", "character_name": "unused"}
    log = read_chat_log(lines(header, said("Maud", "x"), said("Ada", "y")))
    assert (log.user_name, log.character_name) == ("Ada", "Maud")


def test_rows_that_are_no_messages_are_reported() -> None:
    content = b"\n".join(
        [lines(HEADER, said("Maud", "x")), b"{broken", b"", b"[]", lines({"a": 1})]
    )
    log = read_chat_log(content)
    assert [(r.row, r.code) for r in log.rejected] == [
        (3, "not_json"),
        (5, "not_an_object"),
        (6, "no_text"),
    ]
    assert len(log.messages) == 1


@pytest.mark.parametrize("swipe_id", [None, -1, 7, "1", True])
def test_a_swipe_that_is_not_there_is_the_last(swipe_id: object) -> None:
    log = read_chat_log(lines(HEADER, said("Maud", "z", swipes=["a", "b"], swipe_id=swipe_id)))
    message = log.messages[0]
    assert message.swipes[message.swipe] == message.text == "z"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_chat_log"),
        (b"{broken\n" + lines(HEADER), "not_a_chat_log"),
        (lines({"a": 1}), "not_a_chat_log"),
        (lines(HEADER) + b"\xff", "not_utf8"),
        (lines(HEADER, *[said("Ada", "x")] * 4), "too_large"),
        (b" " * 1_001, "too_large"),
    ],
)
def test_what_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(ChatLogError) as refused:
        read_chat_log(content, ChatLogLimits(file_bytes=1_000, messages=3))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("June 19, 2023 2:20pm", datetime(2023, 6, 19, 14, 20, tzinfo=UTC)),
        ("December 1, 2023 12:05am", datetime(2023, 12, 1, 0, 5, tzinfo=UTC)),
        (1_687_184_405_012, datetime(2023, 6, 19, 14, 20, 5, 12_000, tzinfo=UTC)),
        ("1687184405012", datetime(2023, 6, 19, 14, 20, 5, 12_000, tzinfo=UTC)),
        ("2023-6-19 @14h 20m 5s 12ms", datetime(2023, 6, 19, 14, 20, 5, 12_000, tzinfo=UTC)),
        ("2023-06-19@14h20m05s", datetime(2023, 6, 19, 14, 20, 5, tzinfo=UTC)),
        ("2023-06-19T14:20:05.012Z", datetime(2023, 6, 19, 14, 20, 5, 12_000, tzinfo=UTC)),
        ("2023-06-19T16:20:05+02:00", datetime(2023, 6, 19, 14, 20, 5, tzinfo=UTC)),
        ("June 31, 2023 2:20pm", None),
        ("Frimaire 1, 2023 2:20pm", None),
        ("soon", None),
        ("", None),
        (1e300, None),
        (True, None),
        (None, None),
    ],
)
def test_dates(value: Any, expected: datetime | None) -> None:
    assert parse_date(value) == expected


def test_logs_for_reading_leave_hidden_messages_out() -> None:
    log = read_chat_log(FILE.read_bytes())
    assert write_text(log) == "Maud: The door was open.\n\nAda: Any ships?\n\nMaud: None.\n\n"
    assert write_markdown(log) == (
        "# Maud\n\n**Maud**\n\nThe door was open.\n\n**Ada**\n\nAny ships?\n\n**Maud**\n\nNone.\n"
    )


def test_a_name_is_no_markdown() -> None:
    log = ChatLog("A*da*", "M_d", (LoggedMessage("A*da*", "*waves*", is_user=True),))
    assert write_markdown(log) == "# M\\_d\n\n**A\\*da\\***\n\n*waves*\n"


def test_of_rows_that_are_no_messages_the_first_are_listed() -> None:
    rows = b"\n".join([b"{", b"[]", b"{", lines(said("Maud", "z"))] * 400)
    log = read_chat_log(lines(HEADER) + b"\n" + rows, ChatLogLimits(rejections=5))
    assert len(log.messages) == 400
    assert [(each.row, each.code) for each in log.rejected] == [
        (2, "not_json"),
        (3, "not_an_object"),
        (4, "not_json"),
        (6, "not_json"),
        (7, "not_an_object"),
    ]
    assert log.rejected_total == 1_200


@given(st.binary() | st.lists(st.dictionaries(st.text(), st.text())).map(lambda r: lines(*r)))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        log = read_chat_log(lines(HEADER) + b"\n" + content)
    except ChatLogError:
        return
    write_sillytavern(log)


def test_swipes_count_as_messages() -> None:
    content = lines(HEADER, said("Maud", "c", swipes=["a", "b", "c"]), said("Ada", "d"))
    assert len(read_chat_log(content, ChatLogLimits(messages=4)).messages) == 2
    with pytest.raises(ChatLogError, match="3 messages at most") as caught:
        read_chat_log(content, ChatLogLimits(messages=3))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    ("first_line", "expected"),
    [
        (b'{"user_name": "A", "character_name": "B"}\n', True),
        (b'{"user_name": "A", "chat_metadata": {}}', True),
        (b'{"name": "A", "is_user": true, "mes": "Hi"}', True),
        (b'{"name": "A", "first_mes": "Hi"}', False),
        (b'{"messages": [{"role": "user", "content": "Hi"}]}', False),
        (b"A: Hi", False),
        (b"[]", False),
        (b"\xff", False),
    ],
)
def test_a_chat_is_told_by_its_first_line(first_line: bytes, expected: bool) -> None:
    assert is_chat_log(first_line) is expected
