r"""Find dialogues that a record holds as one text, with the names or the roles in it.

- Chat templates of training data: ChatML's ``<|im_start|>user``, Llama's ``[INST]`` and headers,
  ``### Human:``, and ``Human: … Assistant: …`` as in HH-RLHF.
- ``{"dialogue": "Amanda: …\nJerry: …"}``, as in SAMSum.
"""

import re
from collections.abc import Iterator

from characters.language import detect_language
from characters.scripts.json.elements import Text, Value
from characters.scripts.json.turns import Turn, Unreadable
from characters.scripts.json.values import Dialogue, first_text, text_of
from characters.scripts.lines import PREFIX_CHARACTERS, find_colon
from characters.scripts.names import clean_name, is_like_a_name

_FIELDS = (
    "dialogue",
    "dialog",
    "conversation",
    "chosen",
    "transcript",
    "script",
    "text",
    "content",
)
_ROLES = {
    **dict.fromkeys(("human", "user", "instruction", "input", "inst", "prompter"), "user"),
    **dict.fromkeys(("assistant", "response", "output", "ai", "bot", "gpt", "model"), "assistant"),
    **dict.fromkeys(("system", "/inst"), "system"),
}
_MARK = re.compile(
    r"<\|(?:im_start|start_header_id)\|>[ \t]*(?P<header>\w{1,20})[ \t]*(?:<\|end_header_id\|>)?\n*"
    r"|<\|(?P<bar>user|assistant|system|prompter)\|>|<start_of_turn>(?P<gemma>user|model)\n"
    r"|(?P<inst>\[/?INST\])"
    r"|(?:^|(?<=\n)|(?=###))[ \t]*(?:#{2,3}[ \t]*(?P<hash>\w{1,20})[ \t]*:?"
    r"|(?P<plain>Human|Assistant|User|AI|Bot|System)[ \t]*:)[ \t]*",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"<\|(?:im_end|eot_id|end|endoftext)\|>|<end_of_turn>|</?s>|<<SYS>>.*?<</SYS>>", re.DOTALL
)
_FEWEST_ROWS = 2
_NAMED_SHARE = 0.6


def find_template(record: Value) -> list[Dialogue] | None:
    """Return the dialogue in one of the record's texts; None where none has turns of two sides."""
    if not isinstance(record, dict):
        return None
    for field in _FIELDS:
        text = text_of(record.get(field))
        if text is None or not text.strip():
            continue
        turns = list(_split(text))
        if len({turn.speaker for turn in turns if turn.speaker}) > 1:
            return [_dialogue(record, list(turns), field)]
        if _is_named(text):
            return [_dialogue(record, [Turn(text, None)], field)]
    return None


def _dialogue(record: dict[str, Value], turns: list[Turn | Unreadable], field: str) -> Dialogue:
    unused = [key for key in record if key not in (field, "title")]
    return Dialogue(turns, heading=first_text(record, "title"), unused=unused)


def _split(text: Text) -> Iterator[Turn]:
    """Yield what stands behind each mark of a role; system messages have no speaker."""
    marks = [mark for mark in _MARK.finditer(text) if _role(mark) is not None]
    user = "用户" if detect_language([text]) == "zh" else "user"
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        said = text[mark.end() : end]
        said = _ENDS.sub("", said).strip()
        role = _role(mark) or ""
        if mark["inst"] is not None:
            role = "user" if mark["inst"].upper() == "[INST]" else "assistant"
        if said:
            yield Turn(Text(said, text.row), {"user": user, "system": ""}.get(role, role))


def _role(mark: re.Match[str]) -> str | None:
    if mark["inst"] is not None:
        return "user"
    named = next(filter(None, mark.group("header", "bar", "gemma", "hash", "plain")), "")
    return _ROLES.get(named.casefold())


def _is_named(text: str) -> bool:
    """Return whether most rows of a text begin with a name and a colon."""
    rows = [row for row in text.split("\n") if row.strip()]
    return len(rows) >= _FEWEST_ROWS and sum(map(_has_name, rows)) >= _NAMED_SHARE * len(rows)


def _has_name(row: str) -> bool:
    colon = find_colon(row[:PREFIX_CHARACTERS])
    return colon > 0 and is_like_a_name(clean_name(row[:colon]))
