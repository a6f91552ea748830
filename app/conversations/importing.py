"""Turn a chat log into the rows of a conversation or a stage; swipes become alternatives. Pure."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.conversations.group_cast import CastPart
from app.conversations.logged_stage import was_private
from app.conversations.schemas import DEFAULT_USER_NAME
from app.db.base import utc_now
from app.db.ids import new_id
from characters.chat_logs.groups import KEPT_GROUP, Group
from characters.chat_logs.model import ChatLog, LoggedMessage, LoggedStage
from characters.chat_logs.staging import opening_cast, staged, unheard_by
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
    participants: list[Row] = field(default_factory=list)
    """Of a stage."""
    stage_lines: dict[object, Row] = field(default_factory=dict)
    """Of a stage, what its ledger knows of each message, by the message's id."""


def rows_of(log: ChatLog, character_id: UUID, user_name: str | None, heard_as: str = "") -> LogRows:
    """Return the log as rows of a new conversation of two, without an owner.

    What only some heard is hidden, and what the one whose name is ``heard_as`` did not hear: the
    one character would know it.
    """
    return _rows(log, character_id, user_name, None, unheard_by(log, heard_as))


def stage_rows_of(
    log: ChatLog, cast: Mapping[str, CastPart], user_name: str | None, group: Group | None
) -> LogRows:
    """Return the log as rows of a new stage without an owner, its ``cast`` by name."""
    lead = next(part.character for part in cast.values() if part.character is not None)
    rows = _rows(log, lead, user_name, cast)
    conversation = rows.conversation
    conversation["is_stage"] = True
    if group is not None:
        conversation["title"] = _one_line(group.name, _TITLE_CHARACTERS) or conversation["title"]
        header = dict(log.header or {})
        metadata = header.get("chat_metadata")
        kept: JsonObject = dict(metadata) if isinstance(metadata, dict) else {}
        header["chat_metadata"] = {**kept, KEPT_GROUP: group.source}
        conversation["log_header"] = header
    opening = opening_cast(log, cast)
    distinct = {part.id: (name, part) for name, part in reversed([*cast.items()])}
    for position, (name, part) in enumerate(reversed([*distinct.values()])):
        rows.participants.append(
            {
                "id": part.id,
                "conversation_id": conversation["id"],
                "character_id": part.character,
                "position": position,
                "name": part.name,
                "opens": name in opening,
                "note": "",
            }
        )
    return rows


def _rows(
    log: ChatLog,
    character_id: UUID,
    user_name: str | None,
    cast: Mapping[str, CastPart] | None,
    unheard: Collection[int] = (),
) -> LogRows:
    now = utc_now()
    id = new_id()
    conversation: Row = {
        "id": id,
        "character_id": character_id,
        "user_name": user_name or _one_line(log.user_name, _NAME_CHARACTERS) or DEFAULT_USER_NAME,
        "title": _title(log, unheard),
        "log_header": log.header,
        "created_at": log.created or now,
        "updated_at": now,
    }
    leaf: UUID | None = None
    messages: list[Row] = []
    lines = _Lines({} if cast is None else cast)
    for position, logged in enumerate(log.messages):
        ids = [new_id() for _ in logged.swipes or (logged.text,)]
        for number, own in enumerate(ids):
            stage = None if cast is None else staged(logged, number)
            row = _row(logged, number, stage) | {"id": own, "parent_id": leaf}
            row["hidden"] = row["hidden"] or position in unheard
            messages.append(row)
            if stage is not None:
                lines.add(own, stage)
        leaf = ids[logged.swipe if logged.swipes else 0]
    for message in messages:
        message["conversation_id"] = id
        message["created_at"] = message["created_at"] or now
    return LogRows(conversation, list(_batches(messages)), leaf, stage_lines=lines.rows)


class _Lines:
    """Collect what the ledger knows of messages, names replaced by participants' ids."""

    def __init__(self, cast: Mapping[str, CastPart]) -> None:
        self.rows: dict[object, Row] = {}
        self._cast = cast
        self._named: dict[str, UUID] = {}
        """Messages by their ids in the log that they come from."""

    def add(self, message: UUID, stage: LoggedStage) -> None:
        if stage.id is not None:
            self._named[stage.id] = message
        speaker = None if stage.speaker is None else self._cast.get(stage.speaker)
        self.rows[message] = {
            "message_id": message,
            "kind": stage.kind,
            "speaker_id": None if speaker is None else speaker.id,
            "circle": None if stage.circle is None else self._ids(stage.circle),
            "about": None if stage.about is None else self._named.get(stage.about),
        }

    def _ids(self, names: tuple[str, ...]) -> list[str]:
        parts = [self._cast[name] for name in names if name in self._cast]
        return list(dict.fromkeys(str(part.id) for part in parts))


def _row(logged: LoggedMessage, number: int, stage: LoggedStage | None) -> Row:
    """Return one of a message's alternatives; the log's other fields go with the one shown."""
    shown = not logged.swipes or number == logged.swipe
    role = "user" if logged.is_user else "assistant"
    return {
        "role": role if stage is None or stage.kind == "line" else "direction",
        "content": storable((logged.swipes or (logged.text,))[number]),
        "hidden": logged.hidden or (stage is None and was_private(logged, number)),
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


def _title(log: ChatLog, unheard: Collection[int]) -> str:
    asked = (
        each.text
        for position, each in enumerate(log.messages)
        if each.is_user and not each.hidden and position not in unheard
        if not was_private(each, each.swipe)
    )
    return _one_line(next(asked, ""), _TITLE_CHARACTERS)


def _one_line(text: str, characters: int) -> str:
    printable = "".join(c if c.isprintable() else " " for c in storable(text))
    return " ".join(printable.split())[:characters].strip()
