"""Define the targets: one function of bytes for each reader.

A target raises where a reader is wrong: any error but the reader's own, and a row of a script that
is not accounted for. libFuzzer watches time and memory from outside.
"""

import json
import random
import re
from collections.abc import Callable
from functools import partial
from io import BytesIO

from characters.cards.example_dialogue import read_example_dialogue
from characters.cards.pictures import reencode
from characters.cards.reader import read_card
from characters.cards.writer import write_v3_json
from characters.chat_logs.reader import read_chat_log
from characters.errors import CardError, ChatLogError, ScriptError
from characters.json_values import JsonValue
from characters.lorebooks.activation import LoreDialogue, activate
from characters.lorebooks.notices import describe_unhonoured
from characters.lorebooks.reader import read_lorebook
from characters.macros import MacroValues, expand
from characters.scripts import registry
from characters.scripts.findings import summarise
from characters.scripts.reader import read_script
from characters.scripts.registry import ScriptFormat
from characters.scripts.report import ParseReport
from fuzz.containers import PARTS, around_part, as_charx, as_pdf, as_png_card
from fuzz.shapes import Bytes, draw_object

Target = Callable[[bytes], None]

_CARD_FIELDS = (
    *("spec", "spec_version", "data", "name", "nickname", "description", "personality"),
    *("scenario", "first_mes", "mes_example", "creator_notes", "creatorcomment", "system_prompt"),
    *("alternate_greetings", "group_only_greetings", "character_book", "characterBook", "tags"),
    *("assets", "extensions", "type", "uri", "ext", "source", "creation_date", "entries"),
    *("char_name", "char_persona", "char_greeting", "world_scenario", "example_dialogue"),
    *("kind", "persona", "attributes", "greeting", "sampleChat", "avatar", "post_history"),
)
_ENTRY_FIELDS = (
    *("keys", "key", "secondary_keys", "keysecondary", "content", "enabled", "disable", "order"),
    *("insertion_order", "constant", "selective", "selectiveLogic", "use_regex", "position"),
    *("case_sensitive", "probability", "useProbability", "depth", "role", "group", "sticky"),
    *("scan_depth", "token_budget", "recursive_scanning", "extensions", "name", "comment", "id"),
    *("text", "entry", "keywords", "displayName", "forceActivation", "category", "categories"),
    *(
        "type",
        "data",
        "worldinfo",
        "keysecondary",
        "value",
        "characterFilter",
        "names",
        "isExclude",
    ),
    *("delayUntilRecursion", "delay_until_recursion", "group_weight", "group_override"),
    *(
        "priority",
        "cooldown",
        "delay",
        "exclude_recursion",
        "originalData",
        "uid",
        "matchWholeWords",
    ),
)
_CHAT_FIELDS = (
    *("user_name", "character_name", "create_date", "chat_metadata", "name", "is_user", "mes"),
    *("is_system", "send_date", "extra", "swipes", "swipe_id", "swipe_info", "display_text"),
    *("messages", "msg", "handle", "characterId", "userId", "internal", "visible", "prompt"),
    *("actions", "savedsettings", "message", "role", "data", "content", "msgs", "turns"),
    *("candidates", "chat", "ChatItems", "input", "output"),
)
_SCRIPT_FIELDS = (
    *("role_name", "role_info", "dialog", "role", "novel_name", "context", "messages", "content"),
    *(
        "conversations",
        "from",
        "value",
        "turns",
        "speaker",
        "line",
        "text",
        "question",
        "generated",
    ),
    *("bot_name", "bot_description", "conversation", "message", "is_human", "plots", "scenario"),
    *("dialogues", "character", "topic", "book", "Session-1", "position", "scene", "dialogue"),
    *("instruction", "input", "output", "prompt", "response", "chosen", "title", "mapping"),
    *("current_node", "parent", "author", "parts", "content_type", "create_time", "chat_messages"),
    *("sender", "created_at", "timestamp", "nickname", "guild", "channel", "type", "date", "chats"),
    *("list", "name", "is_user", "mes", "user", "ts", "subtype", "user_profile", "display_name"),
    *("segments", "utterances", "results", "transcript", "start", "scenes", "lines", "heading"),
    *("events", "pages", "code", "parameters", "sender_name", "timestamp_ms", "participants"),
)
_DIALOGUE = LoreDialogue(["hi Ambrose", "the harbour 三三", ""], seed="1")
_REFUSED_AT_THE_END = frozenset({"no_dialogue", "implausible_speakers"})
_ROW_ENDS = re.compile(r"\r\n|\r|\n")


