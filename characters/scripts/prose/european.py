"""Find the speaker in French, Spanish, Portuguese, Italian, German, Russian and Polish clauses.

``dit Mira``, ``dijo doña Inés``, ``sagte Frau Hartwig``, ``сказал князь Андрей``; before a
quotation also ``Toby seufzte:``. A pronoun and a description (``dit le vieillard``) name no one.
"""

import re
from collections.abc import Collection

from characters.scripts.prose.said_verbs import (
    CLITICS,
    FILLERS,
    FRENCH_VERBS,
    NO_NAMES,
    RANKS,
    RELATIONS,
    VERBS,
)

_UPPER = "A-ZÀ-ÖØ-ÞŁŚŻŹĆŃŠŽČŘĎŤŇŮĚŐŰİĞŞĂȘȚĄĘА-ЯЁІЇЄҐΆΈΉΊΌΎΏΑ-Ω"
_CAPITAL = rf"(?:[{_UPPER}][\w’'-]*\w|[{_UPPER}]\.?(?![\w’']))"
_PARTICLE = r"(?:(?:de|du|des|la|le|del|di|da|do|dos|(?:von|van)(?:\s+de[rn])?)\s+|d['’])"
_NAME = rf"{_CAPITAL}(?:\s+{_PARTICLE}{{0,2}}{_CAPITAL}){{0,3}}"
_TITLE = (
    rf"(?:(?:{RANKS.replace(' ', '|')})\s+{_PARTICLE}{{0,2}}|(?:{RELATIONS.replace(' ', '|')})\s+)"
)
_ARTICLE = r"(?:(?:le|la|les|el|los|las|il|lo|o|os)\s+|l['’])"
_GERMAN_ARTICLE = r"(?:(?:der|die|das)\s+)"
_BETWEEN = r"(?:(?!(?:de|du|des|d|à|del|da|do|di|von|que|qui)\b)[^\W\d_]+\s+){0,2}?"
_RUSSIAN_ADJECTIVE = r"(?:[а-яё]{2,}(?:ый|ий|ой|ая|яя)\s+){0,2}"
_SUBJECT = (
    rf"(?:(?P<german>{_GERMAN_ARTICLE}(?:[a-zäöüß]+\s+){{0,2}})|{_ARTICLE}{_BETWEEN}|{_RUSSIAN_ADJECTIVE})"
    rf"(?P<name>(?:{_TITLE})?{_NAME})"
)
_BEFORE_SUBJECT = (
    r"(?:(?:und|et|y|e|и|Et|Und|Aber|Y|E|И|А|Alors|Mais|Entonces|Pero|Тогда|Тут|Но)\s+)?"
)
_OTHER_SUBJECT = (
    r"(?:er|sie|es|ich|wir|man|der|die|das|ein|eine|mein\w*|sein\w*|ihr\w*|il|elle|он|она|я)\b"
)

_AFTER = re.compile(rf"[\s,—–―-]*{CLITICS}{VERBS}(?:-(?:lhes?|me|se|nos))?{FILLERS}\s+{_SUBJECT}")
_NAME_FIRST = re.compile(rf"[\s,—–―-]*{_SUBJECT}{FILLERS}\s+{CLITICS}{VERBS}(?![\w-])")
_OPENS = re.compile(rf"[\s,]*(?:[^\W\d_]+\s+){{0,2}}?{CLITICS}{VERBS}(?!\w)")
_BEFORE = re.compile(
    rf"(?:^|[.!?…;:»“”\"—–]\s+|,\s+){_BEFORE_SUBJECT}{_SUBJECT}(?:\s+[^\W\d_{_UPPER}]+){{0,5}}?"
    rf"\s+{CLITICS}{VERBS}(?:\s+(?!{_OTHER_SUBJECT})[^\W\d_{_UPPER}][^.:;!?«»„“\"]{{0,60}})?\s*[:,]\s*[—–-]?\s*$"
)
_BEFORE_INVERTED = re.compile(
    rf"(?:^|\s){CLITICS}{VERBS}{FILLERS}\s+{_SUBJECT}(?:[^.:;!?«»„“\"{_UPPER}]{{0,60}}):\s*[—–-]?\s*$"
)
_INCISE = re.compile(
    rf"(?<=[,!?…;.])\s+(?P<clause>(?:{CLITICS}{FRENCH_VERBS}(?:-t)?-(?:il|elle|ils|elles|on|je)\b"
    rf"|{CLITICS}{FRENCH_VERBS}{FILLERS}\s+{_SUBJECT}"
    rf"|{CLITICS}{FRENCH_VERBS}\s+(?:le|la|les|un|une|mon|ma|son|sa|l['’])\s?[^\W\d_]+)"
    r"[^,.;:!?…«»—]{0,80})"
)
_BEFORE_CHARACTERS = 200


def name_after(text: str, known: Collection[str]) -> tuple[str, int] | None:
    """Return the speaker in the clause that begins ``text``, behind a quotation, and its end.

    Where German has an article, a noun is no name, unless it is one of the ``known`` speakers.
    """
    for pattern in (_AFTER, _NAME_FIRST):
        if (match := pattern.match(text)) and (name := _read_name(match, known)):
            return name, match.end()
    return None


def name_before(text: str, known: Collection[str]) -> str | None:
    """Return the speaker in the clause that ends ``text``, before a quotation."""
    text = text[-_BEFORE_CHARACTERS:]
    for pattern in (_BEFORE, _BEFORE_INVERTED):
        if (match := pattern.search(text)) and (name := _read_name(match, known)):
            return name
    return None


def opens_clause(text: str) -> bool:
    """Return whether ``text`` begins with a clause of speech, whatever its subject."""
    return bool(_OPENS.match(text) or _NAME_FIRST.match(text))


def find_incise(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the range of a French clause within a speech: ``Oui, dit Mira, non``."""
    match = _INCISE.search(text, start, end)
    return match.span("clause") if match else None


def _read_name(match: re.Match[str], known: Collection[str]) -> str | None:
    name = " ".join(match["name"].split())
    first, *others = name.split()
    if first.endswith(".") and others and (first in known or others[0] in NO_NAMES):
        return first  # a sentence ends behind an initial: ``sagte K. Er``
    if first in NO_NAMES or (match["german"] and name not in known):
        return None
    return name
