"""Read KAG, TyranoScript's and Kirikiri's ``.ks``, and Naninovel's ``.nani``.

Sources: TyranoScript's and KAG 3's tag references; Naninovel's “Naninovel Scripts”. Tags and
commands are not speech.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from characters.scripts.games.guesses import read_story
from characters.scripts.games.story import (
    Part,
    Said,
    StoryItem,
    gather_story,
    say,
    split_name,
    tidy,
)
from characters.scripts.model import NonDialogue, ParseItem

_TAG = re.compile(r"\[[^\[\]\n]*\]")
_RUBY = re.compile(r"\[ruby\b[^\[\]]*\]")
_NAME_TAG = re.compile(
    r"[\[@](?:name|nm|talk|chara_talk|cn|ns)\b[^\[\]@]*?(?:name|chara|t|text)\s*=\s*[\"']?(?P<name>[^\"'\]\s]+)"
    r"|\[(?:ns)\](?P<between>[^\[\]]+)\[nse\]",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"【(?P<name>[^【】]{1,40})】\s*(?P<text>.*)", re.DOTALL)
_LABEL = re.compile(r"\*(?P<name>[\w-]*)(?:\|(?P<title>.*))?")
_BLOCKS = {"iscript": "endscript", "macro": "endmacro", "html": "endhtml"}
_OPENS = re.compile(r"[\[@]\s*(iscript|macro|html)\b", re.IGNORECASE)
_CHOICE = re.compile(r"[\[@](?:link|glink|button|sel|select|choice|endlink)\b", re.IGNORECASE)
_KAG = re.compile(
    r"^(?:\*\w+(?:\|[^\n]*)?|[ \t]*@\w+[^\n]*|[ \t]*\[\w+[^\]\n]*\][ \t]*|#[^\s#][^\n]{0,40}"
    r"|;[^\n]*|[^\n]*\[(?:l|p|r|cm|lr|lcm|pcm)\][ \t]*)$",
    re.MULTILINE,
)
_KAG_SURE = re.compile(
    r"\[(?:l|p|r|cm|lr|lcm|pcm|np|jump|bg|chara_\w+|playbgm|wait|s|endlink)\b[^\[\]\n]*\]"
    r"|^[ \t]*@(?:bg|talk|nm|jump|call|cg|fg|bgm|se|playbgm|hitret|wait|trans|chara_\w+|l|p|cm)\b",
    re.MULTILINE,
)
_NANI = re.compile(r"^@\w+[^\n]*$", re.MULTILINE)
_NANI_LABEL = re.compile(r"#\s*(\S.*)")
_KAG_SHARE = 0.3
_KAG_FEWEST = 2
_LOOK = re.compile(r"(?P<name>[^\s.:：]{1,40})\.[\w,./-]{1,60}(?=\s*[:：])")


@dataclass(frozen=True, slots=True)
class Kag:
    """Read messages; ``#Name``, ``【Name】`` and name tags say whose, until the next or ``#``."""

    name = "kag"

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.96 where many rows are tags, labels and names, and some surely KAG's.

        Under its ending one of them suffices.
        """
        is_named = filename.lower().endswith(".ks")
        if is_named and _KAG.search(head):
            return 0.96
        if len(_KAG_SURE.findall(head)) < _KAG_FEWEST:
            return 0
        rows = sum(bool(row.strip()) for row in head.split("\n"))
        share = len(_KAG.findall(head)) / max(1, rows)
        return 0.96 if share >= _KAG_SHARE else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return gather_story(_read_kag(rows))


@dataclass(frozen=True, slots=True)
class Naninovel:
    """Read ``Name: text`` and ``Name.Look: text``; ``@`` begins a command, ``#`` a label."""

    name = "naninovel"

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.96 for commands under the ending."""
        return 0.96 if filename.lower().endswith(".nani") and _NANI.search(head) else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return read_story(_read_naninovel(rows))


def _read_kag(rows: Iterable[str]) -> Iterator[StoryItem]:
    speaker = ""
    closing = ""
    for number, source in enumerate(rows, start=1):
        row = tidy(source)
        if not row:
            continue
        if closing:
            closing = "" if closing in row.lower() else closing
            yield NonDialogue(number, "layout")
        elif opened := _OPENS.match(row):
            closing = _BLOCKS[opened[1].lower()]
            closing = "" if closing in row.lower() else closing
            yield NonDialogue(number, "layout")
        elif label := _LABEL.fullmatch(row):
            yield Part(number, (label["title"] or label["name"] or "").strip())
        elif row.startswith("#"):
            speaker = row[1:].partition(":")[0].strip()
            yield NonDialogue(number, "layout")
        else:
            if named := _NAME_TAG.search(row):
                speaker = named["name"] or named["between"]
                row = row.replace(named[0], "")
            said = _read_message(number, row, speaker)
            if isinstance(said, Said) and said.speaker:
                speaker = said.speaker
            yield said


def _read_message(number: int, row: str, speaker: str) -> Said | NonDialogue:
    if row.startswith(("@", ";")) or _CHOICE.search(row):
        return NonDialogue(number, "layout")
    text = _TAG.sub("", _RUBY.sub("", row)).strip()
    if bracketed := _BRACKETED.fullmatch(text):
        speaker, text = bracketed["name"], bracketed["text"]
        return Said(number, speaker, text)
    if not any(map(str.isalnum, text)):
        return NonDialogue(number, "layout")
    found = None if speaker else split_name(text)
    return Said(number, *found) if found else Said(number, speaker, text)


def _read_naninovel(rows: Iterable[str]) -> Iterator[StoryItem]:
    for number, source in enumerate(rows, start=1):
        row = tidy(source)
        if not row:
            continue
        if label := _NANI_LABEL.fullmatch(row):
            yield Part(number, label[1])
            continue
        text = _TAG.sub("", row.partition(" |#")[0]).strip()
        if row.startswith(("@", ";")) or not any(map(str.isalnum, text)):
            yield NonDialogue(number, "layout")
            continue
        yield say(number, _LOOK.sub(lambda look: look["name"], text, count=1))
