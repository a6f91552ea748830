"""A chat log becomes a conversation: its swipes alternatives, its hidden messages hidden."""

from collections.abc import Iterator
from uuid import UUID

from app.conversations.schemas import DEFAULT_USER_NAME
from app.db.base import utc_now
from app.db.ids import new_id
from app.db.models import Character, Conversation, Message
from characters.cards.tolerances import storable
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.json_values import JsonObject

_TITLE_CHARACTERS = 60
_NAME_CHARACTERS = 80
_ELSEWHERE = ("mes", "swipes", "swipe_id", "swipe_info")
"""Fields of a message that are stored as something else."""


def conversation_of(
    log: ChatLog, character: Character, owner: str, user_name: str | None
) -> tuple[Conversation, list[Message]]:
    """The log as a new conversation and its messages, parents before children."""
    now = utc_now()
    conversation = Conversation(
        id=new_id(),
        character_id=character.id,
        owner=owner,
        user_name=user_name or _one_line(log.user_name, _NAME_CHARACTERS) or DEFAULT_USER_NAME,
        title=_title(log),
        log_header=log.header,
        created_at=log.created or now,
        updated_at=now,
    )
    conversation.character = character
    messages: list[Message] = []
    for logged in log.messages:
        alternatives = list(_alternatives(conversation, logged))
        messages += alternatives
        conversation.active_leaf_id = alternatives[logged.swipe if logged.swipes else 0].id
    return conversation, messages


def _alternatives(conversation: Conversation, logged: LoggedMessage) -> Iterator[Message]:
    """The message with its swipes, in their order; what came with it stays with the one shown."""
    parent: UUID | None = conversation.active_leaf_id
    texts = logged.swipes or (logged.text,)
    for number, text in enumerate(texts):
        shown = not logged.swipes or number == logged.swipe
        message = Message(
            id=new_id(),
            conversation_id=conversation.id,
            parent_id=parent,
            role="user" if logged.is_user else "assistant",
            content=storable(text),
            hidden=logged.hidden,
            source=_source(logged, number, shown=shown),
        )
        if logged.sent is not None:
            message.created_at = logged.sent
        yield message


def _source(logged: LoggedMessage, number: int, *, shown: bool) -> JsonObject | None:
    told = {key: value for key, value in logged.source.items() if key not in _ELSEWHERE}
    infos = logged.source.get("swipe_info")
    info = infos[number] if isinstance(infos, list) and number < len(infos) else None
    source: JsonObject = {"swiped": True} if logged.swipes else {}
    if shown:
        source["message"] = told
    if isinstance(info, dict):
        source["swipe"] = info
    return source or None


def _title(log: ChatLog) -> str:
    asked = (each.text for each in log.messages if each.is_user and not each.hidden)
    return _one_line(next(asked, ""), _TITLE_CHARACTERS)


def _one_line(text: str, characters: int) -> str:
    printable = "".join(c if c.isprintable() else " " for c in storable(text))
    return " ".join(printable.split())[:characters].strip()
