"""Detect whether a file is a card, a lorebook, a chat log, or else a script."""

from typing import BinaryIO

from app.cards.reading import card_limits
from app.cards.schemas import FileInspection
from app.readers.jobs import Inspect
from app.readers.pool import Disconnect, ReaderPool
from app.settings import LimitSettings
from characters.chat_logs.reader import ChatLogLimits


async def inspect(
    readers: ReaderPool,
    limits: LimitSettings,
    file: BinaryIO,
    filename: str,
    disconnect: Disconnect,
) -> FileInspection:
    """Return the kind and description of a file (seekable). Nothing is stored.

    Raises :class:`~characters.errors.FileError`, as that kind's reader does.
    """
    chats = ChatLogLimits(limits.chat_log_bytes, limits.chat_log_messages)
    job = Inspect(filename, card_limits(limits), chats)
    return FileInspection.model_validate(await readers.read_one(job, file, disconnect))
