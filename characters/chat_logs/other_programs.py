"""Read conversations as other front ends save them, each a JSON document of its own.

- Agnai: ``{"name", "greeting", "messages": [{"handle", "msg", "userId" | "characterId"}]}``.
- text-generation-webui: ``{"internal": [[user, reply], ...], "visible": [...]}``.
- KoboldAI and KoboldAI Lite: ``{"prompt", "actions": [...], "savedsettings"}``.
- Risu: ``{"type": "risuChat", "data": {"message": [{"role", "data"}]}}``.
- Character.AI: histories with ``msgs``, and chats with ``turns`` of ``candidates``.
- Backyard: ``{"chat": {"ChatItems": [{"input", "output"}]}}``, or, in its archives,
  ``{"messages": [{"type": "human", "text"}, {"type": "ai", "outputs": [{"text"}]}]}``.
- OpenAI's messages: ``{"messages": [{"role", "content"}]}``.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from characters.chat_logs.dates import parse_date
from characters.chat_logs.model import LoggedMessage
from characters.json_values import JsonObject, JsonValue

_BEGIN = "<|BEGIN-VISIBLE-CHAT|>"
"""What text-generation-webui's user says before the character's greeting."""
_KOBOLD_INPUT = "{{[INPUT]}}"
_KOBOLD_TURN = re.compile(r"\{\{\[(INPUT|OUTPUT)(?:_END)?\]\}\}")
_KOBOLD_NAMES = "||$||"
_ATTACHED = re.compile(r"!\[[^\]\n]{0,200}\]\([^)\n]{0,2000}\)")


@dataclass(frozen=True, slots=True)
class OtherChat:
    """Hold the conversation of another program's document."""

    program: str
    messages: list[LoggedMessage]
    character_name: str = ""
    user_name: str = ""
    left_out: int = 0
    """Further conversations of the document, which were not read."""
    unreadable: int = 0
    """Entries without text."""


def find_chat(document: JsonValue) -> OtherChat | None:
    """Return the conversation in a document; None where it is of no known program."""
    if isinstance(document, list):  # Character.AI Tools and Risu save several in an array
        found = [chat for each in document if (chat := find_chat(each)) is not None]
        return _longest(found)
    if not isinstance(document, dict):
        return None
    readers: tuple[Callable[[JsonObject], OtherChat | None], ...] = (
        _read_agnai,
        _read_webui,
        _read_kobold,
        _read_risu,
        _read_character_ai,
        _read_backyard,
        _read_openai,
    )
    found = [chat for read in readers if (chat := read(document)) is not None]
    return found[0] if found else None


def _read_agnai(document: JsonObject) -> OtherChat | None:
    entries = _objects(document.get("messages"))
    if not any("msg" in entry and entry.keys() & {"handle", "characterId"} for entry in entries):
        return None
    messages = []
    for entry in entries:
        text, handle = _text(entry.get("msg")), _text(entry.get("handle")) or ""
        if not text:
            continue
        is_user = not entry.get("characterId") and (
            bool(entry.get("userId")) or handle.casefold() in {"you", "user"}
        )
        messages.append(_message(handle, text, is_user, entry, swipes=entry.get("retries")))
    character = document.get("character")
    name = _text(character.get("name")) if isinstance(character, dict) else None
    return OtherChat("Agnai", messages, name or "", unreadable=len(entries) - len(messages))


def _read_webui(document: JsonObject) -> OtherChat | None:
    pairs = document.get("internal", document.get("data"))
    shown = document.get("visible", document.get("data_visible"))
    if not isinstance(pairs, list) or not isinstance(shown, list):
        return None
    messages = []
    unreadable = 0
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            unreadable += 1
            continue
        for text, is_user in zip(map(_text, pair), (True, False), strict=True):
            if text and text != _BEGIN:
                name = _text(document.get("name1" if is_user else "name2")) or ""
                messages.append(_message(name, html.unescape(text), is_user))
    return OtherChat("text-generation-webui", messages, unreadable=unreadable)


