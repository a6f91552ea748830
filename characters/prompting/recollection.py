"""What a prompt tells beside the dialogue: exchanges that come back, what was heard, a summary."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from characters.language import Language
from characters.lorebooks.model import Placement
from characters.prompting.lore import Lore
from characters.prompting.prompt import Persona

_BEFORE_THE_NEWEST = Placement("depth", 1)
"""What an engine has not read yet: a memory is there at one turn and gone at the next."""
_BEFORE_ALL = Placement("depth", 2**31)


@dataclass(frozen=True, slots=True)
class _Texts:
    memory: str
    summary: str
    witnessed: str
    heard: str


_TEXTS: dict[Language, _Texts] = {
    "zh": _Texts(
        memory="{name}想起以前的对话，{user}说：“{said}”{name}答：“{reply}”",
        summary="此前的经过：{summary}",
        witnessed="{name}当时在场，没有说话，听见{heard}",
        heard="{speaker}说：“{said}”",
    ),
    "en": _Texts(
        memory='{name} remembers that {user} once said: "{said}", and {name} answered: "{reply}"',
        summary="What happened so far: {summary}",
        witnessed="{name} was there, said nothing, and heard {heard}",
        heard='{speaker} say: "{said}"',
    ),
}


def memory_lore(persona: Persona, user_name: str, said: str, reply: str) -> Lore:
    """An exchange of long ago, right before the line to answer; it gives way to any other lore."""
    text = _TEXTS[persona.language].memory.format(
        name=persona.name, user=user_name, said=_in_a_line(said), reply=_in_a_line(reply)
    )
    return Lore(text, _BEFORE_THE_NEWEST, importance=-math.inf)


def overheard_lore(persona: Persona, heard: Sequence[tuple[str, str]]) -> Lore:
    """Lines (speaker, text) of a scene in which the character was silent, told as what it heard.

    They stand where a memory does, and give way as one does; nothing of them looks like a line of
    the character's, or like one that it should answer.
    """
    texts = _TEXTS[persona.language]
    each = [texts.heard.format(speaker=who, said=_in_a_line(said)) for who, said in heard]
    joined = ("" if persona.language == "zh" else ", and ").join(each)
    told = texts.witnessed.format(name=persona.name, heard=joined)
    return Lore(told, _BEFORE_THE_NEWEST, importance=-math.inf)


def summary_lore(language: Language, summary: str) -> Lore:
    """The summary in place of the oldest lines; it gives way to nothing."""
    text = _TEXTS[language].summary.format(summary=_in_a_line(summary))
    return Lore(text, _BEFORE_ALL, importance=math.inf)


def _in_a_line(text: str) -> str:
    return " ".join(text.split())
