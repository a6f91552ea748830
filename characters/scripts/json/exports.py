"""Find conversations in the JSON exports of chat programs and assistants.

- DiscordChatExporter: ``{"guild", "channel", "messages": [{"timestamp", "content", "author"}]}``.
- Telegram: ``{"name", "type", "messages": [{"type", "date", "from", "text"}]}``, or all chats.
- Slack: an array of ``{"type": "message", "user", "text", "ts"}``, a file for a day.
- ChatGPT: ``{"title", "mapping": {id: {"message", "parent"}}, "current_node"}``.
- Claude: ``{"name", "chat_messages": [{"sender", "text"}]}``.
- Others whose messages have a sender, a text and a time: see ``messages.py``.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import unescape

from characters.scripts.chats.names import clean_name
from characters.scripts.chats.placeholders import is_placeholder
from characters.scripts.chats.stamps import PAUSE_SECONDS
from characters.scripts.json.elements import Text, Value
from characters.scripts.json.messages import (
    content_of,
    is_message_list,
    is_notice,
    repair_text,
    sender_of,
    time_field,
)
from characters.scripts.json.turns import Turn, Unreadable
from characters.scripts.json.values import Dialogue, first_text, join_texts, text_of

_MILLISECONDS = 1e11
"""Seconds since 1970 stay below, milliseconds above."""
_SPOKEN_TYPES = frozenset({"", "default", "reply", "message", "0", "19"})
_SLACK_NOTICES = frozenset({"", "thread_broadcast", "bot_message", "file_share", "me_message"})
_MENTION = re.compile(r"<[@#!][\w^]*(?:\|([^<>|]*))?>")
_TAG = re.compile(r"<[^<>]{1,300}>")
_LINK = re.compile(r"<((?:https?|mailto):[^<>|]*)(?:\|([^<>|]*))?>")

Timed = tuple[float | None, Turn | Unreadable]


def find_export(record: Value) -> list[Dialogue] | None:
    """Return the conversations of an export; None where ``record`` is none of the known ones."""
    if not isinstance(record, dict):
        return None
    for find in (_find_discord, _find_telegram, _find_chatgpt, _find_claude, _find_messages):
        found = find(record)
        if found is not None:
            return found
    return None


def ends_scene(before: float | None, after: float | None) -> bool:
    """Return whether more than an hour lies between two messages."""
    return before is not None and after is not None and after - before > PAUSE_SECONDS


def split_at_pauses(timed: Iterable[Timed]) -> Iterator[list[Turn | Unreadable]]:
    """Yield runs of turns between pauses of more than an hour."""
    run: list[Turn | Unreadable] = []
    newest: float | None = None
    for time, turn in timed:
        if run and ends_scene(newest, time):
            yield run
            run = []
        newest = time if time is not None else newest
        run.append(turn)
    if run:
        yield run


def read_time(value: Value) -> float | None:
    """Return seconds since 1970 of ISO 8601, seconds or milliseconds; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            try:
                time = datetime.fromisoformat(str(value))
                return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
            except (ValueError, OverflowError):
                return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value / 1000 if value > _MILLISECONDS else float(value)


def _find_discord(record: dict[str, Value]) -> list[Dialogue] | None:
    messages = record.get("messages")
    if not isinstance(messages, list) or not record.keys() & {"guild", "channel"}:
        return None
    channel = record.get("channel")
    heading = first_text(channel, "name") if isinstance(channel, dict) else None
    return _conversations(map(_read_discord, messages), heading)


def _read_discord(message: Value) -> Timed:
    if not isinstance(message, dict):
        return None, Unreadable(None)
    author = message.get("author")
    name = first_text(author, "nickname", "global_name", "name", "username")
    kind = str(message.get("type", "")).casefold()
    return read_time(message.get("timestamp")), _turn(
        text_of(message.get("content")), name if kind in _SPOKEN_TYPES else ""
    )


def _find_telegram(record: dict[str, Value]) -> list[Dialogue] | None:
    chats = record.get("chats")
    if isinstance(chats, dict) and isinstance(listed := chats.get("list"), list):
        found = [_find_telegram(chat) for chat in listed if isinstance(chat, dict)]
        return [dialogue for each in found if each is not None for dialogue in each]
    messages = record.get("messages")
    if not isinstance(messages, list) or not any(map(_is_telegram, messages[:20])):
        return None
    return _conversations(map(_read_telegram, messages), first_text(record, "name"))


def _is_telegram(message: Value) -> bool:
    return isinstance(message, dict) and {"date", "from", "text"} <= message.keys()


def _read_telegram(message: Value) -> Timed:
    if not isinstance(message, dict):
        return None, Unreadable(None)
    spoken = str(message.get("type", "message")) == "message"
    name = (first_text(message, "from") or "Deleted Account") if spoken else ""
    time = read_time(message.get("date_unixtime")) or read_time(message.get("date"))
    return time, _turn(join_texts(message.get("text"), ""), name)


def is_slack_message(message: Value) -> bool:
    """Return whether an object is a message of Slack's export."""
    if not isinstance(message, dict) or message.get("type") != "message":
        return False
    return "ts" in message and bool(message.keys() & {"user", "bot_id", "username", "subtype"})


