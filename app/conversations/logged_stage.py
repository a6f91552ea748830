"""Keep in a chat log who says and hears each message of a stage. Pure."""

from characters.chat_logs.model import LoggedMessage
from characters.json_values import JsonObject, JsonValue

STAGE = "offbook_stage"
"""The field below ``extra``: the message's kind, speaker and circle."""


def with_extra(source: JsonObject, name: str, value: JsonValue) -> JsonObject:
    """Return the field ``extra`` of a message with one more field."""
    extra = source.get("extra")
    return {"extra": {**(extra if isinstance(extra, dict) else {}), name: value}}


def was_private(logged: LoggedMessage, number: int) -> bool:
    """Return whether only some heard an alternative of a message.

    A conversation of two has no whispers: its one character would know them all.
    """
    infos = logged.source.get("swipe_info")
    info = infos[number] if isinstance(infos, list) and number < len(infos) else None
    return any(_circle(each) is not None for each in (logged.source, info))


def _circle(source: JsonValue) -> JsonValue:
    extra = source.get("extra") if isinstance(source, dict) else None
    staged = extra.get(STAGE) if isinstance(extra, dict) else None
    return staged.get("circle") if isinstance(staged, dict) else None
