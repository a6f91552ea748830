"""Texts in which no tokenizer finds a control token: what people write must not end a turn.

A control token (``<|im_end|>``, ``reserved_0``, ``</s>``) is one id that a tokenizer makes of a
text wherever it stands. A space put inside of it is enough for none to be made, reads well, and
survives every normalisation; see ``docs/decisions/0017-control-tokens.md``.
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
"""Of breaking. A second finds what overlapped; behind the last, characters are taken out."""
_LONGEST = 256
"""Characters of a control token; no vocabulary has longer ones."""
_SPACE_OF_PIECES = "\u2581"
"""SentencePiece's own name for a space."""


class ControlTokens:
    """The control tokens of a model: its own, as far as they are known, and those of families."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        """``own``: the texts of the model's tokens; the families' are there in any case."""
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
        """``text`` with every control token in it broken; the same object where it has none."""
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
        """The prompt without forged control tokens, wherever the server's template puts it.

        Messages are looked at by themselves, and where two of them meet: a template may put
        nothing in between. The same object where nothing is to be changed.
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
        """The control tokens in ``text``, folded."""
        return self._pattern.findall(fold(text))

    def _suspicious(self, text: str) -> bool:
        return (
            self._perhaps.search(text) is not None and self._pattern.search(fold(text)) is not None
        )

    def _broken(self, text: str, *, shorten: bool = False) -> str | None:
        """Each token broken in two, or with ``shorten`` without a character; None: it has none."""
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
        """Two texts between which no token arises, with or without the white space at the seam."""
        for _ in range(_PASSES):
            inside = self._astride(first[-_LONGEST:].rstrip(), second[:_LONGEST].lstrip())
            if not inside:
                break
            if inside == 1:
                return first, _BREAK + second
            # Not at the seam itself, where a template may trim what is put there.
            at = len(first.rstrip()) - inside + 1
            first = self.neutralize(first[:at] + _BREAK + first[at:])
        return first, second

    def _astride(self, end: str, start: str) -> int:
        """How many characters of ``end`` begin a token that ``start`` completes; 0: none do."""
        if not end or not start or not self._perhaps.search(end + start):
            return 0
        folded, origins = _traced(end + start)
        for match in self._pattern.finditer(folded):
            begins, ends = origins[match.start()], origins[match.end() - 1]
            if begins < len(end) <= ends:
                return len(end) - begins
        return 0

    def _guarded(self, content: str) -> str:
        """A content that makes no control token around it a longer one."""
        start, end = fold(content[:_LONGEST]), fold(content[-_LONGEST:])
        if any(start.startswith(each) or each.startswith(start) for each in self._after if start):
            content = _BREAK + content
        if any(end.endswith(each) or each.endswith(end) for each in self._before if end):
            content += _BREAK
        return content


def fold(text: str) -> str:
    """``text`` as the most forgiving tokenizer reads it: compatibility forms, small letters.

    Marks and what is not printed are left out, since some normalizers do so.
    """
    return text.translate(_FOLDED)


_LEFT_OUT = ("Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me")
"""Control and format characters, unassigned, private and half ones, and marks."""


class _Folded(dict[int, str]):
    """What each character folds to, worked out when it is met first."""

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
    """The folded text, and for each of its characters the place of the one that it came from."""
    folded = [(_FOLDED[ord(each)], at) for at, each in enumerate(text)]
    origins = [at for piece, at in folded for _ in piece]
    return "".join(piece for piece, _ in folded), origins


def _cut(match: re.Match[str]) -> int:
    """Where to break a token: ``< |im_end|>``, ``reserved_ 0``."""
    token = match[0]
    if not token[0].isalnum():
        return match.start() + 1
    last = next((at for at in range(len(token) - 2, 0, -1) if not token[at].isalnum()), 0)
    return match.start() + last + 1


def _required(token: str) -> str:
    """A character that every text has that contains the token: the rarest, as far as that shows."""
    return next((each for each in token if not each.isalnum() and not each.isspace()), token[0])


def _spellings(folded: str) -> str:
    """Every character that one of these is folded from."""
    return "".join(each + _compatible().get(each, "") for each in dict.fromkeys(folded))


@cache
def _compatible() -> dict[str, str]:
    """The characters that each character is folded from, beside itself; none of Han or Hangul."""
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
    """What makes a longer token of another one when it stands before it, and behind it."""
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
