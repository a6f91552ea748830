"""Recognise rows that open a new scene: ``第三场 …``, ``SCENE 12 - …``, ``---``, ``# …``."""

import re

ACTION_MARKS = ("△", "▲", "∆", "Δ")
"""Signs that open what happens in Chinese film scripts."""

HEADING_CHARACTERS = 120
"""Longest heading. A longer row is prose, even where it begins like a heading."""

_CHINESE_NUMBER = r"[0-9０-９零〇一二三四五六七八九十百千两廿卅]+"
_CHINESE = (
    rf"(?:第\s*{_CHINESE_NUMBER}\s*[场場幕回集章节節话話折出齣卷部]|场景\s*{_CHINESE_NUMBER})"
)
_ENGLISH_NUMBER = (
    r"(?:[0-9]+[A-Za-z]?|(?-i:[IVXLCDM]+|[ivx]+)|one|two|three|four|five|six|seven|eight|nine|ten"
    r"|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty)"
)
_ENGLISH = rf"(?:act|scene|chapter|episode|part)\s+(?:the\s+)?{_ENGLISH_NUMBER}(?![\w'])"
_NUMBERED = rf"(?:{_CHINESE}|{_ENGLISH})"
_PLACE = (
    r"(?:(?:int(?:erior)?|ext(?:erior)?|i/e|int/ext)\.\s?|int\s+|ext\s+|[内外]景[\s.．·、，,/]*)"
)
_ALONE = r"(?:scene|场景|序幕|序章|楔子|引子|尾声|prologue|epilogue)"

_ORDINAL = (
    r"(?:[ivxlc]+|[0-9]{1,2}|premi[eè]re?|secondo?|seconde|deuxi[eè]me|troisi[eè]me|quatri[eè]me"
    r"|cinqui[eè]me|derni[eè]re?|primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|quint[oa]|prim[oa]"
    r"|terz[oa]|quart[oa]|перв[а-я]+|втор[а-я]+|трет[а-я]+|четв[её]рт[а-я]+|пят[а-я]+|шест[а-я]+)"
)
_ELSEWHERE = (
    rf"(?:acte|sc[eè]ne|tableau|acto|jornada|escena|cuadro|atto|scena|ato|cena|akt|aufzug|auftritt"
    rf"|szene|действие|акт|явление|картина|сцена)\s+{_ORDINAL}(?![\w'])[^!?]{{0,110}}"
    r"|(?:erste|zweite|dritte|vierte|fünfte|sechste|siebente|siebte|achte|neunte|zehnte|letzte)"
    r"[rs]?\s+(?:akt|aufzug|auftritt|szene|scene|handlung|bild)\b[^!?]{0,60}"
    r"|[0-9]{1,2}\.\s+(?:akt|aufzug|auftritt|szene)\b[^!?]{0,60}"
    r"|(?:the\s+)?(?:first|second|third|fourth|fifth|last)\s+(?:act|scene)\b[^!?]{0,60}"
    r"|act(?:us)?\s+(?:first|second|third|fourth|fifth|primus|secundus|tertius|quartus|quintus)\b"
    r"[^!?]{0,60}|scena\s+(?:prima|secunda|tertia|quarta|quinta)\b[^!?]{0,60}"
    rf"|(?:перв|втор|трет|четв[её]рт|пят|шест)[а-я]*\s+(?:действие|акт|картина|сцена)[^!?]{{0,60}}"
)
"""Acts and scenes of plays in French, Spanish, Italian, German, Russian, and a folio's Latin."""

_TIME_OR_PLACE = (
    r"(?:[日夜晨昏晚内外內]+|[内外內]景|白天|夜晚|清晨|早晨|上午|中午|下午|傍晚|黄昏|深夜|凌晨"
    r"|雨夜)"
)
_PART = r"[\s、，,.．·/|：:]"
_SHORT_DRAMA = (
    r"(?![0-9]{1,2}[:：][0-9])(?:第?[0-9]{1,3}[集场場]\s*)?[场場]?\s*[0-9]{1,3}"
    r"(?:\s*[-–—－.．]\s*[0-9]{1,3}){0,2}[场場]?"
    rf"(?={_PART})(?=[^。！？!?]*?{_PART}{_TIME_OR_PLACE}(?={_PART}|$))[^。！？!?]*"
    rf"|[0-9]{{1,3}}-[0-9]{{1,3}}\s+(?:int|ext|day|night)\b[^.!?]*"
)
"""A short drama's heading, ``1-2 夜 外 码头``: episode and scene, a time of day, and a place."""

_RULE = re.compile(r"(?=(?:\s*[-*=_~—─]){3})[-*=_~—─\s]+|([-*=_~])\1{2,}.+|#{1,6}(?:\s.*)?")
_BRACKETED = re.compile(rf"[\[【]\s*(?:{_NUMBERED}|{_PLACE}|{_ALONE}).*", re.IGNORECASE)
_BEFORE_COLON = re.compile(
    rf"(?:{_SHORT_DRAMA})|{_CHINESE}(?:[\s\-–—.,，、·|].*)?|{_ENGLISH}(?:\s*[-–—.,|].*)?|{_PLACE}.*|{_ALONE}",
    re.IGNORECASE | re.DOTALL,
)
_WHOLE = re.compile(
    rf"{_NUMBERED}[^。！？!?]*|(?:{_SHORT_DRAMA})|(?:{_ELSEWHERE})|{_PLACE}.*|{_ALONE}(?:[\s\-–—.]+[^。！？!?]*)?",
    re.IGNORECASE | re.DOTALL,
)


def is_heading(row: str) -> bool:
    """Return whether a stripped row without a colon opens a scene."""
    if len(row) > HEADING_CHARACTERS:
        return bool(_RULE.fullmatch(row[:HEADING_CHARACTERS])) and not row.startswith("#")
    return bool(_RULE.fullmatch(row) or _BRACKETED.match(row) or _WHOLE.fullmatch(row))


def is_heading_prefix(prefix: str) -> bool:
    """Return whether a row opens a scene, judged by the text before its first colon.

    Stricter than ``is_heading``, because ``Act 3 Guard: Halt!`` is a line.
    """
    if _RULE.fullmatch(prefix) or _BRACKETED.match(prefix):
        return True
    return bool(_BEFORE_COLON.fullmatch(prefix))


def heading_title(row: str) -> str | None:
    """Return the text of a heading; None for a bare rule."""
    return row.strip("-*=_~—─# \t")[:HEADING_CHARACTERS] or None
