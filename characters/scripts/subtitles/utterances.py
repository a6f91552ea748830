"""Split a cue into utterances by names before colons or in brackets, dashes, voices, sounds."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from characters.scripts.field_labels import is_field
from characters.scripts.lines import PREFIX_CHARACTERS, SpeakerName, find_colon, read_speaker
from characters.scripts.subtitles.cues import Cue, CueRow
from characters.scripts.subtitles.names import is_name, is_sound, split_manner

_DASH = re.compile(r"[-–—‐]\s*(?=[^\s\d\-–—‐])")
_CHEVRONS = re.compile(r"\s*(?:(?:>\s?){2,3}|(?:^|(?<=\s))[»≫≪]\s*(?=\S))\s*")
"""What live captions write where the speaker changes."""
_BRACKETED_NAME = re.compile(
    r"(?:[\[【]([^\[\]【】]{1,60})[\]】]\s*[:：]?|[(（]([^()（）]{1,40})(?:[)）]\s*[:：]|[:：]\s*[)）]))\s*"
)
_ROUND_LABEL = re.compile(r"[\s≪≫»>]*[-–—‐]?\s*[(（]([^()（）]{1,30})[)）]\s*[:：]?\s*(?=\S)")
_MANNER = re.compile(
    r".*(?:で|て|つつ|ながら|そうに|く|地|着|著|状)|(?:[点點摇搖转轉回抬低皱皺]|叹|大|小|心).{1,3}|[a-zà-ÿа-я].*",
    re.DOTALL,
)
"""How something is said: ``（小声で）``, ``（愤怒地）``, ``(sighs)``."""
_NAME_WITH_ASIDE = re.compile(r"(.*\S)\s*[\[【]([^\[\]【】]*)[\]】]")
_SOUND = re.compile(r"(?:[\[【(（*][^\]】)）*]*[\]】)）*]\s*)+")
_NOISE = re.compile(r"(?:[\[【][^\[\]【】]*[\]】]\s*)+")
_SONG = ("♪", "♫", "♬")

_CREDIT = re.compile(
    r"(?:traduction|traducci[oó]n|sous-titres|sottotitoli|traduzione|subt[ií]tulos|legendas"
    r"|tradu[cç][aã]o|untertitel|übersetzung|перевод|субтитры|редактор субтитров|napisy|tłumaczenie"
    r"|자막|번역|字幕组?|翻译|翻譯|校对|校對|时间轴|時間軸|后期|後期|压制|壓制|监制|監製|总监|總監|听译|聽譯"
    r"|(?:subtitles?|subs|captions|sync|synced|translation|translated|timing|encoded|edited)"
    r"(?: (?:and|&) \w+)?(?: by)?)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class CueUtterance:
    """Hold the words of one speaker in a cue, or a described sound."""

    row: int
    speaker: SpeakerName | None
    """None where no speaker is named."""
    texts: list[str] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)
    """Physical rows that it stands in."""
    credit: bool = False
    """Whether it names the makers of the subtitles."""

    @property
    def text(self) -> str:
        """Return its rows joined with spaces: Chinese subtitles write a space for a comma."""
        return " ".join(filter(None, self.texts))

    @property
    def is_spoken(self) -> bool:
        """Return whether it has words: not ``[door slams]``, nor a song without a named singer.

        Round brackets around the whole text of a named speaker hold a thought.
        """
        text = self.text
        if self.credit or _NOISE.fullmatch(text):
            return False
        if self.speaker is not None:
            return True
        return not (text.startswith(_SONG) or _SOUND.fullmatch(text))


def split_cue(cue: Cue, labels: Collection[str] = ()) -> Iterator[CueUtterance]:
    """Yield the utterances of a cue, in order; ``labels`` are names in round brackets.

    A row begins another utterance if it begins with a dash or names a speaker; otherwise it
    continues the one above, as the second language of bilingual subtitles does.
    """
    whole = read_name(cue.speaker)
    current: CueUtterance | None = None
    for start, row in _read_starts(cue, whole, labels):
        if current is None or start.parted or start.speaker not in (None, current.speaker):
            if current is not None:
                yield current
            current = CueUtterance(row.row, start.speaker, credit=start.credit)
        current.texts.append(start.text)
        current.rows.add(row.row)
    if current is not None:
        yield current


def read_name(text: str) -> SpeakerName | None:
    """Return the speaker in a field of its own, if it holds a name."""
    speaker = read_speaker(text) if text.strip() else None
    return speaker if isinstance(speaker, SpeakerName) else None


class _Start(NamedTuple):
    """Hold the beginning of a cue's row, and its text."""

    speaker: SpeakerName | None
    text: str
    parted: bool = False
    """Whether a dash separates it from the row above, or it is a credit."""
    credit: bool = False


