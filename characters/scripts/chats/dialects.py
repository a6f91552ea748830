"""Describe how the exports of chat programs begin a message, one dialect for each form.

Sources: exports of WhatsApp, Telegram, DiscordChatExporter, WeChat, QQ, LINE, KakaoTalk, Signal,
Slack, irssi, WeeChat, HexChat and ZNC; transcripts of Otter, Rev, Descript, Teams and Zoom.
"""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from characters.scripts.chats.names import NAME_CHARACTERS, clean_name, is_log_level, is_name, plain
from characters.scripts.chats.stamps import (
    CLOCK,
    DATE_ROW,
    HALF,
    RELATIVE_DAY,
    STAMP,
    SentAt,
    read_clock,
)

START_CHARACTERS = 240
"""How far into a row the beginning of a message may reach."""

_FILE_HEADER = re.compile(
    r"={3,}|-{3,}|Transcribed by https?://\S+|Conversation with .{1,120}"
    r"|(?:Guild|Channel|Topic|After|Before|Exported|Saved on|Date Saved)\b\s*:?.{0,200}"
    r"|(?:保存日期|儲存日期|保存日時).{0,200}|\[LINE\].{0,200}|消息(?:记录|分组|对象).{0,200}"
    r"|Exported \d.{0,80}|.{1,60} KakaoTalk Chats.{0,80}"
    r"|.{0,60}(?:聊天记录|聊天紀錄|トーク履歴|chat history|Chat History).{0,80}",
    re.IGNORECASE,
)
_IRC_NOTICE = re.compile(r"(?:\*{2,4}|-!-|-->|<--|--|\*|=!=|←|→|⚠)\s")
_IRC_DAY = re.compile(
    r"(?:--- (?:Log|Day)|\*{4} (?:BEGIN|ENDING) LOGGING|Session (?:Start|Close|Ident|Time))\b"
)
_ACTION = re.compile(r"\*\s+\S")


class Start(NamedTuple):
    """Hold the beginning of a message, or a row that belongs to no person."""

    kind: Literal["message", "system", "day", "header"]
    sent_at: SentAt | None = None
    name: str = ""
    text: str | None = None
    """None where the text stands in the rows below."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Hold one way of beginning messages."""

    name: str
    pattern: re.Pattern[str]
    below: bool = False
    """Whether the text stands in the rows under the name."""
    dated: bool = True
    """Whether every message, or a row above a day's messages, has a date."""
    recorded: bool = False
    """Whether times count from the beginning of a recording, so that pauses mean nothing."""
    system: re.Pattern[str] | None = None
    """Rows of the program's own, with a stamp and without a name."""
    fields: bool = False
    """Whether names stand in a field of their own, so that any text is one."""
    bare_media: bool = False
    """Whether the program writes ``Photo`` without brackets in place of a picture."""
    paired: bool = False
    """Whether a name and its stamp stand in two rows; see ``pairs.py``."""

    def read(self, row: str, day: str = "") -> Start | None:
        """Return what ``row`` begins; None where it continues the message above.

        ``day`` is the date of the messages around it, for a dialect that writes it once a day.
        """
        beginning = plain(row[:START_CHARACTERS]).strip()
        if match := self.pattern.match(beginning):
            name = clean_name(match["name"])
            if self.fields or (is_name(name) and not is_log_level(match["name"])):
                return Start(
                    "message", _read_time(match, day), name, self._text(match, row, beginning)
                )
        return self._read_other(beginning, day)

    def _read_other(self, beginning: str, day: str) -> Start | None:
        if self.system is not None and (match := self.system.match(beginning)):
            return Start("system", _read_time(match, day))
        if match := _DAY.fullmatch(beginning[:100]):
            return Start("day", SentAt(match["date"], 0))
        if self.fields and _IRC_DAY.match(beginning):
            return Start("system")
        if _FILE_HEADER.fullmatch(beginning):
            return Start("header")
        return None

    def _text(self, match: re.Match[str], row: str, beginning: str) -> str | None:
        if self.below:
            return None
        if len(row) <= START_CHARACTERS:
            # The placeholders need the marks that were left out to read the name.
            mark = "\u200e" if _MARK_AFTER_NAME.search(row) else ""
            return mark + beginning[match.end() :].strip()
        return (beginning[match.end() :] + plain(row[START_CHARACTERS:])).strip()


