"""Find the speaker in an English clause: ``said Anna``, ``Mr. Hale asked``."""

import re

_VERBS = (
    "said|says|asked|asks|replied|replies|answered|answers|cried|shouted|whispered|muttered"
    "|murmured|called|added|continued|exclaimed|remarked|began|inquired|enquired|demanded"
    "|observed|sighed|snapped|growled|yelled|screamed|agreed|admitted|insisted|suggested"
    "|explained|repeated|interrupted|responded|returned|announced|declared|protested|laughed"
)
_TITLE = r"(?:(?:[Tt]he|Mr|Mrs|Ms|Dr|Miss|Sir|Lady|Lord|Aunt|Uncle|Captain|Professor)\.?\s+)?"
_WORD = r"[A-Z][\w-]*(?:['’][A-Z][\w-]*)?"
_NAME = rf"{_TITLE}{_WORD}(?:\s+{_WORD}){{0,2}}\b(?!['’]s\b|s['’]|\s+(?:and\s+)?[A-Z])"
_MANNER = r"(?:\s+[a-z]+ly)?"

_AFTER = re.compile(
    rf"\s*(?:(?:{_VERBS})\s+(?P<inverted>{_NAME})|(?P<name>{_NAME}){_MANNER}\s+(?:{_VERBS})\b)"
    rf"{_MANNER}"
)
_BEFORE = re.compile(
    rf"(?:^|[.!?,;:—]\s+)(?:(?:[Aa]nd|[Tt]hen|[Bb]ut|[Ss]o)\s+)*(?P<name>{_NAME}){_MANNER}"
    rf"\s+(?:{_VERBS}){_MANNER}(?:\s+to\s+(?:{_NAME}|him|her|them|me|us))?\s*[,:]?\s*$"
)
_BEFORE_CHARACTERS = 200
_NO_NAMES = re.compile(
    "He|She|They|It|I|We|You|Who|One|No|Nobody|Someone|Somebody|Everyone|Everybody|Anyone|Another"
    "|Others|Both|Neither|Either|All|Some|And|Then|But|So|Yes|That|This|There|What|When|While|As|If"
    "|Now|Here|Not|His|Her|Their|My|Your|Our|Its|Oh|Ah|Well"
)


def name_after(text: str) -> tuple[str, int] | None:
    """Return the speaker in the clause that begins ``text``, behind a quotation, and its end."""
    match = _AFTER.match(text)
    name = match and _read_name(match["inverted"] or match["name"])
    return (name, match.end()) if match and name else None


def name_before(text: str) -> str | None:
    """Return the speaker in the clause that ends ``text``, before a quotation."""
    match = _BEFORE.search(text[-_BEFORE_CHARACTERS:])
    return _read_name(match["name"]) if match else None


def _read_name(name: str) -> str | None:
    """Return the name without its article; None for a pronoun and other words that name no one."""
    words = name.split()
    if words[0] in ("the", "The"):
        words = words[1:]
    return None if _NO_NAMES.fullmatch(words[0]) else " ".join(words)