def _read_starts(
    cue: Cue, whole: SpeakerName | None, labels: Collection[str]
) -> Iterator[tuple[_Start, CueRow]]:
    """Yield the beginnings in a cue's rows: one to a row, and one behind each ``>>``."""
    last = len(cue.rows) - 1
    for index, row in enumerate(cue.rows):
        if whole is not None:
            yield _Start(whole, row.text), row
            continue
        before, *changes = _CHEVRONS.split(row.text)
        if before or not changes:
            yield _read_start(before, row.voice, labels, follows=index < last), row
        for text in changes:
            start = _read_start(text, row.voice, labels, follows=index < last)
            yield start._replace(parted=True), row


def _read_start(text: str, voice: str, labels: Collection[str], *, follows: bool) -> _Start:
    """Return the beginning of a row; ``follows`` says that the cue has a further row."""
    dash = _DASH.match(text)
    text = text[dash.end() :] if dash else text
    parted = dash is not None
    if voice and (speaker := read_name(voice)):
        return _Start(speaker, text, parted)
    round_label = read_round_label(text)
    if round_label is not None and round_label[0].name in labels:
        return _Start(*round_label, parted)
    if (labelled := _read_label(text, follows=follows)) is not None:
        return labelled._replace(parted=parted)
    colon = find_colon(text)
    if 0 < colon <= PREFIX_CHARACTERS and not _is_time_or_address(text, colon):
        if _CREDIT.fullmatch(text[:colon].strip()):
            return _Start(None, text, parted=True, credit=True)
        if (found := _read_prefix(text[:colon])) is not None:
            speaker, sounds = found
            words = text[colon + 1 :].strip()
            return _Start(speaker, f"{sounds} {words}".strip() if words else "", parted)
    return _Start(None, text, parted)


def read_round_label(text: str) -> tuple[SpeakerName, str] | None:
    """Return the speaker that ``（ミラ）はい`` may name, and the words; None for a sound.

    Whether it is a name, other cues have to show: ``(sighs) Yes`` is written the same way.
    """
    match = _ROUND_LABEL.match(text)
    if match is None or _MANNER.fullmatch(match[1]):
        return None
    name, voice, _ = match[1].strip().partition("の声")
    speaker = read_name(name)
    if speaker is None or not is_name(speaker.name) or is_sound(speaker.name):
        return None
    return _with_manner(speaker, voice.strip("の")), text[match.end() :]


def _read_label(text: str, *, follows: bool) -> _Start | None:
    """Return the beginning of ``[ANNA, whispering] Hello``; None where no name stands in it."""
    match = _BRACKETED_NAME.match(text)
    if match is None:
        return None
    name, manner = split_manner(match[1] or match[2])
    rest = text[match.end() :]
    speaker = read_name(name)
    if speaker is None or not is_name(speaker.name) or is_sound(speaker.name):
        return None
    if not rest and not (manner and follows):
        return None
    return _Start(_with_manner(speaker, manner), rest)


def _read_prefix(prefix: str) -> tuple[SpeakerName, str] | None:
    """Return the speaker in the text before a colon, and the sounds that stand before the name."""
    sounds = _NOISE.match(prefix)
    rest = prefix[sounds.end() :] if sounds else prefix
    manner = ""
    if aside := _NAME_WITH_ASIDE.fullmatch(rest.strip()):
        rest, manner = aside[1], aside[2]
    speaker = read_name(rest)
    if speaker is None or not is_name(speaker.name) or is_field(speaker.name):
        return None
    return _with_manner(speaker, manner), sounds[0].strip() if sounds else ""


def _with_manner(speaker: SpeakerName, manner: str) -> SpeakerName:
    return SpeakerName(speaker.name, f"({manner})", manner) if manner else speaker


def _is_time_or_address(text: str, colon: int) -> bool:
    after = text[colon + 1 : colon + 3]
    return after == "//" or (after[:1].isdigit() and text[colon - 1].isdigit())
