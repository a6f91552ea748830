"""Find messages of chat programs by the fields that nearly all of them have.

A sender, a text and a time, each under one of its usual names: Facebook, Instagram, QQ and WeChat
exporters, Agnai. A file of single messages, a record each, is SillyTavern's.
"""

import re

from characters.scripts.json.elements import Text, Value
from characters.scripts.json.turns import Turn
from characters.scripts.json.values import first_text, join_texts

_SENDERS = (
    *("sender_name", "senderDisplayName", "groupNickname", "accountName", "senderName"),
    *("nickName", "nickname", "sender", "from", "author", "handle"),
    *("talker", "username", "user", "name", "speaker", "creator", "displayName", "From"),
)
_NAMES = ("nickname", "displayName", "display_name", "global_name", "name", "username", "id", "uid")
_TEXTS = ("text", "content", "message", "msg", "body", "mes", "Text", "Content")
_TIMES = (
    *("timestamp", "timestamp_ms", "createTime", "create_time", "created_at", "createdAt"),
    *("date_unixtime", "date", "ts", "time", "sent", "formattedTime", "created_date"),
    *("originalarrivaltime", "origin_server_ts", "Created", "Date", "sent_at"),
)
_ACCOUNT = re.compile(r"@([^:\s]{1,60}):[\w.-]{1,80}|8:(?:live:)?(\S{1,60})")
"""Accounts of Matrix and of Skype."""
_CHATLAB_TYPES = ("header", "member", "message")
_NOTICE_FLAGS = ("isSystemMessage", "is_system", "system", "isRecalled", "recalled")
_NOTICE_TYPES = frozenset({"系统消息", "系统提示", "system", "service", "notification", "revoke"})
_SNIFFED = 20


def is_message_list(messages: list[Value]) -> bool:
    """Return whether most of the first entries have a sender, a text and a time, and no role."""
    first = [each for each in messages[:_SNIFFED] if isinstance(each, dict)]
    if not first or any("role" in each for each in first):
        return False
    found = [
        sender_of(each) is not None
        and content_of(each) is not None
        and (time_field(each) is not None or "msg" in each)
        for each in first
    ]
    return sum(found) * 2 > len(first)


def sender_of(message: Value) -> str | None:
    """Return who sent a message."""
    if not isinstance(message, dict):
        return None
    for field in _SENDERS:
        value = message.get(field)
        name = first_text(value, *_NAMES) if isinstance(value, dict) else first_text(message, field)
        if name is not None:
            account = _ACCOUNT.fullmatch(name)
            return name if account is None else account[1] or account[2]
    return None


def is_notice(message: Value) -> bool:
    """Return whether the program itself says a message: who joined, who recalled one."""
    if not isinstance(message, dict):
        return False
    if any(message.get(flag) is True for flag in _NOTICE_FLAGS):
        return True
    return any(message.get(field) in _NOTICE_TYPES for field in ("type", "messageType"))


def repair_text(text: str) -> str:
    """Return a text of Facebook's or Instagram's export, whose bytes are written as characters."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def content_of(message: Value) -> Text | None:
    """Return a message's text."""
    if not isinstance(message, dict):
        return None
    for field in _TEXTS:
        value = message.get(field)
        if isinstance(value, dict):
            value = next(
                (value[each] for each in ("text", "content", "body") if each in value), None
            )
        text = join_texts(value, "\n")
        if text is not None:
            return text
    return None


def time_field(message: dict[str, Value]) -> Value:
    """Return the value that says when a message was sent; None without one."""
    found = (message.get(field) for field in _TIMES)
    return next((value for value in found if value is not None), None)


def is_lone_message(record: Value) -> bool:
    """Return whether a record is a message of SillyTavern's or ChatLab's, or the header above."""
    if not isinstance(record, dict):
        return False
    if record.get("_type") in _CHATLAB_TYPES:
        return True
    if "user_name" in record and record.keys() & {"chat_metadata", "character_name"}:
        return "messages" not in record
    return {"name", "is_user", "mes"} <= record.keys()


def read_lone_message(record: dict[str, Value]) -> Turn:
    """Return what a message says; a header or a hidden message is no line."""
    text = content_of(record) or Text("", 0)
    if not text.strip() or is_notice(record) or record.get("_type", "message") != "message":
        return Turn(text, "")
    name = sender_of(record) if "_type" in record else first_text(record, "name")
    return Turn(text, name or "")
