"""Turn a chat log into the rows of a conversation; swipes become alternatives. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from app.conversations.logged_stage import was_private
from app.conversations.schemas import DEFAULT_USER_NAME
from app.db.base import utc_now
from app.db.ids import new_id
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.json_values import JsonObject, storable

Row = dict[str, object]
"""Values by column."""

_TITLE_CHARACTERS = 60
_NAME_CHARACTERS = 80
_ELSEWHERE = ("mes", "swipes", "swipe_id", "swipe_info")
"""Fields of a message that are stored in columns of their own, or as alternatives."""
_BATCH_ROWS = 500
_BATCH_CHARACTERS = 400_000


@dataclass(frozen=True, slots=True)
class LogRows:
    """Hold a log as rows of the database."""

    conversation: Row
    batches: list[list[Row]]
    """Its messages, parents before children, in parts small enough to be written quickly."""
    leaf: UUID | None
    """The last message of the branch that the log shows."""


def rows_of(log: ChatLog, character_id: UUID, user_name: str | None) -> LogRows:
    """Return the log as rows of a new conversation without an owner."""
    now = utc_now()
    id = new_id()
    conversation: Row = {
        "id": id,
        "character_id": character_id,
        "user_name": user_name or _one_line(log.user_name, _NAME_CHARACTERS) or DEFAULT_USER_NAME,
        "title": _title(log),
        "log_header": log.header,
        "created_at": log.created or now,
        "updated_at": now,
    }
    leaf: UUID | None = None
    messages: list[Row] = []
    for logged in log.messages:
        ids = [new_id() for _ in logged.swipes or (logged.text,)]
        for number, own in enumerate(ids):
            messages.append(_row(logged, number) | {"id": own, "parent_id": leaf})
        leaf = ids[logged.swipe if logged.swipes else 0]
    for message in messages:
        message["conversation_id"] = id
        message["created_at"] = message["created_at"] or now
    return LogRows(conversation, list(_batches(messages)), leaf)


def _row(logged: LoggedMessage, number: int) -> Row:
    """Return one of a message's alternatives; the log's other fields go with the one shown."""
    shown = not logged.swipes or number == logged.swipe
    return {
        "role": "user" if logged.is_user else "assistant",
        "content": storable((logged.swipes or (logged.text,))[number]),
        "hidden": logged.hidden or was_private(logged, number),
        "source": _source(logged, number, shown=shown),
        "created_at": logged.sent,
    }


def _batches(messages: list[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    characters = 0
    for message in messages:
        batch.append(message)
        characters += len(str(message["content"])) + len(json.dumps(message["source"]))
        if len(batch) == _BATCH_ROWS or characters > _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _source(logged: LoggedMessage, number: int, *, shown: bool) -> JsonObject | None:
    kept = {key: value for key, value in logged.source.items() if key not in _ELSEWHERE}
    infos = logged.source.get("swipe_info")
    info = infos[number] if isinstance(infos, list) and number < len(infos) else None
    source: JsonObject = {"swiped": True} if logged.swipes else {}
    if shown:
        source["message"] = kept
    if isinstance(info, dict):
        source["swipe"] = info
    return source or None


def _title(log: ChatLog) -> str:
    asked = (
        each.text
        for each in log.messages
        if each.is_user and not each.hidden and not was_private(each, each.swipe)
    )
    return _one_line(next(asked, ""), _TITLE_CHARACTERS)


def _one_line(text: str, characters: int) -> str:
    printable = "".join(c if c.isprintable() else " " for c in storable(text))
    return " ".join(printable.split())[:characters].strip()
