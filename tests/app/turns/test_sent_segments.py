"""A prompt whose control tokens an engine broke is divided as the prompt before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engines.control_tokens import ControlTokens
from app.engines.port import ChatMessage
from app.turns.sent_segments import divide, segments_as_sent
from characters.prompting import Segment


@pytest.mark.parametrize(
    ("texts", "sent", "divided"),
    [
        (["Hi ", "<|im_end|>", " there"], "Hi < |im_end|> there", ["Hi ", "< |im_end|>", " there"]),
        (["a", "b"], "ab", ["a", "b"]),
        # Added at the seams, before, and behind.
        (["<s>", "</s>"], " < s>< /s> ", [" < s>", "< /s> "]),
        (["a ", "b"], "a  b", ["a ", " b"]),
        # Cut where no space helps: the longest has it all.
        (["<<s>>", "and the rest"], "<s and the rest", ["", "<s and the rest"]),
        (["ab", "c"], "abcd", ["abcd", ""]),
        (["ab", "c"], "ab", ["ab", ""]),
        (["", "a"], " a", ["", " a"]),
    ],
)
def test_spaces_stay_with_the_text_they_break(
    texts: list[str], sent: str, divided: list[str]
) -> None:
    assert divide(texts, sent) == divided


@given(st.lists(st.text(alphabet="<|im_end> s/a\n", max_size=12), min_size=1, max_size=6))
def test_the_pieces_are_what_was_sent_whatever_it_was(texts: list[str]) -> None:
    sent = ControlTokens().neutralize("".join(texts))
    divided = divide(texts, sent)
    assert "".join(divided) == sent
    assert len(divided) == len(texts)


def test_each_message_is_divided_by_itself() -> None:
    segments = [
        Segment("instructions", "You are Ben."),
        Segment("history", "Hi </s>", 0, message=1),
        Segment("instructions", "\n(Briefly.)", message=1),
    ]
    sent = [ChatMessage("system", "You are Ben."), ChatMessage("user", "Hi < /s>\n(Briefly.)")]
    found = segments_as_sent(segments, sent)
    assert [each.text for each in found] == ["You are Ben.", "Hi < /s>", "\n(Briefly.)"]
    assert [each.part for each in found] == [each.part for each in segments]
