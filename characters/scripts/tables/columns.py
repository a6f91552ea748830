"""Find the columns of a table that hold the speaker, the line, the scene and the episode."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from characters.errors import ScriptError
from characters.scripts.lines import Refusal
from characters.scripts.model import Header

UNUSED = Refusal(
    "unused_columns",
    "These columns hold neither speaker, line, scene nor episode, and were left out.",
)

# Normalised names, the likeliest first, separated by spaces.
_SPEAKER = (
    "speaker speakername character charactername role rolename actor name who person"
    " 说话人 说话者 说话角色 发言人 角色 角色名 角色名称 人物 人物名 姓名 名字 名称"
    " 說話人 說話者 發言人 角色名稱 名稱 話者"
    " キャラクター キャラ 登場人物 役名 役 등장인물 화자 인물 이름"
    " sprecher figur rolle personnage locuteur personaje hablante personagem personaggio parlante"
    " персонаж герой говорящий роль"
)
_SENDER = (
    "nickname sendername authorname author sender from username 发送者 发送人 昵称 發送者 暱稱"
)
"""Speakers of messages, in tables with a column for their time."""
_TIME = frozenset(
    (
        *("date", "time", "datetime", "timestamp", "createtime", "createdat", "strtime", "sent"),
        *("sentat", "时间", "日期", "時間"),
    )
)
_LINE = (
    "line lines text dialogue dialog utterance speech quote sentence message content"
    " msg body strcontent contents say"
    " 台词 对白 对话 对话内容 话语 发言 内容 文本 句子 原文 臺詞 台詞 對白 對話 發言 內容"
    " セリフ せりふ 대사"
    " replik réplique texte dialogue dialogo diálogo línea frase texto fala battuta testo реплика"
    " текст слова"
)
_SCENE = "scene sceneid scenenumber scenename 场 场次 场景 场号 幕 場 場次 場景 場號 章节 章節"
_EPISODE = "episode episodeid episodenumber chapter act 集 集数 集數 剧集 劇集 章 回"
_SEPARATORS = re.compile(r"[\s_\-.]+")
_NAMED_CHARACTERS = 1_000
_SHOWN_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """Hold the columns that the caller named; None is guessed from the header."""

    speaker: str | None = None
    line: str | None = None
    scene: str | None = None


GUESSED = ColumnNames()
"""Request without a named column."""


class Columns(NamedTuple):
    """Hold 0-based positions in a header; None for a scene or an episode that the table lacks."""

    speaker: int
    line: int
    scene: int | None
    episode: int | None


def find_columns(header: Sequence[str], named: ColumnNames) -> Columns | None:
    """Return the columns of ``header``, or None if it does not show both speaker and line.

    The usual names in English and Chinese are known, regardless of case and separators; where
    several fit, the order of the usual names decides. Raises ``ScriptError`` ``unknown_column`` if
    a named column is missing.
    """
    chosen = [
        None if name is None else _find_named(header, name)
        for name in (named.speaker, named.line, named.scene)
    ]
    taken = set(chosen)
    speaker, line, scene = (
        position if position is not None else _guess(header, usual, taken)
        for position, usual in zip(chosen, (_SPEAKER, _LINE, _SCENE), strict=True)
    )
    if speaker is None and any(_normalise(name) in _TIME for name in header):
        speaker = _guess(header, _SENDER, {*taken, line})
    if speaker is None or line is None:
        return None
    return Columns(speaker, line, scene, _guess(header, _EPISODE, {scene}))


def need_columns(header: Sequence[str], named: ColumnNames) -> Columns:
    """Return the columns of ``header``; raise ``ScriptError`` ``no_columns`` without them."""
    columns = find_columns(header, named)
    if columns is None:
        raise ScriptError(
            "no_columns",
            "It cannot be told which columns hold the speaker and the line: name them as"
            f" speaker_column and line_column. The columns are: {_list(header)}.",
            columns=[name[:_NAMED_CHARACTERS] for name in header[:_SHOWN_COLUMNS]],
        )
    return columns


def describe_header(row: int, header: Sequence[str], columns: Columns, rows: int) -> Header:
    """Return a table's header for the report; see ``NonDialogue`` for ``rows``."""
    names = tuple(name[:_NAMED_CHARACTERS] for name in header)
    scene = None if columns.scene is None else names[columns.scene]
    shown = names[:_SHOWN_COLUMNS]
    return Header(row, "header", rows, shown, names[columns.speaker], names[columns.line], scene)


def list_unused(header: Sequence[str], columns: Columns) -> str:
    """Return the names of the columns that are not read; empty if all are."""
    return _list([name for index, name in enumerate(header) if index not in columns])


def _find_named(header: Sequence[str], name: str) -> int:
    normal = _normalise(name)
    for index, found in enumerate(header):
        if _normalise(found) == normal:
            return index
    raise ScriptError(
        "unknown_column",
        f"There is no column “{name[:40]}”. The columns are: {_list(header)}.",
        columns=[name[:_NAMED_CHARACTERS] for name in header[:_SHOWN_COLUMNS]],
    )


def _guess(header: Sequence[str], usual: str, taken: set[int | None]) -> int | None:
    normal = [_normalise(name) for name in header]
    for name in usual.split():
        if name in normal and (index := normal.index(name)) not in taken:
            return index
    return None


def _normalise(name: str) -> str:
    return _SEPARATORS.sub("", name.strip("\ufeff ")).casefold()


def _list(names: Sequence[str]) -> str:
    return ", ".join(filter(None, map(str.strip, names)))[:_NAMED_CHARACTERS]
