"""Detect whether a file is a card, a lorebook, a chat log or a script, and describe it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from characters.cards.contents import CardDescription, describe_contents, read_contents
from characters.cards.model import CardLimits
from characters.cards.sniffing import is_card
from characters.chat_logs.model import ChatLog
from characters.chat_logs.reader import (
    ChatLogLimits,
    find_other_chat,
    is_chat_log,
    read_chat_log,
)
from characters.json_values import JsonTextError, parse_json, storable
from characters.lorebooks.notices import describe_unhonoured
from characters.lorebooks.reader import MAX_BYTES, is_lorebook, read_lorebook

_LOREBOOK_MARKS = (b"entries", b'"risu"', b'"worldinfo"', b'"key"', b'"keys"')
_FIRST_LINE = 1_000_000
"""Most bytes of a chat log's header; its metadata may be long."""


@dataclass(frozen=True, slots=True)
class ChatDescription:
    """Describe a chat log: its two names, and how many messages were read and rejected."""

    user_name: str
    character_name: str
    messages: int
    rejected: int


@dataclass(frozen=True, slots=True)
class LorebookDescription:
    """Describe a lorebook: its name, its number of entries, and what of it has no effect."""

    name: str
    entries: int
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """Hold the kind of a file and its description; a file of no other kind is a ``script``."""

    kind: Literal["script", "card", "lorebook", "chat"]
    card: CardDescription | None = None
    lorebook: LorebookDescription | None = None
    chat: ChatDescription | None = None


def inspect_file(
    file: BinaryIO, filename: str, cards: CardLimits, chats: ChatLogLimits
) -> Inspection:
    """Return the kind of ``file`` (seekable). Raises the errors of that kind's reader."""
    if is_card(file, filename, cards):
        return Inspection("card", card=describe_contents(read_contents(file, cards)))
    file.seek(0)
    if is_chat_log(file.readline(_FIRST_LINE)):
        file.seek(0)
        log = read_chat_log(file.read(chats.file_bytes + 1), chats)
        return Inspection("chat", chat=_describe_chat(log))
    file.seek(0)
    content = file.read(chats.file_bytes + 1)
    # Messages of a role and a content are a data set's as well, so these stay a script.
    other = find_other_chat(content) if len(content) <= chats.file_bytes else None
    if other is not None and other.program != "OpenAI":
        return Inspection("chat", chat=_describe_chat(read_chat_log(content, chats)))
    if len(content) <= MAX_BYTES and _is_lorebook(content):
        book = read_lorebook(content)
        warnings = describe_unhonoured(book)
        described = LorebookDescription(book.name, len(book.entries), warnings)
        return Inspection("lorebook", lorebook=described)
    return Inspection("script")


def _is_lorebook(content: bytes) -> bool:
    if not any(mark in content for mark in _LOREBOOK_MARKS):
        return False
    try:
        return is_lorebook(parse_json(content))
    except JsonTextError:
        return False


def _describe_chat(log: ChatLog) -> ChatDescription:
    return ChatDescription(
        user_name=storable(log.user_name),
        character_name=storable(log.character_name),
        messages=len(log.messages),
        rejected=log.rejected_total,
    )
