"""What a model thinks is neither shown nor remembered."""

import pytest

from characters.prompting.thoughts import ThoughtFilter, without_thoughts

TAGS = [("<think>", "</think>")]


def filtered(pieces: list[str]) -> str:
    thoughts = ThoughtFilter(TAGS)
    return "".join(map(thoughts.feed, pieces)) + thoughts.flush()


REPLIES = {
    "<think>She is sad.</think>\n\nCome in.": "Come in.",
    "<think></think>Come in.": "Come in.",
    "<think>\n\n</think>\n\n进来吧。": "进来吧。",
    "Wait. <think>Or not?</think> Come in.": "Wait. Come in.",
    "<think>one</think><think>two</think>Come in.": "Come in.",
    "<think>never ends, though": "",
    "2 < 3 and <thin air>": "2 < 3 and <thin air>",
    "the last <thi": "the last <thi",
    "begun in the prompt</think>\nCome in.": "begun in the promptCome in.",
    "a <think>b</think></think> c": "a c",
}


@pytest.mark.parametrize(("reply", "shown"), REPLIES.items())
def test_a_stream_shows_no_thought_however_it_is_cut(reply: str, shown: str) -> None:
    assert filtered([reply]) == shown
    assert filtered(list(reply)) == shown
    for at in range(len(reply)):
        assert filtered([reply[:at], reply[at:]]) == shown


def test_text_is_shown_as_soon_as_it_cannot_be_a_tag() -> None:
    thoughts = ThoughtFilter(TAGS)
    assert [thoughts.feed(each) for each in ("Come ", "<", "th", "e door>", "!")] == [
        "Come ",
        "",
        "",
        "<the door>",
        "!",
    ]


def test_without_tags_nothing_is_held_back() -> None:
    assert ThoughtFilter([]).feed("<think>a</think>") == "<think>a</think>"


@pytest.mark.parametrize(
    ("stored", "remembered"),
    [
        ("Come in.", "Come in."),
        ("<think>She is sad.</think>\n\nCome in.", "Come in."),
        ("<THINK>a</THINK>Come <reasoning>b\nc</reasoning>in.", "Come in."),
        ("[THINK]a[/THINK] Come in.", "Come in."),
        ("Come in. <think>cut off in the", "Come in."),
        ("I think <b>so</b>.", "I think <b>so</b>."),
    ],
)
def test_an_earlier_reply_is_remembered_without_its_thoughts(stored: str, remembered: str) -> None:
    assert without_thoughts(stored) == remembered
