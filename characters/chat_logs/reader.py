"""Read a ``ChatLog`` from SillyTavern's JSONL, Chub's variant, groups' files and other programs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from characters.chat_logs.dates import parse_date
from characters.chat_logs.model import ChatLog, LoggedMessage
from characters.chat_logs.other_programs import OtherChat, find_chat
from characters.errors import ChatLogError
from characters.json_values import JsonObject, JsonTextError, JsonValue, parse_json
from characters.scripts.model import REJECTED_CHARACTERS, Rejection

_UNUSED = "unused"
"""The value that newer versions write for both names in the header."""


@dataclass(frozen=True, slots=True)
class ChatLogLimits:
    """Hold the bounds of one log. A log that crosses one is refused as a whole."""

    file_bytes: int = 50_000_000
    messages: int = 100_000
    """Most messages, swipes counted: each becomes a message of its own."""
    rejections: int = 1_000
    """Most rejected rows that are kept; all are counted."""


def is_chat_log(first_line: bytes) -> bool:
    """Return whether this first line, a header or a group's message, begins a chat log."""
    try:
        first = parse_json(first_line)
    except JsonTextError:
        return False
    if not isinstance(first, dict):
        return False
    header = "user_name" in first and first.keys() & {"character_name", "chat_metadata"}
    return bool(header) or {"name", "is_user", "mes"} <= first.keys()


def read_chat_log(content: bytes, limits: ChatLogLimits = ChatLogLimits()) -> ChatLog:  # frozen
    """Return the conversation in ``content``, and the rows that hold no message.

    It is a JSONL file, or another program's document: see ``other_programs.py``. Raises
    ``ChatLogError``: ``too_large``, ``not_a_chat_log``, ``not_utf8``, ``no_messages``.
    """
    if len(content) > limits.file_bytes:
        raise ChatLogError("too_large", f"A chat log may have {limits.file_bytes:,} bytes at most.")
    rejected = _Rejected(limits.rejections)
    if not is_chat_log(content.split(b"\n", 1)[0]) and (other := find_other_chat(content)):
        return _other_log(other, limits, rejected)
    rows = list(_rows(content, rejected))
    header = _header(rows, rejected)
    messages = list(_messages(rows[header is not None :], rejected))
    _check(messages, limits, rejected)
    return ChatLog(
        user_name=_name(header, "user_name", (m.name for m in messages if m.is_user)),
        character_name=_name(
            header, "character_name", (m.name for m in messages if not m.is_user and not m.hidden)
        ),
        messages=tuple(messages),
        created=parse_date((header or {}).get("create_date")),
        header=header,
        rejected=tuple(rejected.first()),
        rejected_total=rejected.total,
    )


def find_other_chat(content: bytes) -> OtherChat | None:
    """Return the conversation of another program's JSON document; None for any other file."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return None
    try:
        return find_chat(parse_json(content))
    except JsonTextError:
        return None


def _other_log(chat: OtherChat, limits: ChatLogLimits, rejected: "_Rejected") -> ChatLog:
    """Return another program's conversation, and what of its document was not read."""
    if chat.unreadable:
        reason = f"{chat.unreadable} entries of this {chat.program} chat have no text."
        rejected.append(_rejection(1, chat.program, "no_text", reason))
    if chat.left_out:
        reason = (
            f"This {chat.program} file has {chat.left_out} more chats; only the longest was read."
            " Export the others one by one."
        )
        rejected.append(_rejection(1, chat.program, "other_chats", reason))
    _check(chat.messages, limits, rejected)
    users = (m.name for m in chat.messages if m.is_user)
    others = (m.name for m in chat.messages if not m.is_user)
    return ChatLog(
        user_name=chat.user_name or next(filter(None, users), ""),
        character_name=chat.character_name or next(filter(None, others), ""),
        messages=tuple(chat.messages),
        rejected=tuple(rejected.first()),
        rejected_total=rejected.total,
    )


