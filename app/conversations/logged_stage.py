"""Keep in a chat log who says and hears each message of a stage. Pure."""

from characters.chat_logs.model import LoggedMessage, stage_of
from characters.json_values import JsonObject, JsonValue


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
    stages = (logged.stage, stage_of(info))
    return any(each is not None and each.circle is not None for each in stages)
