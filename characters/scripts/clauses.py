"""Distinguish a name before a colon from the beginning of a sentence: ``held me: I could``."""

import re
from collections.abc import Collection

from characters.scripts.names import (
    has_ideographs,
    is_in_capitals,
    is_like_a_name,
)

_SENTENCE = re.compile(r"[。！？!?；;，,…]|\.\.\.|(?<!\w)(?:[^\W\d_A-Z]\w{3,})\.(?:\s|$)")
_STYLED = re.compile(
    r"[^,，]+,\s*(?:Jr|Sr|Esq|M\.?\s?D|Ph\.?\s?D|I{2,3}|IV)\.?|[^.,，!?！？；;…。]+(?:[?？…]|\.\.\.)",
    re.IGNORECASE,
)
_JUNIOR = re.compile(r"[^,，]+,\s*(?:Jr|Sr)\.?")
_LISTED = re.compile(r"[^.,，!?！？；;…。]+(?:[,，]\s*[^.,，!?！？；;…。]+\.?){1,3}")
_LISTED_CHARACTERS = 6
_FEWEST_CAPITALS = 3
_SHARE_CAPITALS = 0.8
_NOBLE = re.compile(
    r"(?:(?:de|la|von|van|der|den|du|da|di|del|dos|al|el|bin|ibn|ter|le)\s+){1,2}(?=\S)"
)
"""Small words that open a family name: ``de la Cruz``."""
_OPENERS = frozenset(
    ("well", "oh", "ah", "yes", "no", "look", "listen", "so", "now", "please", "ok", "okay", "hey")
)

_STARTS = (
    "i|he|she|it|we|they|you|there|this|that|these|those|what|who|when|where|why|how|if|but|and|so"
    "|because|then|here|let|please|don|my|his|her|our|their|its|your"
    "|er|sie|es|ich|wir|das|il|elle|je|nous|on|ce|él|ella|yo|он|она|оно|я|мы|они|это"
)
_CLAUSE_START = re.compile(rf"(?:{_STARTS})(?:['’]\w+)?(?:\s|$)", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|was|are|were|am|has|had|have|will|would|can|could|do|did|does|said|says|thought|knew"
    r"|means|meant|held|made|took|came|went|got|gave|asked|told|must|should|may|might)\b"
)
_CHINESE_CLAUSE = re.compile(
    r"(?:[我你他她它咱您]|这|那|其|但|可是|所以|因为|如果|然后|于是|只有|还有|就是).{1,}"
    r"[是的了在有说要着过想到得道话问].*|.{3,}(?:如下|例如|比如|就是|的是|在于|写着|写道|意思是)",
    re.DOTALL,
)


def is_sentence(name: str, recurring: Collection[str]) -> bool:
    """Return whether the marks in ``name`` are a sentence's, not a name's.

    ``OTTO, JR.`` and ``WHO?`` are names. ``Bell, Mira`` is one where it is among the ``recurring``
    names of the script, or others like it are.
    """
    if not _SENTENCE.search(name):
        return False
    if _STYLED.fullmatch(name) and (is_in_capitals(name) or name in recurring):
        return False
    if _JUNIOR.fullmatch(name):
        return False
    if not _LISTED.fullmatch(name):
        return True
    parts = [part.strip() for part in re.split("[,，]", name)]
    if parts[0].casefold() in _OPENERS or not all(map(_is_part, parts)):
        return True
    known = name in recurring or all(part in recurring for part in parts)
    listed = any(_LISTED.fullmatch(other) for other in recurring)
    return not (known or listed or is_in_capitals(name))


def is_clause(name: str, recurring: Collection[str]) -> bool:
    """Return whether ``name`` is a part of a sentence without marks; no ``recurring`` name is.

    A first small letter shows one in a script whose recurring names have capitals.
    """
    if name in recurring:
        return False
    if has_ideographs(name):
        return bool(_CHINESE_CLAUSE.fullmatch(name))
    if name[0].islower() and recurring and not any(other[:1].islower() for other in recurring):
        return True
    if _has_capitals(recurring) and not is_like_a_name(name):
        return True  # a verse, ``Doch sie sprach:``, between ``FAUST:`` and ``WAGNER:``
    words = name.split()
    small = any(word[0].islower() for word in words[1:])
    if not small:
        return False
    return bool(_CLAUSE_START.match(name) or (len(words) > 2 and _VERB.search(name)))


def _has_capitals(recurring: Collection[str]) -> bool:
    """Return whether nearly all names of a script are in capitals."""
    number = sum(map(is_in_capitals, recurring))
    return number >= _FEWEST_CAPITALS and number >= _SHARE_CAPITALS * len(recurring)


def _is_part(part: str) -> bool:
    if has_ideographs(part):
        return len(part) <= _LISTED_CHARACTERS
    return is_like_a_name(_NOBLE.sub("", part))
