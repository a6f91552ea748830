"""Reassemble a chat log from the pieces a reader sends."""

from dataclasses import replace
from typing import BinaryIO

from app.readers.jobs import ReadChatLog
from app.readers.pool import Disconnect, ReaderPool
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.chat_logs.reader import ChatLogLimits


async def read_log(
    readers: ReaderPool, file: BinaryIO, limits: ChatLogLimits, disconnect: Disconnect | None = None
) -> ChatLog:
    """Return the log in ``file`` (seekable). Raises as :meth:`ReaderPool.reading` does."""
    messages: list[LoggedMessage] = []
    async with readers.reading(ReadChatLog(limits), file, disconnect) as pieces:
        async for piece in pieces:
            if isinstance(piece, ChatLog):
                log = piece
            else:
                messages += piece
    return replace(log, messages=tuple(messages))
