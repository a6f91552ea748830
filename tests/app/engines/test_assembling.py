"""Events become the text of a reply: whole characters, up to a stop string or a bound."""

from app.engines.assembling import TextAssembler
from app.engines.metering import ReplyMeter
from app.engines.openai_answers import StreamEvent
from app.engines.port import Delta, Usage

MANY = 1_000_000


def assembler(*stop: str, max_tokens: int = 100, characters: int = MANY) -> TextAssembler:
    return TextAssembler(stop, ReplyMeter(max_tokens, characters))


def test_the_last_delta_has_the_rest_the_reason_and_the_usage() -> None:
    reply = assembler("\nuser:")
    usage = Usage(7, 3)
    assert reply.feed(StreamEvent("bye\nus")) == "bye"
    assert reply.feed(StreamEvent(finish_reason="length")) == ""
    assert reply.feed(StreamEvent(usage=usage)) == ""
    assert not reply.cut_off
    assert reply.last() == Delta("\nus", "length", usage)


def test_an_engine_that_says_no_reason_has_stopped() -> None:
    reply = assembler()
    assert reply.feed(StreamEvent("好")) == "好"
    assert reply.last() == Delta("", "stop", None)


def test_a_stop_string_outweighs_the_engines_reason() -> None:
    reply = assembler("\nuser:")
    assert reply.feed(StreamEvent("Yes.\nuser: And", "length")) == "Yes."
    assert not reply.cut_off  # the engine has ended by itself
    assert reply.last() == Delta("", "stop", None)


def test_an_engine_that_goes_on_behind_a_stop_string_is_cut_off() -> None:
    reply = assembler("\n三三：")
    assert reply.feed(StreamEvent("好的。\n三")) == "好的。"
    assert not reply.cut_off
    assert reply.feed(StreamEvent("三：再说")) == ""
    assert reply.cut_off
    assert reply.last() == Delta("", "stop", None)


def test_a_reply_that_is_too_long_ends_for_its_length() -> None:
    reply = assembler(max_tokens=1, characters=4)
    assert reply.feed(StreamEvent("abcdef")) == "abcd"
    assert reply.cut_off
    assert reply.last() == Delta("", "length", None)


def test_a_half_character_at_the_end_is_marked() -> None:
    reply = assembler()
    assert reply.feed(StreamEvent("a\ud83c")) == "a"
    assert reply.last() == Delta("\ufffd", "stop", None)


def test_a_character_in_two_halves_may_complete_a_stop_string() -> None:
    reply = assembler("🎭")
    assert reply.feed(StreamEvent("a\ud83c")) == "a"
    assert reply.feed(StreamEvent("\udfadb")) == ""
    assert reply.cut_off
