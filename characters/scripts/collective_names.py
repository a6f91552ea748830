"""Classify speaker names: a person, a group, a narrator, or no name at all."""

import re
import unicodedata
from typing import Literal

from characters.scripts.model import UNKNOWN_SPEAKERS

Voice = Literal["person", "group", "narrator", "nameless"]

_NARRATOR = re.compile(
    "旁白|旁述|画外音|话外音|解说员?|叙述者?|讲述者|字幕|标题|舞台说明|提示|系统"
    "|(?:the )?narrator|narrat(?:ion|ive)|voice[ -]?over|v\\.?o|(?:sub)?title|caption|system"
    "|(?:stage )?directions?|ナレーション|ナレーター"
)
_GROUP = re.compile(
    "[众眾].{0,3}|.{0,6}[们們]|.{0,4}(?:[众眾]人?|等人|[齐齊][声聲])|大家|大伙儿?|所有人|全[体员场班員]|合[唱声]?|群众|人群"
    "|其[他余]人|[二两三四几多]人|一同|みんな"
    "|all(?: together)?|both|every(?:one|body)|together|omnes|ensemble|various|several|voices"
    "|(?:the )?(?:crowd|chorus|choir|group|others|audience|mob)"
)
_JOINED = re.compile(r"\s*[&/+、]\s*|\s+and\s+")
_BRACKETED = re.compile(r"[（(\[【][^（()）\]】]{0,40}[)）\]】]")


def voice_of(speaker: str) -> Voice:
    """Return the kind of speaker that a name stands for, in Chinese or English.

    ``众人`` and ``ALL`` are groups, as are joined names: ``甲、乙``, ``MARY AND JOHN``. A remark in
    brackets says how a line is spoken, not who speaks it. A name without any sign is a person's.
    """
    name = unicodedata.normalize("NFKC", speaker).casefold()
    name = " ".join(_BRACKETED.sub(" ", name).split()).strip(" .,:*_-")
    if speaker in UNKNOWN_SPEAKERS or not any(character.isalpha() for character in name):
        return "nameless"
    if _NARRATOR.fullmatch(name):
        return "narrator"
    if _GROUP.fullmatch(name):
        return "group"
    parts = _JOINED.split(name)
    return "group" if len(parts) > 1 and all(parts) else "person"