def read_slack_message(message: dict[str, Value]) -> Timed:
    """Return the time of a message, and its text; a program's notices have no speaker."""
    profile = message.get("user_profile")
    name = first_text(profile, "display_name", "real_name", "name", "first_name")
    name = name or first_text(message, "username", "user", "bot_id")
    if str(message.get("subtype", "")) not in _SLACK_NOTICES:
        name = ""
    text = text_of(message.get("text"))
    if text is not None:
        plain = _MENTION.sub(lambda match: f"@{match[1]}" if match[1] else "", text).strip()
        plain = _LINK.sub(lambda match: match[2] or match[1], plain)
        plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        text = Text(plain, text.row)
    return read_time(message.get("ts")), _turn(text, name)


def _find_chatgpt(record: dict[str, Value]) -> list[Dialogue] | None:
    mapping = record.get("mapping")
    if not isinstance(mapping, dict):
        return None
    branch: list[Value] = []
    seen: set[str] = set()
    at: Value | str = record.get("current_node")
    if not isinstance(at, str) or at not in mapping:
        at = next(reversed(mapping), None)
    while isinstance(at, str) and at not in seen:
        seen.add(at)
        node = mapping.get(at)
        if not isinstance(node, dict):
            break
        branch.append(node.get("message"))
        at = node.get("parent")
    timed = filter(None, map(_read_chatgpt, reversed(branch)))
    return _conversations(timed, first_text(record, "title"), one=True)


def _read_chatgpt(message: Value) -> Timed | None:
    if not isinstance(message, dict):
        return None
    author, content = message.get("author"), message.get("content")
    role = first_text(author, "role") or ""
    text = join_texts(content.get("parts"), "\n") if isinstance(content, dict) else None
    kind = first_text(content, "content_type") or "text"
    if text is None or not text.strip():
        return None
    spoken = role in ("user", "assistant") and kind in ("text", "multimodal_text")
    return read_time(message.get("create_time")), Turn(text, role if spoken else "")


def _find_claude(record: dict[str, Value]) -> list[Dialogue] | None:
    messages = record.get("chat_messages")
    if not isinstance(messages, list):
        return None
    timed = map(_read_claude, messages)
    return _conversations(timed, first_text(record, "name"), one=True)


def _read_claude(message: Value) -> Timed:
    if not isinstance(message, dict):
        return None, Unreadable(None)
    names = {"human": "user", "assistant": "assistant"}
    name = names.get(str(message.get("sender", "")), "")
    text = text_of(message.get("text"))
    if text is None or not text.strip():
        text = join_texts(message.get("content"), "\n")
    return read_time(message.get("created_at")), _turn(text, name)


def _find_messages(record: dict[str, Value]) -> list[Dialogue] | None:
    """Return the messages of a program that is not known, where they have the usual fields."""
    messages = record.get("messages")
    if not isinstance(messages, list) or not is_message_list(messages):
        return None
    is_metas = any(isinstance(each, dict) and "sender_name" in each for each in messages)
    timed = [_read_message(each, repair=is_metas) for each in messages]
    times = [time for time, _ in timed if time is not None]
    if len(times) == len(timed) and times[0] > times[-1]:  # Facebook writes the newest first
        timed.sort(key=lambda each: each[0] or 0.0)
    heading = first_text(record, "title", "name")
    if heading is None:
        heading = first_text(record.get("chatInfo"), "name") or first_text(
            record.get("meta"), "name"
        )
    return _conversations(timed, repair_text(heading) if is_metas and heading else heading)


def _read_message(message: Value, *, repair: bool) -> Timed:
    """Return when a message was sent and what it says; a picture alone says nothing."""
    if not isinstance(message, dict):
        return None, Unreadable(None)
    time, text = read_time(time_field(message)), content_of(message)
    name = "" if is_notice(message) else sender_of(message)
    if text is None:
        return time, Turn(Text("", 0), "")
    if name is None:
        return time, Unreadable(text.row, str(text))
    if "messagetype" in message:  # Skype's, in HTML
        text = Text(unescape(_TAG.sub("", text)), text.row)
    if repair:
        text, name = Text(repair_text(text), text.row), repair_text(name)
    return time, _turn(text, name)


def _turn(text: Text | None, name: str | None) -> Turn | Unreadable:
    """Return what a message says; a placeholder or a program's notice is no line."""
    if text is None or name is None:
        return Unreadable(None if text is None else text.row)
    if not text.strip() or is_placeholder(text):
        return Turn(text, "")
    return Turn(text, clean_name(name) if name else "")


def _conversations(
    timed: Iterable[Timed], heading: str | None, *, one: bool = False
) -> list[Dialogue]:
    """Return a dialogue for each run between pauses; with ``one``, all of it is one scene."""
    said = ((time, turn) for time, turn in timed if not isinstance(turn, Turn) or turn.text.strip())
    runs = [[turn for _, turn in said]] if one else list(split_at_pauses(said))
    return [Dialogue(turns, heading=heading) for turns in runs if turns]
