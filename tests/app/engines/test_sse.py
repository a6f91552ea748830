"""Bytes into events."""

from hypothesis import given
from hypothesis import strategies as st

from app.engines.sse import SSEParser

STREAM = (
    ': ping\r\n\r\ndata: {"a": "三🎭"}\r\n\r\nevent: x\ndata:no space\ndata: second\n\n'
    "id: 4\rdata: cr\r\rdata\n\ndata: [DONE]\n\n"
).encode()
PAYLOADS = ['{"a": "三🎭"}', "no space\nsecond", "cr", "", "[DONE]"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12).map(sorted))
def test_payloads_do_not_depend_on_where_the_bytes_are_cut(cuts: list[int]) -> None:
    parser, payloads = SSEParser(), []
    for first, last in zip([0, *cuts], [*cuts, len(STREAM)], strict=True):
        payloads += parser.feed(STREAM[first:last])
    assert payloads + parser.close() == PAYLOADS


def test_one_byte_at_a_time() -> None:
    parser = SSEParser()
    payloads = [each for byte in STREAM for each in parser.feed(bytes([byte]))]
    assert payloads + parser.close() == PAYLOADS


def test_the_end_completes_the_last_event() -> None:
    parser = SSEParser()
    assert parser.feed(b"data: last") == []
    assert parser.close() == ["last"]
    assert parser.close() == []


def test_events_keep_their_names() -> None:
    parser = SSEParser()
    stream = "event: delta\ndata: 好\n\n: ping\n\nevent: lost\n\ndata: [DONE]\n\n".encode()
    events = [event for byte in stream for event in parser.feed_events(bytes([byte]))]
    assert events == [("delta", "好"), ("", "[DONE]")]
