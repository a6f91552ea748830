"""Respond with conversations."""

from collections.abc import Iterable

from fastapi import Response

from app.conversations.schemas import ConversationOut, LogImport, MessageOut
from app.http.answers import json_answer
from app.schemas import Page

_BESIDE_CHARACTERS = 1_000
"""About what a message has beside its text: examples, timings."""
_ID_CHARACTERS = 40


async def answer_conversation(conversation: ConversationOut, sent: Response) -> Response:
    """Return a conversation as a response; ``sent`` as of :func:`~app.http.answers.json_answer`."""
    return await json_answer(conversation, _characters(conversation.messages), sent)


async def answer_messages(page: Page[MessageOut], sent: Response) -> Response:
    """Return a page of messages as a response."""
    return await json_answer(page, _characters(page.items), sent)


async def answer_import(imported: LogImport, sent: Response) -> Response:
    """Return an imported chat as a response."""
    characters = _characters(imported.conversation.messages)
    return await json_answer(imported, characters, sent, status=201)


def _characters(messages: Iterable[MessageOut]) -> int:
    return sum(
        len(message.content) + _BESIDE_CHARACTERS + _ID_CHARACTERS * len(message.alternatives)
        for message in messages
    )
