"""Read Twine's stories as Twee, ``.twee``: passages are scenes; links and macros are not speech.

Source: the Twee 3 specification (iftechfoundation.org); story formats' macros in ``<<…>>`` and
``(…:)``.
"""

import re
from collections.abc import Iterable, Iterator

from characters.scripts.games.guesses import read_story
from characters.scripts.games.story import Part, Said, StoryItem, say, tidy
from characters.scripts.model import NonDialogue, ParseItem

_PASSAGE = re.compile(r"::\s*(?P<name>[^\[\]{}]*?)\s*(?:\[(?P<tags>[^\]]*)\])?\s*(?:\{.*\})?\s*")
_PASSAGES = re.compile(r"^::[ \t]*\S", re.MULTILINE)
_SPECIAL = frozenset(
    (
        *("StoryTitle", "StoryData", "StoryInit", "StorySettings", "StoryMenu", "StoryCaption"),
        *("StoryAuthor", "StoryBanner", "StorySubtitle", "StoryInterface", "PassageHeader"),
    )
)
_CODE_TAGS = frozenset(("script", "stylesheet", "widget", "init"))
_SAY = re.compile(
    r"<<(?:say|speech|dialogue|speak)\s+[\"']?(?P<name>[^\"'<>]+?)[\"']?\s*>>", re.IGNORECASE
)
_SAID = re.compile(r"<</(?:say|speech|dialogue|speak)>>", re.IGNORECASE)
_LINK = re.compile(r"\[\[[^\[\]]*\]\](?:\[[^\[\]]*\])?")
# A comment's opener ends the search for the end of another, which would begin at each of many.
_MACRO = re.compile(
    r"<<[^<>]*>>|\((?:[a-z-]+):[^()]*\)(?:\[\])?|<!--(?:[^<-]|<(?!!--)|-(?!->))*+-->"
    r"|/[*%](?:[^*%/]|[*%](?!/)|/(?![*%]))*+[*%]/"
)
_HOOK = re.compile(r"\[([^\[\]]*)\]")
_MODIFIER = re.compile(r"\[[^\[\]]+\]")
"""Chapbook's ``[if x]`` and ``[continue]``."""
_VARIABLES = 50
"""Most rows of variables of a passage."""
_HTML = re.compile(r"</?[a-zA-Z][^<>]*>")
_MARKUP = re.compile(r"''|//|__|\*\*|~~|\^\^|@@[^;@]*;|@@")


class Twee:
    """Read ``Name: text`` and ``<<say "Name">>`` in the passages of a story."""

    name = "twee"

    def sniff(self, head: str, filename: str) -> float:
        """Return 0.97 for two passages, or one under the ending."""
        passages = len(_PASSAGES.findall(head))
        is_named = filename.lower().endswith((".twee", ".tw", ".tw2", ".twee2"))
        return 0.97 if passages > 1 or (passages and is_named) else 0

    def parse(self, rows: Iterable[str]) -> Iterator[ParseItem]:
        """Yield scenes and rejections; see ``ScriptFormat.parse``."""
        return read_twee(rows)


def read_twee(rows: Iterable[str]) -> Iterator[ParseItem]:
    """Yield the scenes of Twee's rows."""
    return read_story(_read(_mark_variables(rows)))


def _mark_variables(rows: Iterable[str]) -> Iterator[tuple[int, str, bool]]:
    """Yield number, text, and whether a row sets a variable: those above Chapbook's ``--`` do."""
    held: list[tuple[int, str]] | None = None
    for number, source in enumerate(rows, start=1):
        row = tidy(source)
        begins = _PASSAGE.fullmatch(row) is not None
        if held is not None and (begins or row == "--" or len(held) >= _VARIABLES):
            yield from ((*each, row == "--") for each in held)
            held = None
        if begins:
            yield number, row, False
            held = []
        elif held is not None:
            held.append((number, row))
        else:
            yield number, row, row == "--"
    yield from ((*each, False) for each in held or ())


def _read(rows: Iterable[tuple[int, str, bool]]) -> Iterator[StoryItem]:
    is_code = False
    speaker = ""
    for number, row, is_variable in rows:
        if not row:
            continue
        if passage := _PASSAGE.fullmatch(row):
            tags = set((passage["tags"] or "").lower().split())
            is_code = passage["name"] in _SPECIAL or bool(tags & _CODE_TAGS)
            speaker = ""
            yield Part(number, passage["name"])
        elif is_code or is_variable or _MODIFIER.fullmatch(row):
            yield NonDialogue(number, "layout")
        else:
            if said := _SAY.search(row):
                speaker = said["name"].strip().lstrip("$_")
            yield _read_row(number, row, speaker)
            if _SAID.search(row):
                speaker = ""


def _read_row(number: int, row: str, speaker: str) -> Said | NonDialogue:
    linked = _LINK.sub("", row)
    text = _MACRO.sub("", linked)
    if text != linked:
        text = _HOOK.sub(r"\1", text.strip())
    text = " ".join(_MARKUP.sub("", _HTML.sub("", text)).split())
    if not any(map(str.isalnum, text)):
        return NonDialogue(number, "layout")
    if speaker:
        return Said(number, speaker, text)
    return say(number, text)
