"""Split a cue into utterances by names before colons or in brackets, dashes, voices, sounds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from characters.scripts.clauses import is_sentence
from characters.scripts.lines import PREFIX_CHARACTERS, SpeakerName, find_colon, read_speaker
from characters.scripts.names import is_like_a_name
from characters.scripts.subtitles.cues import Cue, CueRow

_DASH = re.compile(r"[-–—‐]\s*(?=[^\s\d\-–—‐])")
_BRACKETED_NAME = re.compile(r"[\[【]([^\[\]【】]{1,40})[\]】]\s*[:：]?\s*(?=\S)")
_SOUND = re.compile(r"(?:[\[【(（*][^\]】)）*]*[\]】)）*]\s*)+")
_NOISE = re.compile(r"(?:[\[【][^\]】]*[\]】]\s*)+")
_SONG = ("♪", "♫", "♬")

_IDEOGRAPH = re.compile(r"[\u3400-\u9fff\u3040-\u30ff]")
_CHINESE_NAME = re.compile(r"[\w·•・&、/ ]{1,10}")
_CHINESE_SAYING = re.compile(r".*[说說道问問答想喊叫是住看听聽]")
_CHINESE_SOUND = re.compile(r"[声聲响響音乐樂笑哭叹嘆咳歌铃鈴]")
_LATIN_SOUND = re.compile(
    r".*(?:ing|music|song|sighs?|laughs?|laughter|gasps?|chuckles?|groans?|grunts?|sobs?|screams?"
    r"|cries|coughs?|sniffs?|sniffles?|giggles?|whispers?|shouts?|mutters?|scoffs?|yells?|moans?"
    r"|applause|cheers?|silence|beeps?|thunder|static|gunshots?|knocks?|door|inaudible)",
    re.IGNORECASE,
)
_SHORTENED = re.compile(r"['’](?:m|re|s|ll|ve)\Z")
_CREDIT = re.compile(
    r"(?:字幕组?|翻译|翻譯|校对|校對|时间轴|時間軸|后期|後期|压制|壓制|监制|監製|总监|總監|听译|聽譯"
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


def split_cue(cue: Cue) -> Iterator[CueUtterance]:
    """Yield the utterances of a cue, in order.

    A row begins another utterance if it begins with a dash or names a speaker; otherwise it
    continues the one above, as the second language of bilingual subtitles does.
    """
    whole = read_name(cue.speaker)
    current: CueUtterance | None = None
    for row in cue.rows:
        start = _read_start(row) if whole is None else _Start(whole, row.text)
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


def _read_start(row: CueRow) -> _Start:
    dash = _DASH.match(row.text)
    text = row.text[dash.end() :] if dash else row.text
    parted = dash is not None
    if row.voice and (speaker := read_name(row.voice)):
        return _Start(speaker, text, parted)
    if bracketed := _BRACKETED_NAME.match(text):
        speaker = read_name(bracketed[1])
        if speaker and _is_name(speaker.name) and not _is_sound(speaker.name):
            return _Start(speaker, text[bracketed.end() :], parted)
    colon = find_colon(text)
    if 0 < colon <= PREFIX_CHARACTERS and not _is_time_or_address(text, colon):
        if _CREDIT.fullmatch(text[:colon].strip()):
            return _Start(None, text, parted=True, credit=True)
        speaker = read_name(text[:colon])
        if speaker and _is_name(speaker.name):
            return _Start(speaker, text[colon + 1 :].strip(), parted)
    return _Start(None, text, parted)


def _is_name(name: str) -> bool:
    if _IDEOGRAPH.search(name):
        return bool(_CHINESE_NAME.fullmatch(name)) and not _CHINESE_SAYING.fullmatch(name)
    return is_like_a_name(name) and not is_sentence(name, ()) and not _SHORTENED.search(name)


def _is_sound(name: str) -> bool:
    if _IDEOGRAPH.search(name):
        return bool(_CHINESE_SOUND.search(name))
    return any(_LATIN_SOUND.fullmatch(word) for word in name.split())


def _is_time_or_address(text: str, colon: int) -> bool:
    after = text[colon + 1 : colon + 3]
    return after == "//" or (after[:1].isdigit() and text[colon - 1].isdigit())
