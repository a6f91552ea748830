"""Read and write groups as SillyTavern has them: a definition, and a log without a header.

The definition lists its members by the file names of their pictures; each message names its own in
``original_avatar``. Both belong into the folders ``groups`` and ``group chats`` of a user's data.
"""

import io
import zipfile
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import quote

from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.chat_logs.staging import avatars_of, cast_of, staged
from characters.chat_logs.writer import write_sillytavern
from characters.errors import ChatLogError
from characters.json_values import (
    JsonObject,
    JsonTextError,
    JsonValue,
    dump_json,
    parse_json,
    storable,
)

GROUP_CHARACTERS = 200_000
"""Longest definition."""
KEPT_GROUP = "offbook_group"
"""The field of a log's ``chat_metadata`` that keeps the definition it came with."""
_DEFAULTS: JsonObject = {
    "allow_self_responses": False,
    "activation_strategy": 0,
    "generation_mode": 0,
    "disabled_members": [],
    "chat_metadata": {},
    "fav": False,
    "auto_mode_delay": 5,
    "generation_mode_join_prefix": "",
    "generation_mode_join_suffix": "",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Hold a group's definition."""

    name: str
    members: tuple[str, ...]
    """File names of the members' pictures."""
    source: JsonObject
    """The definition as it came; unknown fields are written again."""

    def names(self, log: ChatLog) -> list[str]:
        """Return the members' names: those of their messages, else of their pictures' files."""
        known = {avatar: name for name, avatar in avatars_of(log)}
        return [known.get(each) or PurePosixPath(each).stem for each in self.members]


def read_group(content: str) -> Group:
    """Return the group that a definition describes.

    Raises ``ChatLogError`` (``not_a_group``).
    """
    try:
        source = parse_json(content)
    except JsonTextError as error:
        raise ChatLogError("not_a_group", f"The group is no JSON: it is {error}.") from error
    members = source.get("members") if isinstance(source, dict) else None
    if not isinstance(source, dict) or not isinstance(members, list):
        raise ChatLogError(
            "not_a_group",
            "This is no group of SillyTavern: it has no list “members”. Groups are the JSON files"
            " in the folder “groups”.",
        )
    name = source.get("name")
    return Group(
        storable(name) if isinstance(name, str) else "",
        tuple(storable(each) for each in members if isinstance(each, str) and each),
        source,
    )


def write_group_archive(log: ChatLog) -> bytes:
    """Return a ZIP with the group's definition and its log, in their folders.

    SillyTavern knows no whispers: all members of its group read all messages.
    """
    avatars = {name: f"{name}.png" for name in (*log.cast, *cast_of(log))} | dict(avatars_of(log))
    id = str(int(log.created.timestamp() * 1_000)) if log.created else "0"
    rows = replace(log, header=None, messages=tuple(_row(each, avatars) for each in log.messages))
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"groups/{id}.json", dump_json(_definition(log, id, avatars)))
        archive.writestr(f"group chats/{id}.jsonl", write_sillytavern(rows))
    return sink.getvalue()


def _definition(log: ChatLog, id: str, avatars: dict[str, str]) -> JsonObject:
    metadata = (log.header or {}).get("chat_metadata")
    kept = metadata.get(KEPT_GROUP) if isinstance(metadata, dict) else None
    before: JsonObject = kept if isinstance(kept, dict) else {}
    listed = before.get("members")
    members: list[JsonValue] = [*listed] if isinstance(listed, list) else []
    cast = log.cast or tuple(cast_of(log))
    members += [avatars[name] for name in cast if avatars[name] not in members]
    fresh: JsonObject = {"name": log.title or ", ".join(cast)}
    return {**_DEFAULTS, **fresh, **before, "id": id, "members": members} | {
        "chat_id": id,
        "chats": [id],
    }


def _row(message: LoggedMessage, avatars: dict[str, str]) -> LoggedMessage:
    """Return a message as a group's log has it: with its picture, or as the narrator's."""
    stage = staged(message)
    if stage.kind != "line":
        extra = message.source.get("extra")
        narrated: JsonObject = {**(extra if isinstance(extra, dict) else {}), "type": "narrator"}
        return replace(message, source={**message.source, "extra": narrated})
    if stage.speaker is None:
        return message
    avatar = avatars[stage.speaker]
    address = f"/thumbnail?type=avatar&file={quote(avatar, safe='')}"
    fields: JsonObject = {"original_avatar": avatar, "force_avatar": address}
    return replace(message, source={**fields, **message.source})
