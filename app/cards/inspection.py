"""What kind of file somebody has: a card, a lorebook, a chat log, or else a script."""

import asyncio
from typing import BinaryIO

from app.cards.reading import describe_card
from app.cards.schemas import ChatReport, FileInspection, LorebookReport
from app.cards.service import CardService
from app.settings import LimitSettings
from characters.chat_logs.model import ChatLog
from characters.chat_logs.reader import ChatLogLimits, is_chat_log, read_chat_log
from characters.json_values import JsonTextError, parse_json
from characters.lorebooks.reader import MAX_BYTES, is_lorebook, read_lorebook

_FIRST_LINE = 1_000_000
"""Bytes of a chat log's header; its metadata may be long."""


async def inspect(
    cards: CardService, file: BinaryIO, filename: str, limits: LimitSettings
) -> FileInspection:
    """Tell the kind of a file (seekable), and what is in it. Nothing is stored.

    Raises what reading it as that kind raises: :class:`~characters.errors.FileError`.
    """
    if await cards.recognises(file, filename):
        return FileInspection(kind="card", card=describe_card(await cards.read(file)))
    return await asyncio.to_thread(_inspect, file, limits)


def _inspect(file: BinaryIO, limits: LimitSettings) -> FileInspection:
    file.seek(0)
    if is_chat_log(file.readline(_FIRST_LINE)):
        return FileInspection(kind="chat", chat=_describe_chat(_read_chat(file, limits)))
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    if len(content) <= MAX_BYTES and _is_lorebook(content):
        book = read_lorebook(content)
        report = LorebookReport(name=book.name, entries=len(book.entries))
        return FileInspection(kind="lorebook", lorebook=report)
    return FileInspection(kind="script")


def _is_lorebook(content: bytes) -> bool:
    if b"entries" not in content:
        return False
    try:
        return is_lorebook(parse_json(content))
    except JsonTextError:
        return False


def _read_chat(file: BinaryIO, limits: LimitSettings) -> ChatLog:
    file.seek(0)
    return read_chat_log(
        file.read(limits.chat_log_bytes + 1),
        ChatLogLimits(limits.chat_log_bytes, limits.chat_log_messages),
    )


def _describe_chat(log: ChatLog) -> ChatReport:
    return ChatReport(
        user_name=log.user_name,
        character_name=log.character_name,
        messages=len(log.messages),
        rejected=len(log.rejected),
    )