def _read_kobold(document: JsonObject) -> OtherChat | None:
    actions = document.get("actions")
    if not isinstance(actions, list) or not isinstance(document.get("prompt"), str):
        return None
    parts = [each.get("Selected Text") if isinstance(each, dict) else each for each in actions]
    story = "".join(part for part in (document["prompt"], *parts) if isinstance(part, str))
    story = _ATTACHED.sub("", story)
    settings = document.get("savedsettings")
    settings = settings if isinstance(settings, dict) else {}
    user = _text(settings.get("chatname")) or "You"
    others = (_text(settings.get("chatopponent")) or "").split(_KOBOLD_NAMES)
    others = [each for each in others if each]
    if _KOBOLD_INPUT in story:
        messages = list(_kobold_instructions(story, others[0] if others else "", user))
    else:
        messages = list(_kobold_chat(story, user, others))
    name = others[0] if others else next((m.name for m in messages if not m.is_user), "")
    return OtherChat("KoboldAI", messages, name, user)


def _kobold_instructions(story: str, name: str, user: str) -> Iterator[LoggedMessage]:
    pieces = _KOBOLD_TURN.split(story)
    if pieces[0].strip():
        yield _message(name, pieces[0].strip(), is_user=False)
    for kind, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if text.strip():
            yield _message(user if kind == "INPUT" else name, text.strip(), kind == "INPUT")


def _kobold_chat(story: str, user: str, others: Iterable[str]) -> Iterator[LoggedMessage]:
    """Yield what stands behind the names at the beginnings of rows; without names, nothing."""
    names = [re.escape(each) for each in (user, *others)]
    if len(names) == 1:
        names.append(r"[^\n:]{1,40}")
    pieces = re.split(rf"(?m)^({'|'.join(names)})\s*:", story)
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if text.strip():
            yield _message(name.strip(), text.strip(), name.strip() == user)


def _read_risu(document: JsonObject) -> OtherChat | None:
    data = document.get("data") if str(document.get("type", "")).startswith("risu") else document
    if isinstance(data, list):
        return _longest([chat for each in _objects(data) if (chat := _read_risu(each)) is not None])
    entries = _objects(data.get("message")) if isinstance(data, dict) else []
    if not any(entry.get("role") in ("user", "char") and "data" in entry for entry in entries):
        return None
    messages = [
        _message(_text(entry.get("name")) or "", text, entry.get("role") == "user", entry)
        for entry in entries
        if (text := _text(entry.get("data")))
    ]
    return OtherChat("Risu", messages, unreadable=len(entries) - len(messages))


def _read_character_ai(document: JsonObject) -> OtherChat | None:
    histories = document.get("histories")
    if isinstance(histories, dict):
        histories = histories.get("histories")
    chats = histories if isinstance(histories, list) else document.get("chats")
    if isinstance(chats, list):
        found = [chat for each in _objects(chats) if (chat := _read_one(each)) is not None]
        return _longest(found)
    return _read_one(document)


def _read_one(chat: JsonObject) -> OtherChat | None:
    """Return one chat of Character.AI, of the older API or of the newer one."""
    entries = _objects(chat.get("msgs"))
    if entries:
        messages = [
            _message(_author(entry), text, _is_human(entry), entry)
            for entry in entries
            if (text := _text(entry.get("text"))) and not entry.get("is_alternative")
        ]
        return OtherChat("Character.AI", messages)
    turns = [each for each in _objects(chat.get("turns")) if "candidates" in each]
    if not turns:
        return None
    turns.sort(key=lambda turn: str(turn.get("create_time", "")))
    messages = [message for turn in turns if (message := _candidate(turn)) is not None]
    return OtherChat("Character.AI", messages, unreadable=len(turns) - len(messages))


def _candidate(turn: JsonObject) -> LoggedMessage | None:
    candidates = _objects(turn.get("candidates"))
    texts = [text for each in candidates if (text := _text(each.get("raw_content")))]
    if not texts:
        return None
    chosen = turn.get("primary_candidate_id")
    primary = [each for each in candidates if each.get("candidate_id") == chosen]
    text = (_text(primary[0].get("raw_content")) if primary else None) or texts[0]
    author = turn.get("author")
    author = author if isinstance(author, dict) else {}
    name = _text(author.get("name")) or ""
    return _message(name, text, author.get("is_human") is True, turn, swipes=list(texts))


