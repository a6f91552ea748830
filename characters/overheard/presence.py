"""Track from stage directions whether a character is on stage."""

import re
from collections.abc import Collection, Iterable
from typing import Literal

from characters.overheard.chinese import ChineseDirections
from characters.overheard.english import EnglishDirections
from characters.scripts.lines import find_colon
from characters.scripts.text.cast_list import lists_cast

DirectionPlacement = Literal["between", "beside"]
"""Position of a direction: between two lines, or beside one, whose speaker it describes."""

_LEAST_NAME = 2
"""Least characters of a name: a shorter one is part of too many words."""
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
    """Read directions and cast lists for one character."""

    def __init__(self, names: Iterable[str]) -> None:
        """Compile the grammars for ``names``, all that the script may use, but too short ones."""
        typed = {name.strip() for name in names if len(name.strip()) >= _LEAST_NAME}
        spelled = {_plain(name) for name in typed}
        self._names = frozenset(name.casefold() for name in spelled)
        self._sought = tuple({name.casefold() for name in typed | spelled})
        ordered = sorted(spelled)
        self._grammars = (EnglishDirections(ordered), ChineseDirections(ordered)) if ordered else ()

    def named_in(self, text: str) -> bool:
        """Return whether the text contains a name; fast, with false positives."""
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
        placement: DirectionPlacement = "between",
        certain: bool = True,
    ) -> bool:
        """Return whether the character is present after ``direction``, ``present`` before.

        ``others``: other names in the scene. A direction that is not ``certain`` never makes the
        character present. An empty direction was too long to keep: the character counts as absent.
        """
        if not direction:
            return False
        prefix, cast = _split(direction) if placement == "between" else ("", "")
        if lists_cast(prefix):
            return present or (certain and self.is_listed(cast))
        others = [_plain(other).casefold() for other in others]
        for sentence in _SENTENCES.split(_plain(direction)):
            if sentence := sentence.strip(_BRACKETS):
                present = self._follow(present, sentence, others, placement, certain)
        return present

    def is_listed(self, cast: str) -> bool:
        """Return whether a list of names says that the character is present."""
        parts = [part for part in _LIST.split(_plain(cast)) if part]
        if not cast.isascii():
            parts = [word for part in parts for word in _SPACE.split(part)]
        return any(
            _REMARK.sub("", part).strip(" .。:：").casefold() in self._names
            for part in parts
            if not _ABSENT.search(part)
        )

    def _follow(
        self,
        present: bool,
        sentence: str,
        others: Collection[str],
        placement: DirectionPlacement,
        certain: bool,
    ) -> bool:
        for grammar in self._grammars:
            named = grammar.names(sentence)
            if placement == "between" and grammar.breaks(sentence):
                present = False
            if named and grammar.is_elsewhere(sentence):
                present = False
            if grammar.leaves(sentence):
                if named or grammar.may_mean_character(sentence):
                    return False
                if placement == "between" and not any(
                    each in sentence.casefold() for each in others
                ):
                    return False  # a person leaves, unnamed
            elif certain and named:
                addressed = placement == "beside" and grammar.is_addressed(sentence)
                present = present or addressed or grammar.comes(sentence)
        return present


def _split(direction: str) -> tuple[str, str]:
    """Return the text before the first colon, and the text after it."""
    colon = find_colon(direction)
    return (direction[:colon].strip(_BRACKETS), direction[colon + 1 :]) if colon > 0 else ("", "")


def _plain(text: str) -> str:
    """Return ``text`` without the dots of abbreviations, which end no sentence."""
    return _ABBREVIATION.sub(r"\1", text.strip())