_DAY = re.compile(DATE_ROW)
_MARK_AFTER_NAME = re.compile(r"[:>]\s?\u200e")
_NAME = rf"(?P<name>(?:[^\n:：<>]|:(?=[\w.])){{1,{NAME_CHARACTERS}}}?)"
_COLON = r"\s?(?:：|:(?=\s|$|[^\x00-\x7f]))\s*"
"""A colon in a name, as in a Matrix account, has a letter behind it and no space."""
_NAME_WITH_COLON = rf"(?P<name>[^\n<>]{{1,{NAME_CHARACTERS}}}?)"
_MAIL = r"(?:\s?<[^<>\s]{1,80}>)?"
"""A QQ account behind the name."""
_BEHIND_CLOCK = r"(?:\s?[^\W\d_][^\s\d:：\[\]|–—-]{0,11}(?:\s[^\W\d_][^\s\d:：\[\]|–—-]{0,11})?)?"
"""Words for the half of a day, or for the hour, in a language that is not known here."""
_BRACKETED = rf"\[\s?{STAMP}{_BEHIND_CLOCK}(?:\s?\|[^\[\]\n]{{0,40}})?\s?\]"
_DASHED = rf"{STAMP}{_BEHIND_CLOCK}\s?[-–—]"
_NICK = rf"<[@+%&~!\s]?(?P<name>[^\s<>]{{1,{NAME_CHARACTERS}}})>"
_SHORT_NAME = rf"(?P<name>(?!\d+:)[^\n:：<>\[\]()（）\d][^\n:：<>\[\]]{{0,{NAME_CHARACTERS}}}?)"
_TIME = CLOCK.replace("clock", "time")
"""A time of day beside a group of the other name."""
_STAMP_OR_TIME = rf"(?:{STAMP}|{_TIME})"
_DAY_OF_MONTH = r"(?:\d{1,2}[-/月]\d{1,2}日?\s)?"
_TAGS = r"(?::[\w+-]{1,30}:)*(?:\s+(?:APP|BOT|WORKFLOW))?"
"""What Slack and Discord show behind a name."""
_EDITED = r"(?:\s\([^()\n]{6,40}\))?"
_TO = r"(?:\s+to\s+[^\n:：]{1,80})?"
_DAY_BEFORE = rf"{RELATIVE_DAY}{_TIME}(?:\s(?:Uhr|Uhr\.|h))?"
_RECORDED = r"(?P<clock>(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)"
_SECONDS = r"(?:\d{1,6}\.\d{1,3}s?|(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)"
_RANGE = rf"[\[(]?{_RECORDED}\s?(?:-->|[-–—])\s?{_SECONDS}[\])]?"
_SECOND_RANGE = rf"[\[(]?\d{{1,6}}\.\d{{1,3}}s?\s?(?:-->|[-–—])\s?{_SECONDS}[\])]?"

