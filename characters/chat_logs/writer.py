"""Write a ``ChatLog`` as SillyTavern's JSONL, Markdown or plain text."""

import re
from datetime import UTC, datetime

from characters.chat_logs.dates import parse_date
from characters.chat_logs.hearers import direction_of, whisper_of
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.json_values import JsonObject, JsonValue, dump_json
from characters.stage.texts import bracketed

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#])")


def write_sillytavern(log: ChatLog) -> bytes:
    """Return ``log`` as SillyTavern writes it: a header, one message a line, no final newline.

    Fields that Offbook does not use go out as they came. A group's log has no header.
    """
    rows = [_message(message) for message in log.messages]
    return b"\n".join(map(dump_json, rows if log.header is None else [_header(log), *rows]))


def write_markdown(log: ChatLog) -> str:
    """Return ``log`` for reading: names in bold, hidden messages left out, texts as they are.

    Directions of a stage are in italics, and whispers are marked behind the name.
    """
    parts = [f"# {_escape(log.character_name)}"]
    parts += [_markdown(log, message) for message in log.messages if not message.hidden]
    return "\n\n".join(parts) + "\n"


def _markdown(log: ChatLog, message: LoggedMessage) -> str:
    direction = direction_of(log, message)
    if direction is not None:
        return f"*{_escape(direction)}*"
    note = whisper_of(log, message)
    aside = "" if note is None else f" *{_escape(bracketed(note, log.language))}*"
    return f"**{_escape(message.name)}**{aside}\n\n{message.shown_text.strip()}"


def write_text(log: ChatLog) -> str:
    """Return ``log`` as ``name: text``, a blank line after each, without hidden messages.

    Directions of a stage are in brackets, and whispers are marked behind the name.
    """
    return "".join(f"{_text(log, message)}\n\n" for message in log.messages if not message.hidden)


def _text(log: ChatLog, message: LoggedMessage) -> str:
    direction = direction_of(log, message)
    if direction is not None:
        return bracketed(direction, log.language)
    note = whisper_of(log, message)
    gap = "" if log.language == "zh" else " "
    aside = "" if note is None else gap + bracketed(note, log.language)
    return f"{message.name}{aside}: {message.shown_text}"


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
