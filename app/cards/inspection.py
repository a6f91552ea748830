"""What kind of file somebody has: a card, a lorebook, a chat log, or else a script."""

from typing import BinaryIO

from app.cards.reading import card_limits
from app.cards.schemas import FileInspection
from app.readers.jobs import Inspect
from app.readers.pool import Left, ReaderPool
from app.settings import LimitSettings
from characters.chat_logs.reader import ChatLogLimits


async def inspect(
    readers: ReaderPool, limits: LimitSettings, file: BinaryIO, filename: str, left: Left
) -> FileInspection:
    """Tell the kind of a file (seekable), and what is in it. Nothing is stored.

    Raises what reading it as that kind raises: :class:`~characters.errors.FileError`.
    """
    chats = ChatLogLimits(limits.chat_log_bytes, limits.chat_log_messages)
    job = Inspect(filename, card_limits(limits), chats)
    return FileInspection.model_validate(await readers.read_one(job, file, left))