DIALECTS = (
    Dialect(
        "zoom",  # before those to which its whole beginning is a name
        re.compile(
            rf"(?:{STAMP}|{_TIME})\s+From\s+{_NAME}{_TO}\s?[:：]\s*(?=\S|$)",
            re.IGNORECASE,
        ),
        dated=False,
    ),
    Dialect(
        "bracketed",  # WhatsApp on iOS, Signal, Telegram's copies
        re.compile(rf"{_BRACKETED}\s*{_NAME}{_COLON}"),
        system=re.compile(rf"{_BRACKETED}\s*"),
    ),
    Dialect(
        "dashed",  # WhatsApp on Android
        re.compile(rf"{_DASHED}\s+{_NAME}{_COLON}"),
        system=re.compile(rf"{_DASHED}\s+"),
    ),
    Dialect(
        "stamped",  # KakaoTalk on phones, plain logs
        re.compile(rf"{STAMP}[,:]?\s+{_NAME}{_COLON}"),
        system=re.compile(rf"{STAMP}[,:]?(?:\s|$)"),
        bare_media=True,
    ),
    Dialect(
        "irc",  # names there have brackets and bars
        re.compile(rf"(?:\[?{_STAMP_OR_TIME}\]?\s+)?{_NICK}\s+"),
        fields=True,
        dated=False,
        system=re.compile(rf"(?:\[?{_STAMP_OR_TIME}\]?\s+)?{_IRC_NOTICE.pattern}"),
    ),
    Dialect(
        "named-months",  # HexChat and syslog-like stamps without a year
        re.compile(rf"(?P<date>[A-Z][a-z]{{2}} [ \d]?\d) {CLOCK}\s+{_NICK}\s+"),
        fields=True,
        system=re.compile(rf"(?P<date>[A-Z][a-z]{{2}} [ \d]?\d) {CLOCK}\s+{_IRC_NOTICE.pattern}"),
    ),
    Dialect(
        "tabs",  # LINE, WeeChat
        re.compile(rf"{_STAMP_OR_TIME}\t+[@+%&~]?(?P<name>[^\t\n]{{1,{NAME_CHARACTERS}}})\t+"),
        dated=False,
        system=re.compile(rf"{_STAMP_OR_TIME}\t"),
        bare_media=True,
    ),
    Dialect(
        "line",  # LINE on a computer: a date above the day, and spaces between time, name and text
        re.compile(rf"{CLOCK} (?P<name>[^\s:：<>\[\]]{{1,{NAME_CHARACTERS}}}) (?=\S)"),
        dated=False,
        bare_media=True,
    ),
    Dialect(
        "kakao",
        re.compile(rf"\[(?P<name>[^\[\]\n]{{1,{NAME_CHARACTERS}}})\] \[{CLOCK}\]\s+"),
        dated=False,
        bare_media=True,
    ),
    Dialect(
        "ranged",  # whisper.cpp, WhisperX
        re.compile(rf"(?:{_RANGE}|{_SECOND_RANGE})\s*{_NAME}{_COLON}"),
        dated=False,
        recorded=True,
    ),
    Dialect(
        "behind",  # the time in brackets between name and colon
        re.compile(rf"{_SHORT_NAME}\s?[\[(（]{_RECORDED}[\])）]\s?[:：]\s*(?=\S)"),
        dated=False,
        recorded=True,
    ),
    Dialect(
        "stamp-behind",  # WeChat's records, typed off
        re.compile(rf"{_SHORT_NAME}\s?[\[(（]{STAMP}[\])）]\s?[:：]\s*(?=\S)"),
    ),
    Dialect(
        "labelled",  # Sonix
        re.compile(rf"{_SHORT_NAME}\s?[:：]\s*[\[(（]{_RECORDED}[\])）]\s+(?=\S)"),
        dated=False,
        recorded=True,
    ),
    Dialect(
        "bracketed-clock",  # Pidgin
        re.compile(rf"\((?:{STAMP}|(?=[^()]*(?:{HALF}|:\d\d:)){_TIME})\)\s*{_NAME}{_COLON}"),
        system=re.compile(rf"\((?:{STAMP}|(?=[^()]*(?:{HALF}|:\d\d:)){_TIME})\)\s"),
        dated=False,
    ),
    Dialect(
        "halved",  # Slack and Teams, copied; without AM or PM, plain text reads such rows
        re.compile(rf"\[(?=[^\]]*{HALF}){CLOCK}\]\s*{_NAME}{_COLON}"),
        dated=False,
    ),
    Dialect(
        "inserted",  # Trint
        re.compile(rf"{_SHORT_NAME}\s\[{_RECORDED}\]\s+(?=\S)"),
        dated=False,
        recorded=True,
    ),
    Dialect(
        "teams",
        re.compile(
            rf"\[(?:(?P<date>\d{{1,2}}[./]\d{{1,2}}(?:[./]\d{{2,4}})?|[^\W\d_]{{2,10}}),?\s)?{CLOCK}\]"
            rf"\s*{_SHORT_NAME}$"
        ),
        below=True,
        dated=False,
    ),
    Dialect("discord", re.compile(rf"{_BRACKETED}\s*{_NAME}$"), below=True),
    Dialect("headed", re.compile(rf"{STAMP}\s+{_NAME_WITH_COLON}{_MAIL}$"), below=True),
    Dialect(
        "named",  # WeChat, Slack, Telegram's and Discord's copies
        re.compile(
            rf"{_SHORT_NAME}{_TAGS},?\s+(?:[-–—]\s+)?[\[(]?(?:{_DAY_BEFORE}|{STAMP}){_EDITED}[\])]?\s?:?$"
        ),
        below=True,
    ),
    Dialect(
        "clocked",  # WeChat's mails, Slack
        re.compile(
            rf"{_SHORT_NAME}{_TAGS}(?:[:：]\s+(?=\d{{1,2}}[-/月])|,?\s+|\s?[-–—]\s?)[\[(]?"
            rf"{_DAY_OF_MONTH}{CLOCK}"
            r"(?:, [^\W\d_]{3,15})?[\])]?\s?:?$"
        ),
        below=True,
        dated=False,
    ),
    Dialect(
        "recorded",  # Otter, Rev, Teams
        re.compile(rf"{_SHORT_NAME}\s+[\[(]?{_RECORDED}(?:\s?[-–—]\s?[\d:.]+)?[\])]?\s?:?$"),
        below=True,
        dated=False,
        recorded=True,
    ),
    Dialect(
        "recording",  # the time first
        re.compile(
            rf"[\[(]?{_RECORDED}(?:\s?(?:[-–—]|-->)\s?[\d:.,]+)?[\])]?\s+{_SHORT_NAME}\s?:?$"
        ),
        below=True,
        dated=False,
        recorded=True,
    ),
)


def _read_time(match: re.Match[str], day: str) -> SentAt | None:
    groups = match.groupdict()
    clock = groups.get("clock") or groups.get("time")
    if clock is None:
        return None
    return SentAt(groups.get("date") or day, read_clock(clock))
