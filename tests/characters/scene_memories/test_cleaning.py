"""What a model writes about a scene becomes one or two whole sentences in the first person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.language import Language
from characters.scene_memories import clean_memory
from characters.scene_memories.cleaning import MOST_CHINESE, MOST_WORDS

LINES = [("Ben", "I brought the letter, but I have not dared to open it."), ("Anna", "Give it me.")]
HID = "Ambrose had hidden the letter, and I pretended not to see it."


@pytest.mark.parametrize(
    ("answer", "memory"),
    [
        (" brought Anna the letter.", "I brought Anna the letter."),
        ("brought Anna the letter.", "I brought Anna the letter."),
        ("'d brought Anna the letter.", "I'd brought Anna the letter."),
        (", of all people, brought the letter.", "I, of all people, brought the letter."),
        ("I brought Anna the letter.", "I brought Anna the letter."),
        (HID, HID),
        (f'"{HID}"', HID),
        (f"“{HID}”", HID),
        (f"Sure, here is what Ben remembers:\n\n{HID}", HID),
        (f"Here's the memory: {HID}", HID),
        (f"**Memory:** {HID}", HID),
        (f"## Memory\n\n{HID}", HID),
        (f'Memory: "{HID}"', HID),
        (f"- {HID}\n- I closed the door.", f"{HID} I closed the door."),
        (f"1. {HID}", HID),
        (f"{HID}\n\nNote: this is an interpretation.", HID),
        (f"{HID} Let me know if you need another one!", HID),
        (f"{HID} I closed the door. I went home.", f"{HID} I closed the door."),
        (f"<think>He wants a memory.</think>{HID}", HID),
        (f"{HID}<|im_end|>\n<|im_start|>user\nAnd now?", HID),
        (f"{HID}</s>", HID),
        ("met Mr. Quill and Mrs. Gray. I left. I slept.", "I met Mr. Quill and Mrs. Gray. I left."),
        ("gave Anna the letter,", "I gave Anna the letter."),
    ],
)
def test_the_answer_is_cut_to_the_memory(answer: str, memory: str) -> None:
    assert clean_memory(answer, "en", opening="I", lines=LINES) == memory


@pytest.mark.parametrize(
    ("answer", "memory"),
    [
        ("把灯守了一夜。", "我把灯守了一夜。"),
        ("我把灯守了一夜。", "我把灯守了一夜。"),
        ("好的，以下是老周的记忆：我把灯守了一夜。", "我把灯守了一夜。"),
        ("记忆：我把灯守了一夜。", "我把灯守了一夜。"),
        ("“我把灯守了一夜。”", "我把灯守了一夜。"),
        ("守了一夜的灯。小满来过。天就亮了。", "我守了一夜的灯。小满来过。"),
        ("把灯守了一夜", "我把灯守了一夜。"),
    ],
)
def test_chinese_answers_too(answer: str, memory: str) -> None:
    assert clean_memory(answer, "zh", opening="我") == memory


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   \n ",
        "…",
        "<|im_end|>",
        "I'm sorry, but I cannot help with that.",
        "As an AI language model, I have no memories.",
        "I cannot write in the first person about this scene.",
        "Ben brought the letter and gave it to Anna.",  # not in the first person
        "Ben: I brought the letter, but I have not dared to open it.",  # the script goes on
        "brought the letter, but I have not dared to open it.",  # a line, repeated
        "我把灯守了一夜。",  # another language than the script's
        "went " + "on and " * MOST_WORDS + "on.",
    ],
)
def test_what_is_no_memory_is_refused(answer: str) -> None:
    assert clean_memory(answer, "en", opening="I", lines=LINES) is None


@pytest.mark.parametrize(
    "answer",
    [
        "抱歉，我无法完成。",
        "作为一个人工智能，我没有记忆。",
        "阿海守了一夜的灯。",
        "I kept the lamp.",
        "灯",
    ],
)
def test_what_is_no_chinese_memory_is_refused(answer: str) -> None:
    assert clean_memory(answer, "zh") is None


def test_a_sentence_that_broke_off_is_left_out() -> None:
    answer = "gave Anna the letter. She asked me to close the"
    assert clean_memory(answer, "en", opening="I", cut_off=True) == "I gave Anna the letter."
    assert clean_memory("gave Anna the", "en", opening="I", cut_off=True) is None


def test_the_first_person_may_be_spoken_of() -> None:
    answer = "was the first person to see the ferry."
    assert clean_memory(answer, "en", opening="I") == "I was the first person to see the ferry."


_PIECES = st.sampled_from(
    [
        *(
            "I",
            "my",
            "我",
            "saw the lamp",
            "守着灯",
            ".",
            "。",
            "…",
            "!",
            '"',
            "“",
            "”",
            "'",
            "\n\n",
        ),
        *("\n", " ", "Memory:", "Sure, here is it:", "记忆：", "- ", "1. ", "**", "# ", "Mr.", ","),
        *("<|im_end|>", "</s>", "<think>", "\x00", "\u202e", "I'm sorry, but I can't", "Ben: "),
    ]
)
ANSWERS = st.one_of(st.lists(_PIECES, max_size=40).map("".join), st.text(max_size=300))


@given(answer=ANSWERS, language=st.sampled_from(["en", "zh"]), cut_off=st.booleans())
def test_whatever_comes_is_short_one_line_and_without_control_tokens(
    answer: str, language: Language, cut_off: bool
) -> None:
    opening = "我" if language == "zh" else "I"
    memory = clean_memory(answer, language, opening=opening, cut_off=cut_off, lines=LINES)
    if memory is None:
        return
    assert memory == " ".join(memory.split())
    assert 0 < len(memory) <= 500
    assert len(memory) <= MOST_CHINESE if language == "zh" else len(memory.split()) <= MOST_WORDS
    assert not any(token in memory.lower() for token in ("<|", "</s>", "<think>", "\x00", "\u202e"))
    assert memory[-1] in '.!?。！？…"”’)」』）'


@given(answer=ANSWERS, language=st.sampled_from(["en", "zh"]))
def test_a_clean_memory_is_its_own_memory(answer: str, language: Language) -> None:
    memory = clean_memory(answer, language)
    if memory is not None:
        assert clean_memory(memory, language) == memory
