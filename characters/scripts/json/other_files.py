"""Name JSON files of other kinds that people upload as scripts, and say what to do with them."""

from collections.abc import Mapping

from characters.errors import ScriptError
from characters.scripts.json.elements import Value

_FRONT_ENDS = (
    ("text-generation-webui", ("internal", "visible")),
    ("KoboldAI", ("gamestarted", "actions")),
    ("Character.AI", ("histories",)),
)
_CARD_FIELDS = ("first_mes", "first_message", "char_greeting", "mes_example", "example_dialogue")
_RECOGNISED = ("segments", "utterances", "words", "results", "phrases", "recognizedPhrases")
_TIMES = {"start", "end", "start_time", "startTime", "offset", "offsetMilliseconds"}
_SENTENCES = {
    "card": "This is a character card, not a script: import it as a card.",
    "lorebook": "This is a lorebook, not a script: import it as a lorebook.",
    "ink": "This is compiled ink, in which choices and names are taken apart: upload the .ink"
    " source.",
    "transcript": "This is the answer of a speech recogniser without speakers: run it again with"
    " speaker diarization, so that each segment says who speaks.",
    "game": "This file of a game holds no dialogue: upload the maps and CommonEvents.json.",
    "error": "This is an error message that a server answered with, not an export.",
}


def refuse_known(record: Mapping[str, Value]) -> ScriptError | None:
    """Return the refusal of a file that begins with ``record`` and is surely no script."""
    if (program := _find_front_end(record)) is not None:
        return _refuse(f"This is a chat of {program}, not a script: import it as a chat.", program)
    known = {"card": _is_card, "ink": _is_ink, "lorebook": _is_lorebook}
    kind = next((kind for kind, holds in known.items() if holds(record)), None)
    return None if kind is None else _refuse(_SENTENCES[kind], kind)


def refuse_other(record: Mapping[str, Value]) -> ScriptError | None:
    """Return the refusal of a record in which no dialogue was found; None for an unknown kind."""
    if any(_has_text(record.get(field)) for field in _RECOGNISED):
        return _refuse(_SENTENCES["transcript"], "transcript")
    if record.keys() >= {"events", "tilesetId"} or record.keys() >= {"gameTitle", "switches"}:
        return _refuse(_SENTENCES["game"], "game")
    if record.keys() <= {"error", "message", "detail", "status", "code"}:
        return _refuse(_SENTENCES["error"], "error")
    return None


def _find_front_end(record: Mapping[str, Value]) -> str | None:
    if str(record.get("type", "")).startswith("risuChat"):
        return "Risu"
    return next((name for name, fields in _FRONT_ENDS if record.keys() >= {*fields}), None)


def _is_card(record: Mapping[str, Value]) -> bool:
    data = record.get("data")
    inside = data if isinstance(data, dict) else {}
    if str(record.get("spec", "")).startswith("chara_card"):
        return True
    character = record.get("character")
    if isinstance(character, dict) and character.keys() & {"aiName", "greeting"}:
        return True
    return any(field in record or field in inside for field in _CARD_FIELDS)


def _is_ink(record: Mapping[str, Value]) -> bool:
    return "inkVersion" in record


def _is_lorebook(record: Mapping[str, Value]) -> bool:
    if str(record.get("spec", "")).startswith("lorebook") or "lorebookVersion" in record:
        return True
    entries = record.get("entries")
    listed = list(entries.values()) if isinstance(entries, dict) else entries
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        return False
    return bool(listed[0].keys() & {"key", "keys", "keysecondary", "secondary_keys"})


def _has_text(value: Value) -> bool:
    """Return whether a list of a recogniser's has texts, or lists of alternatives."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return False
    first = value[0]
    timed = first.keys() & {
        "start",
        "end",
        "start_time",
        "startTime",
        "offset",
        "offsetMilliseconds",
    }
    return "alternatives" in first or bool(timed and first.keys() & {"text", "word", "content"})


def _refuse(sentence: str, kind: str) -> ScriptError:
    return ScriptError("no_dialogue", sentence, kind=kind, rejected_total=0, rejected=[])
