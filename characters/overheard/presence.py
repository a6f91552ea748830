"""Whether a character is on the stage behind what the script tells, word for word."""

import re
from collections.abc import Collection, Iterable
from typing import Literal

from characters.overheard.chinese import ChineseDirections
from characters.overheard.english import EnglishDirections
from characters.scripts.lines import find_colon
from characters.scripts.text.cast_list import lists_cast

Told = Literal["between", "beside"]
"""Where a direction stands: between two lines, or beside one, whose speaker it is about."""

_LEAST_NAME = 2
"""Characters: a shorter name is part of too many words."""
_ABBREVIATION = re.compile(r"\b(Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|[A-Z])\.")
_SENTENCES = re.compile(
    r"(?<=[.!?。！？…;；])[\"”’）)\]】]?\s*|(?<=[)）\]】])\s*(?=[(（\[【])|\s*[△▲∆Δ]\s*"
)
_BRACKETS = " \t\u3000()（）[]【】*_—–-"
_LIST = re.compile(r"\s*(?:[、，,;；/&]|\band\b|和|与)\s*")
_SPACE = re.compile(r"\s+")
_REMARK = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_ABSENT = re.compile(
    r"[画畫]外|场外|幕后|回忆|照片|电话|声音|\bv\.?o\b|\bo\.?s\b|voice|off|phone|photo|flashback|dead",
    re.IGNORECASE,
)


class StageReader:
    """Reads directions and lists for one character."""

    def __init__(self, names: Iterable[str]) -> None:
        """``names``: all that the script may call it; those of one character are left out."""
        typed = {name.strip() for name in names if len(name.strip()) >= _LEAST_NAME}
        spelled = {_plain(name) for name in typed}
        self._names = frozenset(name.casefold() for name in spelled)
        self._sought = tuple({name.casefold() for name in typed | spelled})
        ordered = sorted(spelled)
        self._grammars = (EnglishDirections(ordered), ChineseDirections(ordered)) if ordered else ()

    def named_in(self, text: str) -> bool:
        """Whether the text holds one of the names at all; quick, and in doubt true."""
        text = text.casefold()
        for name in self._sought:  # noqa: SIM110 (many lines: a generator takes twice as long)
            if name in text:
                return True
        return False

    def follow(
        self,
        present: bool,
        direction: str,
        others: Collection[str] = (),
        *,
        told: Told = "between",
        certain: bool = True,
    ) -> bool:
        """Whether the character is there after ``direction``, having been ``present`` before.

        ``others``: who else is in the scene. Nobody comes by a direction that is not ``certain``.
        An empty one tells more than is known.
        """
        if not direction:
            return False
        prefix, cast = _split(direction) if told == "between" else ("", "")
        if lists_cast(prefix):
            return present or (certain and self.is_listed(cast))
        others = [_plain(other).casefold() for other in others]
        for sentence in _SENTENCES.split(_plain(direction)):
            if sentence := sentence.strip(_BRACKETS):
                present = self._follow(present, sentence, others, told, certain)
        return present

    def is_listed(self, cast: str) -> bool:
        """Whether a list of names holds the character, as somebody who is there."""
        parts = [part for part in _LIST.split(_plain(cast)) if part]
        if not cast.isascii():
            parts = [word for part in parts for word in _SPACE.split(part)]
        return any(
            _REMARK.sub("", part).strip(" .。:：").casefold() in self._names
            for part in parts
            if not _ABSENT.search(part)
        )

    def _follow(
        self, present: bool, sentence: str, others: Collection[str], told: Told, certain: bool
    ) -> bool:
        for grammar in self._grammars:
            named = grammar.names(sentence)
            if told == "between" and grammar.breaks(sentence):
                present = False
            if named and grammar.is_elsewhere(sentence):
                present = False
            if grammar.leaves(sentence):
                if named or grammar.means_anybody(sentence):
                    return False
                if told == "between" and not any(each in sentence.casefold() for each in others):
                    return False  # somebody leaves, and nobody says who
            elif certain and named:
                addressed = told == "beside" and grammar.is_addressed(sentence)
                present = present or addressed or grammar.comes(sentence)
        return present


def _split(direction: str) -> tuple[str, str]:
    """What stands before the first colon, and behind it."""
    colon = find_colon(direction)
    return (direction[:colon].strip(_BRACKETS), direction[colon + 1 :]) if colon > 0 else ("", "")


def _plain(text: str) -> str:
    """``text`` without the dots of abbreviations, which end no sentence."""
    return _ABBREVIATION.sub(r"\1", text.strip())
