"""Recognise what cannot be anyone's name: dates, times, JSON, tags, and the fields of a form."""

import re
from collections.abc import Sequence

from characters.errors import ScriptError

REFUSED_SHARE = 0.9
"""Share of lines with an impossible speaker from which on a whole reading is refused."""

_FEWEST_LINES = 2
_REMEMBERED = 10_000

_SYNTAX = re.compile(
    r"\s*[\[(]?\s*(?:\{(?:\s*[\"'0-9]|[^{}]*\Z)|\}\s*\Z)|.*[{}]\s*\"|\s*</?[a-z][\w-]*(?:\s[^<>]*)?/?>"
    r"|.*</[a-z][\w-]*>|\s*<[?!]",
    re.IGNORECASE | re.DOTALL,
)
_STAMP = re.compile(
    r"\W*(?:[0-9]{1,4}([-/.])[0-9]{1,2}\1[0-9]{1,4}|[0-9]{1,4}年[0-9]{1,2}月|[0-9]{1,2}[:：.][0-9]{2}"
    r"(?:[:：.][0-9]{2})?\s*(?:[AaPp]\.?[Mm]\.?)?\W*\Z)"
)
# Separated by spaces; the words of one field are joined with a low line.
_ENGLISH_FIELDS = (
    "title author authors translator editor publisher date release_date released published"
    " updated posted language languages note notes credits produced_by character_set_encoding"
    " rating warning warnings archive_warning archive_warnings category categories fandom"
    " fandoms relationship relationships additional_tags tags collections stats words chapters"
    " kudos hits bookmarks summary copyright isbn url link source version license licence"
    " filename file_name subject cc bcc sent reply-to date_sent guild channel topic exported"
    " price phone telephone email e-mail address website zip_code city country quantity total"
    " id name type status description created modified width height size color"
)
_CHINESE_FIELDS = (
    "标题 書名 书名 作者 译者 出版社 出版时间 日期 语言 分级 标签 来源 链接 网址 简介 字数 版权"
    " 编号 电话 邮箱 地址 价格 数量 备注 发件人 收件人 主题"
)
_FIELDS = frozenset(_ENGLISH_FIELDS.split() + _CHINESE_FIELDS.split())


def is_impossible(name: str) -> bool:
    """Return whether ``name`` is a piece of JSON or markup, a date, or a time of day."""
    return bool(_SYNTAX.match(name) or _STAMP.match(name))


def is_field(name: str) -> bool:
    """Return whether ``name`` is one that forms, title pages and mails have before a colon."""
    return "_".join(name.casefold().split()) in _FIELDS


def refuse_names(impossible: str, lines: int, format_name: str) -> ScriptError:
    """Return the refusal of a reading whose speakers are not names; ``impossible`` is one."""
    return ScriptError(
        "implausible_speakers",
        f"Read as {format_name}, this file has {lines:,} lines, but what stands where the speaker"
        f" belongs is no name: “{impossible[:60]}”. If it is a script all the same, name its format"
        " and upload it again.",
        speaker=impossible[:60],
        format=format_name,
    )


class SpeakerCheck:
    """Count the lines of a reading whose speaker cannot be one."""

    def __init__(self) -> None:
        self._possible: set[str] = set()
        self._impossible_lines = 0
        self._lines = 0
        self._example = ""

    def add(self, names: Sequence[str]) -> None:
        """Count a scene's lines by their speakers' ``names``, one for each line."""
        self._lines += len(names)
        if self._possible.issuperset(names):  # as nearly every scene: a script has few speakers
            return
        for name in names:
            if name in self._possible:
                continue
            if is_impossible(name):
                self._impossible_lines += 1
                self._example = self._example or name
            elif len(self._possible) < _REMEMBERED:
                self._possible.add(name)

    def refusal(self, format_name: str) -> ScriptError | None:
        """Return the refusal of the reading, or None where its speakers may be names."""
        if self._lines < _FEWEST_LINES or self._impossible_lines < REFUSED_SHARE * self._lines:
            return None
        return refuse_names(self._example, self._lines, format_name)