def _check(messages: Sequence[LoggedMessage], limits: ChatLogLimits, rejected: "_Rejected") -> None:
    """Refuse a log without a message, or with too many."""
    if not messages:
        first = next(iter(rejected.first()), None)
        because = "" if first is None else f" {first.reason}"
        raise ChatLogError("no_messages", f"This chat log has no message.{because}")
    if sum(max(1, len(message.swipes)) for message in messages) > limits.messages:
        raise ChatLogError(
            "too_large",
            f"A chat log may have {limits.messages:,} messages at most, swipes counted.",
        )


class _Rejected:
    """Keep the first rejections of each code, and count all."""

    def __init__(self, most: int) -> None:
        self.total = 0
        self._most = most
        self._kept: dict[str, list[Rejection]] = {}

    def append(self, rejection: Rejection) -> None:
        self.total += 1
        same = self._kept.setdefault(rejection.code, [])
        if len(same) < self._most:
            same.append(rejection)

    def first(self) -> list[Rejection]:
        """Return the first rejections, in the order of rows."""
        kept = chain.from_iterable(self._kept.values())
        return sorted(kept, key=lambda rejection: rejection.row)[: self._most]

    def before(self, row: int) -> bool:
        """Return whether a row above was rejected."""
        return any(kept[0].row < row for kept in self._kept.values())


def _header(rows: list[tuple[int, JsonObject]], rejected: _Rejected) -> JsonObject | None:
    """Return the first row, None if it already is a message, as in a group's file."""
    row, first = rows[0] if rows else (0, {})
    if not first.keys() & {"user_name", "name"} or rejected.before(row):
        raise ChatLogError(
            "not_a_chat_log",
            "This is no chat that can be imported: neither SillyTavern's JSONL, whose first line is"
            " JSON with “user_name” or “name”, nor a chat of Agnai, text-generation-webui,"
            " KoboldAI, Risu, Character.AI or Backyard.",
        )
    return None if "mes" in first else first


def _rows(content: bytes, rejected: _Rejected) -> Iterator[tuple[int, JsonObject]]:
    """Yield the file's objects with their rows, from 1."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ChatLogError(
            "not_utf8", f"The chat log is not UTF-8 at byte {error.start}."
        ) from error
    for row, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = parse_json(line)
        except JsonTextError as error:
            rejected.append(_rejection(row, line, "not_json", f"The row is {error}."))
            continue
        if isinstance(value, dict):
            yield row, value
        else:
            rejected.append(_rejection(row, line, "not_an_object", "The row is no JSON object."))


def _messages(
    rows: Iterable[tuple[int, JsonObject]], rejected: _Rejected
) -> Iterator[LoggedMessage]:
    for row, source in rows:
        text = _text(source.get("mes"))
        if text is None:
            rejected.append(
                _rejection(row, str(source), "no_text", "The row has no text in “mes”.")
            )
            continue
        yield _message(source, text)


def _message(source: JsonObject, text: str) -> LoggedMessage:
    given = source.get("swipes")
    texts = [_text(item) or "" for item in given] if isinstance(given, list) else []
    chosen = source.get("swipe_id")
    swipe = chosen if isinstance(chosen, int) and 0 <= chosen < len(texts) else len(texts) - 1
    if texts:
        # The message's own text is the newest edit of the alternative it shows.
        texts[swipe] = text
    name = source.get("name")
    return LoggedMessage(
        name=name if isinstance(name, str) else "",
        text=text,
        is_user=source.get("is_user") is True,
        hidden=source.get("is_system") is True,
        sent=parse_date(source.get("send_date")),
        swipes=tuple(texts),
        swipe=max(swipe, 0),
        source=source,
    )


def _text(value: JsonValue) -> str | None:
    """Return a text, or the text in Chub's ``{"message": text}``."""
    if isinstance(value, dict):
        value = value.get("message")
    return value if isinstance(value, str) else None


def _name(header: JsonObject | None, key: str, speakers: Iterable[str]) -> str:
    value = (header or {}).get(key)
    if isinstance(value, str) and value not in ("", _UNUSED):
        return value
    return next((name for name in speakers if name), "")


def _rejection(row: int, text: str, code: str, reason: str) -> Rejection:
    return Rejection(row, text[:REJECTED_CHARACTERS], code, reason)
