"""Set a name as a person would write it: ``AGNES`` as Agnes, ``JEAN-LUC`` as Jean-Luc.

Scripts call their speakers in capitals; a character's name stands in sentences. Only names that are
all capitals change, and within them neither initials nor call signs.
"""

import re

_INITIALISMS = (
    "AI CIA CEO CFO CTO DEA EMT ESU FBI IRA LAPD MIA MI5 MI6 NASA NPC NYPD PA POW RAF SAS SWAT TA"
    " UFO UK UN US USA USS VIP VO"
)
_ABBREVIATED = (
    "MR MRS MS DR ST SGT LT PVT CPL CPT JR SR PROF CAPT DET REV HON GEN COL MME MLLE SRTA FR BR"
)
_SMALL = (
    "A AN AND OF THE IN ON AT TO FOR FROM WITH DE DA DI DEL DELLA DES DU LA LE VAN VON DER DEN UND"
    " Y E"
)
_ROMAN = re.compile(r"(?=[IVX])(?:X{0,3})(?:IX|IV|V?I{0,3})")
_NUMBERED = re.compile(r"[^\W\d_]{3,}\d+")
_PARTS = re.compile(r"([-‐‑–/&+\s]+)")
_ELIDED = re.compile(r"([OD]|L)(['’])(.{2,})", re.IGNORECASE)
_KEPT_WORDS = frozenset(_INITIALISMS.split())
_TITLES = frozenset(_ABBREVIATED.split())
_SMALL_WORDS = frozenset(_SMALL.split())
_PREFIXED = re.compile(r"((?:Mc|Mac|Van|Von|De|Di|Du|La|Le|Fitz))(?=[^\W\d_a-z])(.+)", re.DOTALL)
_ORDINAL = re.compile(r"\d+(?:ST|ND|RD|TH)")
_BRACKETED = re.compile(r"\s*[(\[（【].*$", re.DOTALL)
_VOWELS = frozenset("AEIOUY")


def display_name(name: str) -> str:
    """Return the name as it is shown and stored: unchanged unless it is all capitals.

    What stands in brackets behind it stays as it is, as do initials (``DJ``, ``J.R.``), call signs
    (``R2-D2``) and Roman numerals.
    """
    bracket = _BRACKETED.search(name)
    bare, rest = (name[: bracket.start()], name[bracket.start() :]) if bracket else (name, "")
    if not _is_capitals(bare):
        return name
    pieces = _PARTS.split(bare)
    words = pieces[::2]
    last = len(words) - 1
    tied = _tied(pieces)
    for place, word in enumerate(words):
        if any(any(map(str.isdigit, words[each])) for each in tied.get(place, ())):
            continue  # a call sign: R2-D2
        alone = last == 0
        pieces[2 * place] = _set(word, small=0 < place < last, alone=alone, final=place == last)
    return "".join(pieces) + rest


def _is_capitals(name: str) -> bool:
    """Return whether all letters are capitals but those of ``Mc``, ``O'`` and ``'s``."""
    words = (_PREFIXED.sub(r"\2", word) for word in name.split())
    letters = re.sub(r"['’]s\b", "", " ".join(words))
    cased = [letter for letter in letters if letter.isupper() or letter.islower()]
    return len(cased) > 1 and all(letter.isupper() for letter in cased)


def _tied(pieces: list[str]) -> dict[int, list[int]]:
    """Return for each word that hyphens tie to others the places of all words of that knot."""
    knots: dict[int, list[int]] = {}
    for place in range(1, len(pieces), 2):
        if not pieces[place].strip() or pieces[place].strip() in {"/", "&", "+"}:
            continue
        before, after = place // 2, place // 2 + 1
        knot = knots.setdefault(before, [before])
        knot.append(after)
        knots[after] = knot
    return knots


def _set(word: str, *, small: bool, alone: bool, final: bool) -> str:
    bare = word.strip(".,:;!?'’\"“”")
    if small and bare in _SMALL_WORDS:
        return word.lower()
    if _stays(bare, alone=alone, final=final):
        return word
    if match := _ELIDED.fullmatch(word):
        return match[1].upper() + match[2] + _capitalise(match[3])
    return _capitalise(word)


def _stays(bare: str, *, alone: bool, final: bool) -> bool:
    """Return whether a word is initials, a call sign, or a numeral behind a name."""
    if bare in _TITLES:
        return False
    if any(map(str.isdigit, bare)):
        return not (_NUMBERED.fullmatch(bare) or _ORDINAL.fullmatch(bare))
    if "." in bare or len(bare) < 2 or bare in _KEPT_WORDS:
        return True
    has_no_case = any(letter.isalpha() and letter.lower() == letter.upper() for letter in bare)
    numeral = final and not alone and _ROMAN.fullmatch(bare)
    return has_no_case or bool(numeral) or _is_initials(bare)


def _is_initials(bare: str) -> bool:
    """Return whether a short word cannot be said, as ``DJ`` and ``TV``, or is like ``AJ``."""
    if not bare.isascii() or not bare.isalpha() or len(bare) > 4:
        return False
    return not _VOWELS.intersection(bare) or (len(bare) == 2 and bare[1] == "J")


def _capitalise(word: str) -> str:
    """Return ``word`` with one capital, and a further one behind ``Mc`` and other prefixes."""
    if match := _PREFIXED.fullmatch(word):
        return match[1] + _capitalise(match[2])
    if word.startswith("MC") and len(word) > 4 and word.isalpha():
        return "Mc" + _capitalise(word[2:])
    if _ORDINAL.fullmatch(word):
        return word.lower()
    for index, letter in enumerate(word):
        if letter.isalpha():
            return word[: index + 1] + word[index + 1 :].lower()
    return word
