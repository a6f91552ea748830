"""Clean what a model writes as a memory: one or two whole sentences in the first person, or None.

Small models introduce their answer, quote the script, break off, refuse, or go on with another
speaker's line. What cannot be used is left out rather than repaired.
"""

import re
from collections.abc import Collection, Sequence

from characters.language import Language
from characters.scene_memories.judging import is_memory

MOST_WORDS = 60
MOST_CHINESE = 120
"""Longest memory, in words and in Chinese characters."""
_MOST_READ = 1_500
_SENTENCES = 2

_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_CONTROL = re.compile(
    r"<\|[^\n]{0,64}|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|reserved_\d+|<eos>|<bos>",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffd\u200b-\u200f\u2028-\u202e\ufeff*`]")
"""Characters that no memory needs, and the marks of emphasis."""
_PREAMBLE = re.compile(
    r"\s*(?:sure|certainly|of course|okay|ok|here(?:['’]s| is| are)"
    r"|当然|好的|以下是|这是|下面是)[^\n:：]{0,120}[:：]\s*",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\s*(?:#[^\n]{0,80}\n|[#>\-•·]+\s*|\(?\d{1,2}[.)、]\s*|(?:(?:scene )?memory"
    r"|summary|answer|recollection|记忆|回忆|回答|总结)\s*[:：]\s*)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\n\s*(?:[>\-•·]+|\d{1,2}[.)、])\s*")
_REMARK = re.compile(
    r"\s*(?:\(?note\b|let me know|would you like|is there anything|i hope this"
    r"|[（(]?注[：:]|希望这|如果你|需要我)",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|[A-Z])\.\Z")
_SENTENCE_END = re.compile(r"[。！？…]+[”’」』）)\"]*|[.!?]+[\"”’)]*(?=\s|\Z)")
_WHOLE = re.compile(r"[.!?。！？…][\"”’」』）)]*\Z")
_QUOTES = (('"', '"'), ("“", "”"), ("‘", "’"), ("'", "'"), ("「", "」"), ("『", "』"))


def clean_memory(
    answer: str,
    language: Language,
    *,
    opening: str = "",
    cut_off: bool = False,
    lines: Sequence[tuple[str, str]] = (),
    own: Collection[str] = (),
) -> str | None:
    """Return the memory in a model's ``answer``, one line of text; None where it has none.

    ``opening`` is the beginning that the engine continued: it is put before the answer unless the
    answer stands for itself. ``cut_off``: the engine reached its limit. ``lines`` are the scene's
    (speaker, text), ``own`` the character's name and its speakers.
    """
    text = _bare(_joined(opening, answer[:_MOST_READ], language))
    if any(text.startswith((f"{name}:", f"{name}：")) for name, _ in lines):
        return None
    memory = _first_sentences(text, language, cut_off=cut_off)
    return memory if memory and is_memory(memory, language, lines, own) else None


def _joined(opening: str, answer: str, language: Language) -> str:
    """Return the answer behind the opening, or alone where it does not continue it."""
    answer = _CONTROL.split(_THOUGHT.sub("", answer), maxsplit=1)[0]
    answer = _UNPRINTABLE.sub("", answer)
    begun = answer.lstrip()
    if not opening or not begun or _PREAMBLE.match(begun) or _LABEL.match(begun):
        return answer
    if language == "zh":
        return answer if begun.startswith(opening) or begun[0] in '“"「' else opening + begun
    if begun[0].isupper() or begun[0] in '"“':
        return answer
    glued = begun[0] in "'’,"
    return f"{opening}{'' if glued else ' '}{begun}"


def _bare(text: str) -> str:
    """Return the first paragraph without what introduces it, and without quotes around it."""
    before = None
    while text != before:
        before = text
        text = text.strip()
        if match := _PREAMBLE.match(text) or _LABEL.match(text):
            text = text[match.end() :]
        text = _unquoted(re.split(r"\n\s*\n|\n-{2,}", text.strip(), maxsplit=1)[0])
    return " ".join(_BULLET.sub(" ", text).split())


def _unquoted(text: str) -> str:
    for opened, closed in _QUOTES:
        inner = text[1:-1]
        if len(text) > 1 and (text[0], text[-1]) == (opened, closed):
            return text if opened in inner or closed in inner else inner
    return text


def _first_sentences(text: str, language: Language, *, cut_off: bool) -> str | None:
    """Return the first whole sentences, as many as may be shown; None where not one may."""
    kept, start = "", 0
    for end in _sentence_ends(text)[:_SENTENCES]:
        sentence, longer = text[start:end], text[:end].strip()
        whole = _WHOLE.search(sentence) is not None
        if _REMARK.match(sentence) or (cut_off and not whole):
            break
        if not whole:
            longer = longer.rstrip(",;:，；：、- ") + ("。" if language == "zh" else ".")
        if _is_too_long(longer, language) or (kept and sentence.strip() == kept):
            break
        kept, start = longer, end
    return kept or None


def _sentence_ends(text: str) -> list[int]:
    ends = [
        match.end()
        for match in _SENTENCE_END.finditer(text)
        if not _ABBREVIATED.search(text, max(0, match.end() - 6), match.end())
    ]
    return ends if ends and ends[-1] == len(text) else [*ends, len(text)]


def _is_too_long(text: str, language: Language) -> bool:
    if language == "zh":
        return len(text) > MOST_CHINESE
    return len(text.split()) > MOST_WORDS or len(text) > 8 * MOST_WORDS
