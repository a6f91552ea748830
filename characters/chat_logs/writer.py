"""Write a ``ChatLog`` as SillyTavern's JSONL, Markdown or plain text."""

import re
from datetime import UTC, datetime

from characters.chat_logs.dates import parse_date
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.json_values import JsonObject, JsonValue, dump_json

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#])")


def write_sillytavern(log: ChatLog) -> bytes:
    """Return ``log`` as SillyTavern writes it: a header, one message a line, no final newline.

    Fields that Offbook does not use go out as they came. A group's log has no header.
    """
    rows = [_message(message) for message in log.messages]
    return b"\n".join(map(dump_json, rows if log.header is None else [_header(log), *rows]))


def write_markdown(log: ChatLog) -> str:
    """Return ``log`` for reading: names in bold, hidden messages left out, texts as they are."""
    parts = [f"# {_escape(log.character_name)}"]
    parts += [
        f"**{_escape(m.name)}**\n\n{m.shown_text.strip()}" for m in log.messages if not m.hidden
    ]
    return "\n\n".join(parts) + "\n"


def write_text(log: ChatLog) -> str:
    """Return ``log`` as ``name: text``, a blank line after each, without hidden messages."""
    return "".join(f"{m.name}: {m.shown_text}\n\n" for m in log.messages if not m.hidden)


def _header(log: ChatLog) -> JsonObject:
    header = log.header or {}
    # SillyTavern's own "unused" stays in the header: the names are in the messages.
    fresh: JsonObject = {"user_name": log.user_name, "character_name": log.character_name}
    created: JsonObject = {"create_date": _iso(log.created)} if log.created else {}
    return {**fresh, **created, "chat_metadata": {}, **header}


def _message(message: LoggedMessage) -> JsonObject:
    source = message.source
    result: JsonObject = {
        **source,
        "name": message.name,
        "is_user": message.is_user,
        "is_system": message.hidden,
        "mes": message.text,
        "extra": source.get("extra", {}),
    }
    if parse_date(source.get("send_date")) != message.sent or "send_date" not in source:
        result["send_date"] = _iso(message.sent) if message.sent else ""
    if message.swipes:
        result["swipes"] = list(message.swipes)
        result["swipe_id"] = message.swipe
        result["swipe_info"] = _swipe_info(message, result["send_date"])
    return result


def _swipe_info(message: LoggedMessage, sent: JsonValue) -> list[JsonValue]:
    """Return one object an alternative: its own, else one with the message's date."""
    given = message.source.get("swipe_info")
    infos = given[: len(message.swipes)] if isinstance(given, list) else []
    missing = len(message.swipes) - len(infos)
    return infos + [{"send_date": sent, "extra": {}} for _ in range(missing)]


def _iso(time: datetime) -> str:
    """Format a time as JavaScript does: UTC, milliseconds, Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escape(name: str) -> str:
    return _MARKDOWN.sub(r"\\\1", name)
