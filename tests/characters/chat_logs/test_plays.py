"""Logs of stages as they are read: directions, whispers, and Fountain that is read back."""

import io
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.chat_logs.fountain import write_fountain
from characters.chat_logs.model import STAGE, ChatLog, LoggedMessage
from characters.chat_logs.writer import write_markdown, write_text
from characters.json_values import JsonObject
from characters.language import Language
from characters.scripts.model import Rejection, Scene
from characters.scripts.reader import read_script
from characters.scripts.screenplays.fountain import Fountain


def said(name: str, text: str, *circle: str) -> LoggedMessage:
    """A line of the user's (Mara) or of a participant's, whispered to a circle if there is one."""
    stage: JsonObject = {
        "kind": "line",
        "speaker": None if name == "Mara" else name,
        "circle": [*circle] or None,
    }
    return LoggedMessage(name, text, is_user=name == "Mara", source={"extra": {STAGE: stage}})


def happens(text: str, *circle: str) -> LoggedMessage:
    stage: JsonObject = {"kind": "direction", "speaker": None, "circle": [*circle] or None}
    return LoggedMessage("Narrator", text, is_user=False, source={"extra": {STAGE: stage}})


def play(*messages: LoggedMessage, language: Language = "en", in_scene: bool = True) -> ChatLog:
    return ChatLog("Mara", "Bev", messages, language=language, user_in_scene=in_scene)


SCENE = (
    happens("On stage: Bev and Kit."),
    said("Mara", "The horse is in the well.", "Kit"),
    said("Kit", "In the well?\n\nOh no.", "Kit"),
    said("Bev", "Who whispers here?"),
    happens("The door is locked.", "Bev"),
)


def test_text_marks_directions_and_whispers() -> None:
    assert write_text(play(*SCENE)) == (
        "(On stage: Bev and Kit.)\n\n"
        "Mara (whispers to Kit): The horse is in the well.\n\n"
        "Kit (whispers to Mara): In the well?\n\nOh no.\n\n"
        "Bev: Who whispers here?\n\n"
        "(Bev alone: The door is locked.)\n\n"
    )


def test_text_in_chinese_and_a_whisper_that_a_director_called_for() -> None:
    log = play(said("白婆", "别出声。", "白婆", "阿远"), language="zh")
    assert write_text(log) == "白婆（悄声对阿远和Mara说）: 别出声。\n\n"
    assert write_text(play(said("Kit", "Hush.", "Kit"), in_scene=False)) == (
        "Kit (whispers): Hush.\n\n"
    )


def test_markdown_marks_directions_and_whispers() -> None:
    assert write_markdown(play(*SCENE[:2])) == (
        "# Bev\n\n*On stage: Bev and Kit.*\n\n"
        "**Mara** *(whispers to Kit)*\n\nThe horse is in the well.\n"
    )


def test_fountain_is_a_play() -> None:
    log = ChatLog(
        "Mara",
        "Bev",
        (*SCENE, said("Bev", "(She laughs.)"), said("李 four", "*So* it is.")),
        created=datetime(2024, 5, 6, tzinfo=UTC),
        title="The well",
    )
    assert write_fountain(log) == (
        "Title: The well\nDraft date: 2024-05-06\n\n"
        "On stage: Bev and Kit.\n\n"
        "MARA\n(whispers to Kit)\nThe horse is in the well.\n\n"
        "KIT\n(whispers to Mara)\nIn the well?\n  \nOh no.\n\n"
        "BEV\nWho whispers here?\n\n"
        "Bev alone: The door is locked.\n\n"
        "Bev: (She laughs.)\n\n"
        "@李 four\n\\*So\\* it is.\n"
    )


def test_fountain_is_found_to_be_fountain_and_read() -> None:
    written = write_fountain(play(*SCENE)).encode()
    reading = read_script(io.BytesIO(written), "stage.fountain")
    scenes = [item for item in reading if isinstance(item, Scene)]
    assert [(line.speaker, line.text) for scene in scenes for line in scene.lines] == [
        ("MARA", "(whispers to Kit) The horse is in the well."),
        ("KIT", "(whispers to Mara) In the well? Oh no."),
        ("BEV", "Who whispers here?"),
    ]
    assert [each.text for each in scenes[0].directions] == ["On stage: Bev and Kit."]


@pytest.mark.parametrize(
    ("name", "cue"),
    [
        ("Kit", "KIT"),
        ("Mr. Pettifer", "MR. PETTIFER"),
        ("白婆", "@白婆"),
        ("Int. House", "@Int. House"),
        ("Kit (old)", "KIT OLD"),
        ("!?", "@?"),
    ],
)
def test_cues(name: str, cue: str) -> None:
    assert write_fountain(play(said(name, "Yes."))).split("\n")[2] == cue


names = st.sampled_from(["Kit", "Bev Ruddock", "白婆", "O'Hara", "Agent 7", "Fade In", "the cook"])
texts = st.text(
    st.sampled_from("abcXYZ 白，。 \n\n\t\r\u2028*_~=!@#.>[](){}（）/\\:\"'^-|<《》7é"),
    min_size=1,
    max_size=60,
)


@given(st.lists(st.tuples(st.booleans(), names, texts), min_size=1, max_size=8))
def test_what_is_written_is_read_back_word_for_word(parts: list[tuple[bool, str, str]]) -> None:
    """All that is said comes back from its speaker, in order; the rest is action. Only white space
    may differ, and a second bracket that would begin a comment stands apart."""
    log = play(happens("Dawn."), *(happens(t) if action else said(n, t) for action, n, t in parts))
    rows = write_fountain(log).split("\n")
    items = list(Fountain().parse(rows))
    assert not [item for item in items if isinstance(item, Rejection)]
    read = [
        (line.speaker.casefold(), _bare(line.text))
        for scene in items
        if isinstance(scene, Scene)
        for line in scene.lines
    ]
    spoken = [
        (name.casefold(), _bare(text))
        for action, name, text in parts
        if not action and _bare(text) and _has_words(text)
    ]
    assert read == spoken


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())


def _has_words(text: str) -> bool:
    """Whether anything stands outside of the brackets that a text begins with."""
    rest = text.strip()
    while rest:
        opening, closing = rest[0], {"(": ")）", "（": ")）", "[": "]"}.get(rest[0], "")
        ends = [rest.find(mark) for mark in closing if mark in rest]
        if not ends:
            return True
        inner = rest[1 : min(ends)]
        if any(mark in inner for mark in ("[]" if opening == "[" else "()（）")):
            return True
        rest = rest[min(ends) + 1 :].strip()
    return False
