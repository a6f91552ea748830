"""Break control tokens in texts, so that user input cannot end a turn.

A tokenizer turns the text of a control token (``<|im_end|>``, ``reserved_0``, ``</s>``) into one id
at any position. A space inside the text prevents that, reads well, and survives every
normalisation; see ``docs/decisions/0017-control-tokens.md``.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from app.engines.control_families import EXTENSIBLE, PATTERNS, REQUIRED
from app.engines.port import EnginePrompt

_BREAK = " "
_PASSES = 4
"""Passes that break tokens. A second finds overlaps; after the last, characters are removed."""
_LONGEST = 256
"""Most characters of a control token; no vocabulary has longer ones."""
_SPACE_OF_PIECES = "\u2581"
"""SentencePiece's own name for a space."""


class ControlTokens:
    """Break the control tokens of a model: its own, where known, and those of model families."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        """Add the texts of the model's ``own`` tokens to the families' tokens."""
        known = {folded for each in own if 1 < len(folded := fold(each).strip()) <= _LONGEST}
        families = re.compile("|".join(PATTERNS))
        rest = sorted(
            (each for each in known if not families.fullmatch(each)), key=lambda each: -len(each)
        )
        self._pattern = re.compile("|".join((*map(re.escape, rest), *PATTERNS)))
        required = REQUIRED + "".join(_required(each) for each in rest)
        self._perhaps = re.compile(f"[{re.escape(_spellings(required))}]")
        self._before, self._after = _extensions(known or set(EXTENSIBLE))

    def neutralize(self, text: str) -> str:
        """Return ``text`` with every control token broken; the same object without any."""
        if not self._suspicious(text):
            return text
        for _ in range(_PASSES):
            broken = self._broken(text)
            if broken is None:
                return text
            text = broken
        while (shorter := self._broken(text, shorten=True)) is not None:
            text = shorter
        return text

    def neutralize_prompt(self, prompt: EnginePrompt) -> EnginePrompt:
        """Return the prompt without forged control tokens, for any template of the server.

        Messages are checked separately and where two meet, as a template may put no text between
        them. Returns the same object if unchanged.
        """
        if isinstance(prompt, str):
            return self.neutralize(prompt)
        contents = [self.neutralize(each.content) for each in prompt]
        for at in range(1, len(contents)):
            contents[at - 1], contents[at] = self._apart(contents[at - 1], contents[at])
        contents = [self._guarded(each) for each in contents]
        if all(new == each.content for new, each in zip(contents, prompt, strict=True)):
            return prompt
        return [
            replace(each, content=new) if new != each.content else each
            for new, each in zip(contents, prompt, strict=True)
        ]

    def found(self, text: str) -> list[str]:
        """Return the control tokens in ``text``, folded."""
        return self._pattern.findall(fold(text))

    def _suspicious(self, text: str) -> bool:
        return (
            self._perhaps.search(text) is not None and self._pattern.search(fold(text)) is not None
        )

    def _broken(self, text: str, *, shorten: bool = False) -> str | None:
        """Return ``text`` with each token split, or with ``shorten`` cut by a character.

        Returns None for a text without control tokens.
        """
        folded, origins = _traced(text)
        pieces, last, at = [], 0, 0
        while match := self._pattern.search(folded, at):
            at = _cut(match)
            cut = max(origins[at], origins[match.start()] + 1)
            pieces.append(text[last:cut] if not shorten else text[last : cut - 1])
            pieces.append("" if shorten else _BREAK)
            last = cut
            while at < len(origins) and origins[at] < cut:
                at += 1
        return "".join((*pieces, text[last:])) if pieces else None

    def _apart(self, first: str, second: str) -> tuple[str, str]:
        """Return the texts so that no token spans them, with or without white space at the seam."""
        for _ in range(_PASSES):
            inside = self._astride(first[-_LONGEST:].rstrip(), second[:_LONGEST].lstrip())
            if not inside:
                break
            if inside == 1:
                return first, _BREAK + second
            # Not at the seam itself, where a template may trim the space.
            at = len(first.rstrip()) - inside + 1
            first = self.neutralize(first[:at] + _BREAK + first[at:])
        return first, second

    def _astride(self, end: str, start: str) -> int:
        """Return how many characters of ``end`` begin a token that ``start`` completes."""
        if not end or not start or not self._perhaps.search(end + start):
            return 0
        folded, origins = _traced(end + start)
        for match in self._pattern.finditer(folded):
            begins, ends = origins[match.start()], origins[match.end() - 1]
            if begins < len(end) <= ends:
                return len(end) - begins
        return 0

    def _guarded(self, content: str) -> str:
        """Return a content that cannot extend a control token before or after it."""
        start, end = fold(content[:_LONGEST]), fold(content[-_LONGEST:])
        if any(start.startswith(each) or each.startswith(start) for each in self._after if start):
            content = _BREAK + content
        if any(end.endswith(each) or each.endswith(end) for each in self._before if end):
            content += _BREAK
        return content


def fold(text: str) -> str:
    """Return ``text`` as the most lenient tokenizer reads it: compatibility forms, lower case.

    Marks and unprintable characters are removed, since some normalizers do so.
    """
    return text.translate(_FOLDED)


_LEFT_OUT = ("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me")
"""Categories of control, format, unassigned, private-use and surrogate characters, and marks."""


class _Folded(dict[int, str]):
    """Map each character to its folded form, computed on first access."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


