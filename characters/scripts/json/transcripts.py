"""Find the utterances of speech recognisers, and lists of lines that lie deeper in a record.

- WhisperX: ``{"segments": [{"start", "end", "text", "speaker"}]}``.
- AssemblyAI: ``{"utterances": [{"speaker", "text", "start", "end"}]}``.
- Deepgram: ``{"results": {"utterances": [{"speaker", "transcript"}]}}``.
- Any ``{"scenes": [{"character", "text"}]}``, and scenes with a list of lines each.
"""

from collections.abc import Callable, Iterator

from characters.scripts.json.dialogues import TURNS
from characters.scripts.json.elements import Text, Value
from characters.scripts.json.messages import is_message_list
from characters.scripts.json.speech import speaker_of
from characters.scripts.json.turns import Turn, Unreadable, read_columns
from characters.scripts.json.values import Dialogue, first_text, text_of

_UTTERANCES = ("utterances", "segments", "results", "transcript", "monologues")
_TEXTS = ("text", "transcript", "content")
_DEEPEST = 8
"""Levels of a record that are searched."""
_HEADINGS = ("title", "heading", "scene", "name", "location")


def find_transcript(record: Value) -> list[Dialogue] | None:
    """Return the utterances of a recogniser's answer; None for any other record."""
    if not isinstance(record, dict):
        return None
    for field in _UTTERANCES:
        value = record.get(field)
        if isinstance(value, dict):
            found = find_transcript(value)
            if found is not None:
                return found
        if isinstance(value, list) and any(map(_is_utterance, value[:50])):
            return [Dialogue(list(map(_read_utterance, value)))]
    return None


def _is_utterance(value: Value) -> bool:
    if not isinstance(value, dict) or _speaker(value) is None:
        return False
    return any(isinstance(value.get(name), Text) for name in _TEXTS)


def _read_utterance(value: Value) -> Turn | Unreadable:
    if not isinstance(value, dict):
        return Unreadable(None)
    found = (text_of(value.get(name)) for name in _TEXTS)
    text = next((text for text in found if text is not None), None)
    if text is None:
        return Unreadable(None)
    speaker = _speaker(value)
    if not text.strip():
        return Turn(text, "")
    return Unreadable(text.row, str(text)) if speaker is None else Turn(text, speaker)


def _speaker(value: dict[str, Value]) -> str | None:
    """Return the speaker; numbers are what recognisers call people without a name."""
    speaker = value.get("speaker")
    if isinstance(speaker, dict):
        return first_text(speaker, "name", "label", "id")
    several = value.get("speakers")
    if isinstance(several, list) and several:
        return ", ".join(str(each).strip() for each in several if isinstance(each, str)) or None
    found = speaker_of(value)
    words = value.get("words")
    if found is None and isinstance(words, list):
        # WhisperX leaves a segment without a speaker where its words have one.
        found = next(filter(None, map(speaker_of, words)), None)
    return found


Find = Callable[[Value], list[Dialogue] | None]


def find_nested(record: Value, known: Find) -> list[Dialogue] | None:
    """Return the lists of lines that lie deeper in a record; None without any.

    ``known`` finds the dialogues of an object of a known shape.
    """
    found = list(_nested(record, None, _DEEPEST, known)) if isinstance(record, dict) else []
    return found or None


def _nested(
    record: dict[str, Value], heading: str | None, depth: int, known: Find
) -> Iterator[Dialogue]:
    heading = first_text(record, *_HEADINGS) or heading
    numbered = [_read_line(each) for each in record.values()]
    said = [line for line in numbered if line is not None]
    if len(said) == len(numbered) > 1:
        yield Dialogue([*said], heading=heading)
        return
    for value in record.values():
        if isinstance(value, dict) and depth:
            yield from _inside(value, heading, depth - 1, known)
        if not isinstance(value, list):
            continue
        if is_message_list(value) and (chat := known({"messages": value})):
            yield from chat
            continue
        lines = [_read_line(each) for each in value]
        if any(line is not None for line in lines):
            yield Dialogue([line or Unreadable(None) for line in lines], heading=heading)
        elif depth:
            for each in value:
                if isinstance(each, dict):
                    yield from _inside(each, heading, depth - 1, known)


def _inside(
    record: dict[str, Value], heading: str | None, depth: int, known: Find
) -> Iterator[Dialogue]:
    found = known(record)
    yield from _nested(record, heading, depth, known) if found is None else found


def _read_line(value: Value) -> Turn | None:
    text, speaker = read_columns(value)
    return None if text is None or not speaker else Turn(text, speaker)


NESTED_HINTS = (*TURNS, *_UTTERANCES, "scenes", "chapters", "acts")
"""Fields whose list shows at a file's beginning that it holds dialogue."""
