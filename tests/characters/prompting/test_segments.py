"""A prompt's segments are its content, each under the name of what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.lorebooks.model import Placement, Position
from characters.prompting import (
    SEPARATOR,
    ChatDraft,
    CompletionDraft,
    Lore,
    Persona,
    PreviousExamples,
    PromptDraft,
    Segment,
    Utterance,
)
from characters.prompting.segments import template_segments

SANSAN = Persona("三三", "话不多。", "zh", "小明")
SCENE = ["二二：你听。", "三三：听什么？", "二二：外面下雨了。", "三三：那我们就不出门了。"]
OTHER = ["路人：走啦", "三三：新年快乐哦，再见"]
TALK = [
    Utterance("character", "你来啦。"),
    Utterance("user", "下雨了。"),
    Utterance("character", "我听见了。"),
    Utterance("user", "带伞吗？"),
]

text = st.text(alphabet="三a {}\n　", max_size=6)
positions = st.sampled_from(["before_char", "after_char", "scenario", "depth"])


def lore(text: str, position: Position) -> Lore:
    return Lore(text, Placement(position))


def filled(profile: str, *entries: Lore) -> str:
    """What a template between brackets says of this profile and the entries beside it."""
    persona = Persona("三三", profile, "zh")
    beside = [(at, each, each.text) for at, each in enumerate(entries)]
    return "".join(each.text for each in template_segments(persona, "[{profile}]", beside))


def parts(draft: PromptDraft) -> list[tuple[str, int | None, str]]:
    return [(each.part, each.number, each.text) for each in draft.fit(len, 100_000).segments]


def test_the_profile_stands_between_what_belongs_before_and_after_it() -> None:
    shown = filled(
        " 话不多。\n",
        lore("后一", "after_char"),
        lore("前一", "before_char"),
        lore("后二", "scenario"),
        lore("前二", "before_char"),
        lore("后三", "personality"),
    )
    assert shown == "[前一\n前二\n话不多。\n后一\n后二\n后三]"


def test_without_a_profile_lore_stands_alone_and_without_lore_the_profile_does() -> None:
    assert filled(" ", lore("前", "before_char"), lore("后", "after_char")) == "[前\n后]"
    assert filled("话不多。") == "[话不多。]"
    assert filled("") == "[]"
    assert filled("", lore(" \n", "after_char")) == "[]"
    assert (
        filled("话不多。", lore("{name} {profile}", "after_char")) == "[话不多。\n{name} {profile}]"
    )


def test_a_completion_prompt_names_its_parts() -> None:
    draft = CompletionDraft(
        SANSAN, [SCENE, OTHER], TALK, "带", lore=[lore("雨季到了。", "before_char")]
    )
    shown = parts(draft)
    assert [part for part, *_ in shown] == [
        "instructions",
        "example",
        "example",
        "instructions",
        "lore",
        "profile",
        "instructions",
        *["history"] * 4,
        "reply",
    ]
    assert [each for each in shown if each[0] not in {"instructions", "history"}] == [
        ("example", 0, "\n".join(SCENE)),
        ("example", 1, SEPARATOR + "\n".join(OTHER)),
        ("lore", 0, "雨季到了。"),
        ("profile", None, "\n话不多。"),
        ("reply", None, "\n三三:带"),
    ]
    assert shown[-2] == ("history", 3, "小明:带伞吗？\n")


def test_a_chat_prompt_keeps_an_examples_last_exchange_and_the_reminder_apart() -> None:
    draft = ChatDraft(SANSAN, [SCENE], TALK, lore=[lore("雨季到了。", "depth")])
    segments = draft.fit(len, 100_000).segments
    examples = [each for each in segments if each.part == "example"]
    assert [(each.message, each.frames, each.text) for each in examples] == [
        (1, True, "二二：外面下雨了。"),
        (2, True, "那我们就不出门了。"),
    ]
    assert draft.shown_from(0) == 2
    *_, note, asked, reminder = segments
    assert (note.part, note.text, note.frames) == ("lore", "（雨季到了。）\n", False)
    assert (asked.part, asked.text, asked.frames) == ("history", "小明：带伞吗？", True)
    assert (reminder.part, reminder.text) == ("instructions", "\n（三三用自己的语气回一句台词）")
    assert note.message == asked.message == reminder.message
    # What is counted as one text, the line with its reminder, is divided again.
    assert (asked.counted, asked.contained) == ((asked.text + reminder.text,), (reminder.text,))


@pytest.mark.parametrize("make", [CompletionDraft, ChatDraft])
@given(
    name=st.sampled_from(["三三", "{name}", "{profile}"]),
    profile=text,
    instructions=text,
    entries=st.lists(st.tuples(text, positions), max_size=4),
    said=st.lists(text, min_size=1, max_size=5),
    continued=st.sampled_from(["", "带"]),
    budget=st.integers(300, 2_000),
)
def test_the_segments_are_the_content_whatever_it_is(
    make: type[CompletionDraft] | type[ChatDraft],
    name: str,
    profile: str,
    instructions: str,
    entries: list[tuple[str, Position]],
    said: list[str],
    continued: str,
    budget: int,
) -> None:
    persona = Persona(name, profile, "zh", "小明", instructions)
    history = [
        Utterance("user" if at % 2 == 0 else "character", each)
        for at, each in enumerate(reversed(said))
    ][::-1]
    earlier = PreviousExamples([OTHER], [2])
    books = [lore(each, position) for each, position in entries]
    examples = [SCENE, ["三三：独白没有人问。"]]
    draft = make(persona, examples, history, continued, earlier=earlier, lore=books)
    prompt = draft.fit(len, budget)
    assert all(each.text or each.part != "example" for each in prompt.segments)
    if isinstance(prompt.content, str):
        assert "".join(each.text for each in prompt.segments) == prompt.content
    else:
        for at, message in enumerate(prompt.content):
            of = [each for each in prompt.segments if each.message == at]
            assert "".join(each.text for each in of) == message.content
            assert sum(each.frames for each in of) == 1
    shown = {each.number for each in prompt.segments if each.part == "example"}
    assert shown == set(prompt.examples_shown)
    assert {each.number for each in numbered(prompt.segments, "history")} == set(
        range(prompt.history_dropped, len(history))
    )
    assert set(draft.details()) >= {
        text
        for each in prompt.segments
        if each.part in {"profile", "reply"} and isinstance(draft, CompletionDraft)
        for text in each.counted
    }


def numbered(segments: tuple[Segment, ...], part: str) -> list[Segment]:
    return [each for each in segments if each.part == part]
