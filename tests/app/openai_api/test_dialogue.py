"""Messages of a client, read as a dialogue, without a service."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.openai_api.dialogue import RequestDialogue, clip, newest, read_dialogue
from app.openai_api.schemas import ChatMessageIn
from characters.language import reading_length
from characters.prompting import Utterance
from tests.app.openai_api.talking import assistant, system, user
from tests.app.running import Json


def read(*messages: Json, with_system: bool = True) -> RequestDialogue:
    parsed = [ChatMessageIn.model_validate(message) for message in messages]
    return read_dialogue(parsed, with_system=with_system)


def said(of: RequestDialogue) -> list[tuple[str, str]]:
    return [(line.role, line.text) for line in of.history]


def test_a_name_before_a_text_is_not_repeated() -> None:
    found = read(user("Mara: Hi.", name="Mara"), assistant("Yes?"), user("提莫：早。", name="提莫"))
    assert said(found) == [("user", "Mara: Hi."), ("character", "Yes?"), ("user", "提莫：早。")]


def test_a_text_that_only_begins_like_the_name_gets_the_name() -> None:
    found = read(user("Also here.", name="Al"), user("Hi.", name="Mara"), user("李白", name="李"))
    assert said(found) == [("user", "Al: Also here.\nMara: Hi.\n李: 李白")]


def test_thoughts_of_earlier_replies_are_left_out() -> None:
    found = read(user("<think>a</think>"), assistant("<think>b\nc</think>\nYes?"), user("No."))
    assert [text for _, text in said(found)] == ["<think>a</think>", "Yes?", "No."]
    begun = read(user("Hi."), assistant("<think>b</think>And"))
    assert begun.continued == "And"


def test_one_user_needs_no_name() -> None:
    found = read(user("Hi.", name="Mara"), user("Ho."))
    assert (said(found), found.user_name) == ([("user", "Hi.\nHo.")], "Mara")
    several = read(user("Hi.", name="Mara"), user("Ho.", name="Timo"), user("Who?"))
    assert several.user_name is None
    assert said(several) == [("user", "Mara: Hi.\nTimo: Ho.\nWho?")]


def test_every_speaker_is_named_once() -> None:
    found = read(
        assistant("早。", name="本"),
        user("Hi.", name="Mara"),
        assistant("Yes?", name="本"),
        user("So?", name="Timo"),
        system("A note.", name="narrator"),
    )
    assert found.speakers == ["本", "Mara", "Timo"]


def test_a_nudge_is_answered_only_where_no_user_waits() -> None:
    nudge = system("Go on.")
    waiting = read(system("Be brief."), user("Hi."), nudge)
    assert (said(waiting), waiting.instructions) == ([("user", "Hi.")], "Be brief.\n\nGo on.")
    answered = read(system("Be brief."), user("Hi."), assistant("Yes?"), nudge)
    assert said(answered)[-1] == ("user", "Go on.")
    assert answered.instructions == "Be brief."
    ignored = read(user("Hi."), assistant("Yes?"), nudge, with_system=False)
    assert (said(ignored), ignored.continued) == ([("user", "Hi.")], "Yes?")


def test_a_reply_in_several_messages_is_continued_as_one() -> None:
    found = read(user("Hi."), assistant("Yes,"), assistant("and no."))
    assert (said(found), found.continued) == ([("user", "Hi.")], "Yes,\nand no.")


@pytest.mark.parametrize(
    ("text", "room", "kept"),
    [
        ("灯塔灯塔", 3, "灯塔灯"),
        ("abcdef", 1, "abc"),
        ("灯abc塔", 2, "灯abc"),
        ("灯", 0.5, ""),
        ("", 5, ""),
        ("灯塔", 2, "灯塔"),
    ],
)
def test_instructions_are_clipped_by_their_length_in_tokens(
    text: str, room: float, kept: str
) -> None:
    assert clip(text, room) == kept


@given(text=st.text(st.sampled_from("ab 灯。"), max_size=60), room=st.integers(0, 30))
def test_a_clipped_text_is_the_longest_beginning_that_fits(text: str, room: int) -> None:
    kept = clip(text, room)
    assert text.startswith(kept)
    assert reading_length(kept) <= room + 1e-6
    assert kept == text or reading_length(text[: len(kept) + 1]) > room - 1e-6


def lines(*lengths: int) -> list[Utterance]:
    return [Utterance("user", "x" * length) for length in lengths]


def test_the_newest_lines_fill_the_room() -> None:
    history = lines(5, 3, 2)
    assert newest(history, 5) == history[1:]
    assert newest(history, 4) == history[2:]
    assert newest(history, 10) == history
    assert newest(history, 1) == history[2:]  # the last always stays
    assert newest([], 10) == []


@given(lengths=st.lists(st.integers(0, 9), min_size=1, max_size=20), characters=st.integers(0, 60))
def test_no_line_more_would_fit(lengths: list[int], characters: int) -> None:
    history = lines(*lengths)
    kept = newest(history, characters)
    assert kept == history[len(history) - len(kept) :]
    assert len(kept) == 1 or sum(len(line.text) for line in kept) <= characters
    if len(kept) < len(history):
        one_more = history[len(history) - len(kept) - 1 :]
        assert sum(len(line.text) for line in one_more) > characters