def _read_script(content: bytes, format: str | None = None) -> None:
    """Read a whole script, and check that every row is accounted for where it is one of the file.

    A file without dialogue is refused at its end, when its rows are counted all the same.
    """
    report = ParseReport()
    try:
        reading = read_script(BytesIO(content), "script", format=format)
        for item in reading:
            report.add(item)
        summarise(reading, report)
    except ScriptError as error:
        if error.code not in _REFUSED_AT_THE_END or not report.rows.total:
            return
    if isinstance(registry.get(reading.format), ScriptFormat) or reading.format == "json":
        text = content.decode(reading.encoding, "replace").removeprefix("\ufeff")
        rows = sum(1 for row in _ROW_ENDS.split(text) if row.strip())
        if report.rows.total != rows:
            raise AssertionError(f"{report.rows.total} of {rows} rows are accounted for")


def _read_part(content: bytes, format: str, path: str) -> None:
    _read_script(around_part(content, format, path), format)


def _read_script_fields(content: bytes) -> None:
    """Read records of likely fields, as an array and in rows."""
    source = Bytes(content)
    records = [draw_object(source, _SCRIPT_FIELDS) for _ in range(1 + source.draw(6))]
    said: list[JsonValue] = [{"speaker": "Mira", "line": "Late."}, *records]
    for document in (json.dumps(said), json.dumps(said, indent=1), json.dumps(records[0])):
        _read_script(document.encode(), "json")
    _read_script("\n".join(map(json.dumps, said)).encode())
    _read_script(json.dumps({"events": said}).encode(), "rpgmaker")


def _read_pdf_rows(content: bytes) -> None:
    _read_script(as_pdf(content), "pdf")


def _read_card(content: bytes) -> None:
    """Read a card and its example dialogue, and write each that can be read."""
    try:
        card = read_card(content)
    except CardError:
        return
    read_example_dialogue(card, MacroValues(char=card.name, user="{{user}}"))
    write_v3_json(card, modified=0)


def _read_chat_log(content: bytes) -> None:
    try:
        read_chat_log(content)
    except ChatLogError:
        return


def _read_lorebook(content: bytes) -> None:
    try:
        read_lorebook(content)
    except CardError:
        return


def _read_card_fields(content: bytes) -> None:
    source = Bytes(content)
    card = draw_object(source, _CARD_FIELDS)
    card["data"] = draw_object(source, _CARD_FIELDS)
    _read_card(json.dumps(card).encode())


def _read_lorebook_fields(content: bytes) -> None:
    """Read a lorebook made of likely fields, and activate its entries for a turn."""
    source = Bytes(content)
    entries: list[JsonValue] = [draw_object(source, _ENTRY_FIELDS) for _ in range(source.draw(8))]
    document = draw_object(source, _ENTRY_FIELDS)
    document["entries"] = (
        entries if source.draw(2) else {str(at): entry for at, entry in enumerate(entries)}
    )
    try:
        book = read_lorebook(json.dumps(document).encode())
    except CardError:
        return
    describe_unhonoured(book)
    activate(book, _DIALOGUE, len, 500)


def _read_chat_log_fields(content: bytes) -> None:
    source = Bytes(content)
    rows = [draw_object(source, _CHAT_FIELDS) for _ in range(source.draw(8))]
    _read_chat_log("\n".join(map(json.dumps, rows)).encode())
    document = draw_object(source, _CHAT_FIELDS)
    for field in ("messages", "message", "msgs", "turns", "chats", "items"):
        document[field] = list(rows)
        _read_chat_log(json.dumps(document).encode())


def _expand_macros(content: bytes) -> None:
    text = content.decode("utf-8", "replace")
    expand(text, MacroValues(char="Ambrose", user="Anna"), random.Random(0))


def _reencode_picture(content: bytes) -> None:
    try:
        reencode(content)
    except CardError:
        return


TARGETS: dict[str, Target] = {
    "script": _read_script,
    **{f"script-{name}": partial(_read_script, format=name) for name in registry.names()},
    "script-json-fields": _read_script_fields,
    "script-pdf-rows": _read_pdf_rows,
    **{name: partial(_read_part, format=of, path=path) for name, (of, path) in PARTS.items()},
    "card": _read_card,
    "card-png": lambda content: _read_card(as_png_card(content)),
    "card-charx": lambda content: _read_card(as_charx(content)),
    "card-fields": _read_card_fields,
    "chat-log": _read_chat_log,
    "chat-log-fields": _read_chat_log_fields,
    "lorebook": _read_lorebook,
    "lorebook-fields": _read_lorebook_fields,
    "macros": _expand_macros,
    "picture": _reencode_picture,
}
