"""What kind of file it is, and what is in it: a card, a lorebook, a chat log, else a script."""

from dataclasses import dataclass
from typing import BinaryIO, Literal

from characters.cards.contents import CardDescription, describe_contents, read_contents
from characters.cards.model import CardLimits
from characters.cards.sniffing import is_card
from characters.chat_logs.model import ChatLog
from characters.chat_logs.reader import ChatLogLimits, is_chat_log, read_chat_log
from characters.json_values import JsonTextError, parse_json
from characters.lorebooks.reader import MAX_BYTES, is_lorebook, read_lorebook

_FIRST_LINE = 1_000_000
"""Bytes of a chat log's header; its metadata may be long."""


@dataclass(frozen=True, slots=True)
class ChatDescription:
    user_name: str
    character_name: str
    messages: int
    rejected: int


@dataclass(frozen=True, slots=True)
class LorebookDescription:
    name: str
    entries: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """The kind of a file. A ``script`` is whatever is none of the others."""

    kind: Literal["script", "card", "lorebook", "chat"]
    card: CardDescription | None = None
    lorebook: LorebookDescription | None = None
    chat: ChatDescription | None = None


def inspect_file(
    file: BinaryIO, filename: str, cards: CardLimits, chats: ChatLogLimits
) -> Inspection:
    """Tell the kind of ``file`` (seekable). Raises what reading it as that kind raises."""
    if is_card(file, filename, cards):
        return Inspection("card", card=describe_contents(read_contents(file, cards)))
    file.seek(0)
    if is_chat_log(file.readline(_FIRST_LINE)):
        file.seek(0)
        log = read_chat_log(file.read(chats.file_bytes + 1), chats)
        return Inspection("chat", chat=_describe_chat(log))
    file.seek(0)
    content = file.read(MAX_BYTES + 1)
    if len(content) <= MAX_BYTES and _is_lorebook(content):
        book = read_lorebook(content)
        return Inspection("lorebook", lorebook=LorebookDescription(book.name, len(book.entries)))
    return Inspection("script")


def _is_lorebook(content: bytes) -> bool:
    if b"entries" not in content:
        return False
    try:
        return is_lorebook(parse_json(content))
    except JsonTextError:
        return False


def _describe_chat(log: ChatLog) -> ChatDescription:
    return ChatDescription(
        user_name=log.user_name,
        character_name=log.character_name,
        messages=len(log.messages),
        rejected=log.rejected_total,
    )