def _author(entry: JsonObject) -> str:
    source = entry.get("src")
    if not isinstance(source, dict):
        return ""
    return _text(source.get("name")) or ""


def _is_human(entry: JsonObject) -> bool:
    source = entry.get("src")
    return isinstance(source, dict) and source.get("is_human") is True


def _read_backyard(document: JsonObject) -> OtherChat | None:
    if (archived := _read_backyard_scenario(document)) is not None:
        return archived
    chat = document.get("chat")
    chat = chat if isinstance(chat, dict) else document
    entries = next(filter(None, (_objects(chat.get(key)) for key in ("ChatItems", "items"))), [])
    if not any(entry.keys() & {"input", "output"} for entry in entries):
        return None
    greeting = chat.get("greeting")
    greeting = greeting.get("text") if isinstance(greeting, dict) else greeting
    messages = [_message("", text, is_user=False) for text in [_text(greeting)] if text]
    unreadable = 0
    for entry in entries:
        texts = (_text(entry.get("input")), _text(entry.get("output")))
        unreadable += not any(texts)
        for text, is_user in zip(texts, (True, False), strict=True):
            if text:
                messages.append(_message("", text, is_user, entry))
    return OtherChat("Backyard", messages, unreadable=unreadable)


def _read_backyard_scenario(document: JsonObject) -> OtherChat | None:
    entries = _objects(document.get("messages"))
    if not any(entry.get("type") == "ai" and "outputs" in entry for entry in entries):
        return None
    greetings = _objects(document.get("firstMessages"))[:1]
    messages = [
        _message("", text, is_user=False) for each in greetings if (text := _text(each.get("text")))
    ]
    unreadable = 0
    for entry in entries:
        outputs = [
            text for each in _objects(entry.get("outputs")) if (text := _text(each.get("text")))
        ]
        said = _text(entry.get("text")) or next(iter(outputs), None)
        if said is None:
            unreadable += 1
            continue
        is_user = entry.get("type") == "human"
        messages.append(_message("", said, is_user, entry, swipes=list(outputs)))
    return OtherChat("Backyard", messages, unreadable=unreadable)


def _read_openai(document: JsonObject) -> OtherChat | None:
    entries = _objects(document.get("messages"))
    known = [each for each in entries if "role" in each and "content" in each]
    if not known:
        return None
    messages = []
    for entry in known:
        text, role = _text(entry.get("content")), str(entry.get("role"))
        if text and role in ("user", "assistant"):
            name = _text(entry.get("name")) or ""
            messages.append(_message(name, text, role == "user", entry))
    return OtherChat("OpenAI", messages, unreadable=len(entries) - len(messages))


def _longest(chats: list[OtherChat]) -> OtherChat | None:
    """Return the chat with most messages: a conversation is imported at a time."""
    if not chats:
        return None
    best = max(chats, key=lambda chat: len(chat.messages))
    return OtherChat(
        best.program,
        best.messages,
        best.character_name,
        best.user_name,
        left_out=len(chats) - 1 + best.left_out,
        unreadable=best.unreadable,
    )


def _message(
    name: str,
    text: str,
    is_user: bool,
    entry: JsonObject | None = None,
    *,
    swipes: JsonValue = None,
) -> LoggedMessage:
    dates = ("createdAt", "create_time", "created", "timestamp", "time", "date")
    sent = (parse_date(entry[key]) for key in dates if key in entry) if entry is not None else ()
    texts = [each for each in swipes if isinstance(each, str)] if isinstance(swipes, list) else []
    if texts and text not in texts:
        texts.append(text)
    return LoggedMessage(
        name=name,
        text=text,
        is_user=is_user,
        sent=next((time for time in sent if time is not None), None),
        swipes=tuple(texts) if len(texts) > 1 else (),
        swipe=texts.index(text) if len(texts) > 1 else 0,
    )


def _objects(value: JsonValue) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: JsonValue) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
