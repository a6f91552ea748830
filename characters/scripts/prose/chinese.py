"""Find the speaker in a Chinese clause: ``三三说``, ``老周笑道``, ``二二对三三喊``."""

import re
from collections.abc import Collection

_VERBS = (
    "(?:[说說问問答喊叫笑叹嘆骂罵喝回应應嚷怒吼劝勸赞贊哭奇惊驚]道|回答[说說道]?|接口道|开口道|继续[说說]"
    "|[说說道问問喊嚷吼答骂罵叫]|嘀咕|嘟囔|解释|解釋|吩咐|提醒|追问|追問|反问|反問)"
)
_MANNERS = (
    "(?:连忙|急忙|赶紧|立刻|马上|只好|终于|忽然|突然|随即|接着|接著|笑[着著]|(?:微|苦|冷|大)笑[着著]?"
    "|哭[着著]|叹着?气|叹了口气|点点头|点了点头|点头|摇摇头|摇了摇头|摇头|皱眉|皱着眉头?|[回转抬低]头"
    "|(?:冷冷|淡淡|轻轻|慢慢|缓缓|悄悄)地?|[轻輕低小大高柔沉厉厲朗颤连][声聲]|又|也|便|就|才|却|忙)"
    "{0,3}"
)
_TO = "(?:[对對向朝冲跟][着著]?[^，。！？：:“”「」]{1,8}?)?"
_SAYS = f"{_TO}{_MANNERS}{_VERBS}"
_NAME = r"(?:[\u4e00-\u9fff]{2,4}?|[\u4e00-\u9fff]{1,6}·[\u4e00-\u9fff]{1,6}?|[A-Z][A-Za-z]{0,20})"

_AFTER = re.compile(rf"\s*[，,]?({_NAME}){_SAYS}(?=[，。！？；：,.!?;:…—]|了|[着著]|\s|$)")
_CLAUSE = re.compile(f"({_NAME}){_SAYS}")
_SAYS_ALONE = re.compile(f"{_TO}{_MANNERS}{_VERBS}")
_NO_SUBJECT = re.compile(f"{_MANNERS}(?:{_VERBS})?")
_SENTENCE_ENDS = re.compile(r"[。！？!?…」』”\"\s]")
_COMMA = re.compile("[，,]")
_LONGEST_NAME = 13

_NO_PART_OF_A_NAME = frozenset(
    "他她它我你您咱这那這谁誰的了着著过過地得在是有和与與对對向把被从從又也就都不没沒很还還便却卻们們个個"
    "朝冲跟让讓请請听聽见見看等众眾说說道问問喊嚷笑叹嘆"
)
_OTHERS_ACT = frozenset("的和与與跟、让讓叫请請听聽见見看等说說问問")
"""Characters after which the name that opens a clause need not be the speaker of the next."""


def name_after(text: str) -> tuple[str, int] | None:
    """Return the speaker in the clause that begins ``text``, behind a quotation, and its end."""
    match = _AFTER.match(text)
    return (match[1], match.end()) if match and _is_name(match[1]) else None


def name_before(text: str, known: Collection[str]) -> str | None:
    """Return the speaker in the clause that ends ``text``, before a quotation.

    Behind a comma the subject may have been left out, and the apparent name may be none: there it
    must be one of the ``known`` speakers, and also where the clause before the comma gives the
    subject (``老周叹了口气，说道``).
    """
    sentence = _SENTENCE_ENDS.split(text.rstrip().rstrip("：:，,"))[-1]
    *before, clause = _COMMA.split(sentence)
    if match := _CLAUSE.fullmatch(clause):
        name = match[1]
        return name if _is_name(name) and (not before or name in known) else None
    if len(before) == 1 and _SAYS_ALONE.fullmatch(clause):
        return _find_subject(before[0], known)
    return None


def _find_subject(clause: str, known: Collection[str]) -> str | None:
    for end in range(min(len(clause), _LONGEST_NAME), 1, -1):
        if clause[:end] in known:
            return None if _OTHERS_ACT.intersection(clause[end:]) else clause[:end]
    return None


def _is_name(name: str) -> bool:
    return not _NO_PART_OF_A_NAME.intersection(name) and not _NO_SUBJECT.fullmatch(name)
