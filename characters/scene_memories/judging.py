"""Judge whether a text is a character's memory of a scene, and not something else a model writes.

Small models speak of their task, take the part of another, or repeat the script. The rules were
found by reading what two models of half a billion and 1.5 billion parameters wrote about the scenes
of the samples.
"""

import re
from collections.abc import Collection, Sequence

from characters.language import Language, detect_language, reading_length

_LEAST_LENGTH = 4.0
"""Shortest memory, in CJK characters (three others count as one)."""
_LEAST_NAME = 2
"""Shortest name that is searched for: a shorter one is part of too many words."""
_LONGEST_WORD_NAME = 5
"""Longest name that is searched for with its capital letter."""
_ALIKE = 0.7
"""Least share of a text's letter pairs in another's line to count as that line."""

_MOST_LONGER = 1.5
"""Most times as many pairs that such a line may have."""

_ABOUT_THE_TASK = re.compile(
    r"\bas an ai\b|\blanguage model|\bi(?:['’]m| am) sorry,? but i\b|\bin the first person\b"
    r"|\b(?:this|the above|the following) (?:scene|script)\b|\bthe (?:scene|script) (?:above|below)"
    r"|\bi (?:cannot|can['’]t|am (?:unable|not able) to) (?:assist|help with|write|provide|fulfill"
    r"|answer|create|generate|comply|continue)\b"
    r"|\bi (?:do not|don['’]t) have (?:any |enough )?(?:information|memory|memories|context)\b"
    r"|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|人工智能助手|(?:抱歉|对不起)，我(?:无法|不能)"
    r"|无法提供|第一人称|这[场段幕](?:戏|剧本|场景|对话)|以上(?:场景|剧本)",
    re.IGNORECASE,
)
_FIRST_PERSON: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"\b(?:I|me|my|mine|myself|we|us|our|ours)\b"),
    "zh": re.compile("[我俺咱]"),
}
_SECOND_PERSON: dict[Language, re.Pattern[str]] = {
    "en": re.compile(r"(?<!thank )\b(?:you|your|yours|yourself)\b", re.IGNORECASE),
    "zh": re.compile("(?<!谢)[你您]"),
}
_QUOTED = re.compile(r"[\"“][^\"”]*[\"”]|‘[^’]*’|「[^」]*」|『[^』]*』")


def is_memory(
    text: str,
    language: Language,
    lines: Sequence[tuple[str, str]] = (),
    own: Collection[str] = (),
) -> bool:
    """Return whether the text is in the first person, about the scene, and the character's own.

    ``lines`` are the scene's (speaker, text), ``own`` the character's name and its speakers.
    """
    if _ABOUT_THE_TASK.search(text) or detect_language([text]) != language:
        return False
    if reading_length(text) < _LEAST_LENGTH or not _FIRST_PERSON[language].search(text):
        return False
    if _SECOND_PERSON[language].search(_QUOTED.sub("", text)):  # it goes on with the dialogue
        return False
    others = {speaker for speaker, _ in lines} - {*own}
    if _names_itself(text, own) or _poses_as(text, others, language):
        return False
    return not _repeats(text, lines, own)


def _names_itself(text: str, own: Collection[str]) -> bool:
    """Return whether the text speaks of the character as of another person."""
    return any(_is_in(name, text) for name in own)


def _poses_as(text: str, others: Collection[str], language: Language) -> bool:
    """Return whether the text says that "I" is another speaker of the scene."""
    wanted = r"我(?:是|叫)?{}[，。、]" if language == "zh" else r"\bI(?:['’]m| am),? {}\b"
    return any(
        re.search(wanted.format(re.escape(name)), text)
        for name in others
        if len(name) >= _LEAST_NAME
    )


def _repeats(text: str, lines: Sequence[tuple[str, str]], own: Collection[str]) -> bool:
    """Return whether the text is a line of the scene, or nearly that of another speaker."""
    letters, pairs = _letters(text), _pairs(text)
    for speaker, said in lines:
        if _letters(said) == letters:
            return True
        heard = _pairs(said)
        comparable = len(heard) <= _MOST_LONGER * len(pairs)  # a long speech has most pairs
        if speaker not in own and comparable and len(pairs & heard) >= _ALIKE * len(pairs):
            return True
    return False


def _is_in(name: str, text: str) -> bool:
    if len(name) < _LEAST_NAME:
        return False
    if not name.isascii():
        return name in text
    # A short name may be a word as well: Will, Rose.
    flags = re.IGNORECASE if len(name) > _LONGEST_WORD_NAME else 0
    return re.search(rf"\b{re.escape(name)}\b", text, flags) is not None


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _pairs(text: str) -> frozenset[str]:
    letters = _letters(text)
    return frozenset(letters[at : at + 2] for at in range(len(letters) - 1))