def _fold(character: str) -> str:
    if character in "\t\n\r":
        return character
    if character == _SPACE_OF_PIECES:
        return " "
    return "".join(
        each.lower()
        for each in unicodedata.normalize("NFKD", character)
        if unicodedata.category(each) not in _LEFT_OUT
    )


_FOLDED = _Folded()


def _traced(text: str) -> tuple[str, list[int]]:
    """Return the folded text, and the index in ``text`` of each of its characters' origins."""
    folded = [(_FOLDED[ord(each)], at) for at, each in enumerate(text)]
    origins = [at for piece, at in folded for _ in piece]
    return "".join(piece for piece, _ in folded), origins


def _cut(match: re.Match[str]) -> int:
    """Return the index to break a token at: ``< |im_end|>``, ``reserved_ 0``."""
    token = match[0]
    if not token[0].isalnum():
        return match.start() + 1
    last = next((at for at in range(len(token) - 2, 0, -1) if not token[at].isalnum()), 0)
    return match.start() + last + 1


def _required(token: str) -> str:
    """Return a character of the token, preferably a rare one, to filter texts by."""
    return next((each for each in token if not each.isalnum() and not each.isspace()), token[0])


def _spellings(folded: str) -> str:
    """Return every character that folds to one of these, and these."""
    return "".join(each + _compatible().get(each, "") for each in dict.fromkeys(folded))


@cache
def _compatible() -> dict[str, str]:
    """Return the other characters that fold to each character; none of Han or Hangul."""
    found: dict[str, str] = {}
    for code in (*range(0x80, 0x3400), *range(0xA000, 0xAC00), *range(0xD7A4, 0x20000)):
        character = chr(code)
        folded = _fold(character)
        if folded != character:
            for each in set(folded):
                found[each] = found.get(each, "") + character
    for letter in "abcdefghijklmnopqrstuvwxyz":
        found[letter] = found.get(letter, "") + letter.upper()
    return found


def _extensions(tokens: set[str]) -> tuple[list[str], list[str]]:
    """Return the texts that extend a token to a longer one, before it and after it."""
    before, after = set(), set()
    for token in tokens:
        for at in range(1, len(token)):
            if token[:at] in tokens:
                after.add(token[at:])
            if token[at:] in tokens:
                before.add(token[:at])
    if not tokens.isdisjoint(EXTENSIBLE):
        after |= set("0123456789")
    return sorted(before), sorted(after)
