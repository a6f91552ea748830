"""What a model writes about a scene becomes one or two whole sentences in the first person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.language import Language
from characters.scene_memories import clean_memory
from characters.scene_memories.cleaning import MOST_CHINESE, MOST_WORDS

LINES = [
    ("Ben", "I brought the letter, but I have not dared to open it."),
    ("Anna", "Give it me. I like to think of wages as a sunrise."),
]
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
        ("gave her the letter. I gave her the letter.", "I gave her the letter."),
    ],
)
def test_the_answer_is_cut_to_the_memory(answer: str, memory: str) -> None:
    assert clean_memory(answer, "en", opening="I", lines=LINES, own=["Ben"]) == memory


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
        "'m not sure what Ben remembers from this scene.",
        "don't have any information about it.",
        "am Ben, and I brought the letter.",  # it speaks of itself as of another
        "remember Anna asking what Ben did.",
        "'m Anna, and I asked for the letter.",  # the wrong part
        "have the letter here, and you took it.",  # the dialogue goes on
        "like to think about wages as a sunrise.",  # nearly another's line
        "went " + "on and " * MOST_WORDS + "on.",
    ],
)
def test_what_is_no_memory_is_refused(answer: str) -> None:
    assert clean_memory(answer, "en", opening="I", lines=LINES, own=["Ben"]) is None


@pytest.mark.parametrize(
    "answer",
    [
        "我记住了这场戏中灯的事。",
        "我阿海，守了一夜的灯。",
        "我是阿海，守了一夜的灯。",
        "我听老周说灯亮了一夜。",
        "我说灯亮了，你听见了。",
        "抱歉，我无法完成。",
        "作为一个人工智能，我没有记忆。",
        "阿海守了一夜的灯。",
        "I kept the lamp.",
        "灯",
    ],
)
def test_what_is_no_chinese_memory_is_refused(answer: str) -> None:
    lines = [("老周", "灯亮了。"), ("阿海", "好。")]
    assert clean_memory(answer, "zh", lines=lines, own=["老周"]) is None


def test_a_sentence_that_broke_off_is_left_out() -> None:
    answer = "gave Anna the letter. She asked me to close the"
    assert clean_memory(answer, "en", opening="I", cut_off=True) == "I gave Anna the letter."
    assert clean_memory("gave Anna the", "en", opening="I", cut_off=True) is None


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        ('I asked Anna, "Do you want the letter?"', "en"),
        ("I said thank you to Anna for the letter.", "en"),
        ("I told Anna that I had brought the letter and had not dared to open it.", "en"),
        ("I was with Anna when the letter came.", "en"),
        ("我问阿海：“你看见灯了吗？”", "zh"),
        ("我和阿海守了一夜的灯。", "zh"),
    ],
)
def test_what_looks_like_it_may_be_a_memory(answer: str, language: Language) -> None:
    lines = [*LINES, ("阿海", "看见了。")]
    assert clean_memory(answer, language, lines=lines, own=["Ben", "老周"]) == answer


def test_a_long_name_is_known_in_any_spelling_and_a_short_one_as_written() -> None:
    assert clean_memory("I am ambrose in the rain.", "en", own=["Ambrose"]) is None
    willing = "I knew that the lamp will burn all night."
    assert clean_memory(willing, "en", own=["Will"]) == willing
    assert clean_memory("I knew that Will had the lamp.", "en", own=["Will"]) is None


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
