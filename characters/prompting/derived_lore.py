"""Turn memories, overheard lines and summaries into lore beside the dialogue."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from characters.language import Language
from characters.lorebooks.model import Placement
from characters.prompting.lore import Lore
from characters.prompting.prompt import Persona

_BEFORE_THE_NEWEST = Placement("depth", 1)
"""Outside of the engine's cache: a memory is in one turn's prompt and not in the next."""
_BEFORE_ALL = Placement("depth", 2**31)


@dataclass(frozen=True, slots=True)
class _Texts:
    memory: str
    summary: str
    overheard: str
    line: str


_TEXTS: dict[Language, _Texts] = {
    "zh": _Texts(
        memory="{name}想起以前的对话，{user}说：“{line}”{name}答：“{reply}”",
        summary="此前的经过：{summary}",
        overheard="{name}当时在场，没有说话，听见{lines}",
        line="{speaker}说：“{line}”",
    ),
    "en": _Texts(
        memory='{name} remembers that {user} once said: "{line}", and {name} answered: "{reply}"',
        summary="What happened so far: {summary}",
        overheard="{name} was there, said nothing, and heard {lines}",
        line='{speaker} say: "{line}"',
    ),
}


def memory_lore(persona: Persona, user_name: str, line: str, reply: str) -> Lore:
    """Return an exchange of long ago, before the line to answer; dropped before other lore."""
    text = _TEXTS[persona.language].memory.format(
        name=persona.name, user=user_name, line=_in_a_line(line), reply=_in_a_line(reply)
    )
    return Lore(text, _BEFORE_THE_NEWEST, importance=-math.inf)


def overheard_lore(persona: Persona, lines: Sequence[tuple[str, str]]) -> Lore:
    """Return lines (speaker, text) of a scene that the silent character overheard.

    They stand where a memory does and are dropped as early. They are worded so that no line looks
    like the character's own, or like one to answer.
    """
    texts = _TEXTS[persona.language]
    each = [texts.line.format(speaker=who, line=_in_a_line(line)) for who, line in lines]
    joined = ("" if persona.language == "zh" else ", and ").join(each)
    text = texts.overheard.format(name=persona.name, lines=joined)
    return Lore(text, _BEFORE_THE_NEWEST, importance=-math.inf)


def summary_lore(language: Language, summary: str) -> Lore:
    """Return the summary in place of the oldest lines; dropped after all other lore."""
    text = _TEXTS[language].summary.format(summary=_in_a_line(summary))
    return Lore(text, _BEFORE_ALL, importance=math.inf)


def _in_a_line(text: str) -> str:
    return " ".join(text.split())
