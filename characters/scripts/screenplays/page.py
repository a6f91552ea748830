"""Recognise a screenplay's headings, and the rows of its page that are not story."""

import re

from characters.scripts.headings import HEADING_CHARACTERS, is_heading

_PLACE = r"(?:INT(?:ERIOR)?|EXT(?:ERIOR)?|EST|INT\.?\s?/\s?EXT|EXT\.?\s?/\s?INT|I\s?/\s?E)"
_ENGLISH_HEADING = re.compile(rf"{_PLACE}(?:\.|\s).*", re.IGNORECASE | re.DOTALL)
_CHINESE_NUMBER = r"[0-9０-９零〇一二三四五六七八九十百]+"
_BREAK = r"[\s.．·、，/：:\-–—]"
_CHINESE_HEADING = re.compile(
    rf"第\s*{_CHINESE_NUMBER}\s*[场場幕集](?:{_BREAK}[^。！？]*)?"
    rf"|场景\s*{_CHINESE_NUMBER}(?:{_BREAK}.*)?|场景[：:].*"
    rf"|(?:[0-9]{{1,3}}{_BREAK}\s*)?(?:[内內外]景{_BREAK}|[内內外]\s*[.．·/]|[日夜]\s*[内內外]{_BREAK}).*"
    rf"|[0-9]{{1,3}}{_BREAK}.*{_BREAK}(?:[内內外日夜晨昏]|[内內外日夜]景|清晨|凌晨|黄昏|傍晚)",
    re.DOTALL,
)
_SCENE_NUMBER = re.compile(r"#?[0-9]{1,4}[A-Z]{0,2}[.)]?#?")

_PAGE_NUMBER = re.compile(r"(?:page\s+)?-?\s*[0-9]{1,4}\s*[.\-]?", re.IGNORECASE)
_CONTINUED = re.compile(r"\(?\s*CONTINUED\s*:?\s*\)?:?\s*(?:\([0-9]{1,2}\))?", re.IGNORECASE)
_MORE = re.compile(r"[(（]\s*(?:MORE|待续|转下页)\s*[)）]", re.IGNORECASE)
_TRANSITION = re.compile(
    r"(?:[A-Z0-9 ,'’\-]{1,40}\sTO:|FADE (?:IN|OUT|UP|TO BLACK)[.:]?|(?:THE\s+)?END[.]?|OMITTED"
    r"|(?:SMASH |MATCH |JUMP )?CUT TO BLACK[.:]?|DISSOLVE[.:]|INTERCUT[.:]?"
    r"|[（(【\[]?(?:切至|切入|淡入|淡出|叠化|化入|化出|黑场|完|剧终|全剧终|劇終)[：:。]?[)）】\]]?)"
)
_CHINESE_SLUG = re.compile(
    r"(?:时间?|時間?|地点?|地點|景|场景|人物?|出场人物|登场人物)\s*[：:].*", re.DOTALL
)
_CAST_OF_SLUG = re.compile(
    r"(?:^|\s)((?:出场|登场)?人物?\s*[：:].*?)(?=\s(?:时间?|時間?|地点?|地點|景|场景)\s*[：:]|$)",
    re.DOTALL,
)
_REVISED_ROW = re.compile(r"\*{1,2}")


def is_slugline(text: str) -> bool:
    """Return whether a stripped row is a heading with a location, or a numbered Chinese one."""
    if len(text) > HEADING_CHARACTERS:
        return False
    text = strip_scene_numbers(text)
    return bool(_ENGLISH_HEADING.fullmatch(text) or _CHINESE_HEADING.fullmatch(text))


def opens_scene(text: str) -> bool:
    """Return whether a row is a heading by ``is_slugline`` or by the rules of plain text."""
    return is_slugline(text) or is_heading(strip_scene_numbers(text))


def strip_scene_numbers(text: str) -> str:
    """Return ``text`` without scene numbers, which shooting scripts print in both margins."""
    words = text.split()
    if len(words) > 2 and words[0] == words[-1] and _SCENE_NUMBER.fullmatch(words[0]):
        return text.removeprefix(words[0]).removesuffix(words[0]).strip()
    if (
        len(words) > 1
        and _SCENE_NUMBER.fullmatch(words[0])
        and _ENGLISH_HEADING.fullmatch(rest := text.removeprefix(words[0]).strip())
    ):
        return rest
    return text


def strip_revision(row: str) -> str:
    """Return ``row`` without the asterisk at the right margin that marks it as revised."""
    row = row.rstrip()
    text = row.rstrip("*")
    return text if text.endswith(("  ", "\t")) and text.strip() else row


def is_more(text: str) -> bool:
    """Return whether a row says that the speech continues on the next page."""
    return bool(_MORE.fullmatch(text))


def is_transition(text: str) -> bool:
    """Return whether a row describes the transition from one scene to the next."""
    return bool(_TRANSITION.fullmatch(text))


def find_cast(text: str) -> str:
    """Return the part of a slug that lists who is in the scene: ``人：老周``; else ""."""
    match = _CAST_OF_SLUG.search(text) if _CHINESE_SLUG.fullmatch(text) else None
    return match[1] if match else ""


def is_page_layout(text: str) -> bool:
    """Return whether a row is a page number, ``CONTINUED:``, a revision's asterisk, or a slug.

    A slug is a row ``时：夜 景：码头 人：老周`` of a Chinese script, which has no speaker.
    """
    if len(text) > HEADING_CHARACTERS:
        return False
    patterns = (_PAGE_NUMBER, _CONTINUED, _REVISED_ROW, _CHINESE_SLUG)
    return any(pattern.fullmatch(text) for pattern in patterns)
