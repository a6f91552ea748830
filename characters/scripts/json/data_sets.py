"""Find dialogues in the records of role-play and instruction data sets.

- RoleBench: ``{"role", "question", "generated": [...]}``.
- PIPPA: ``{"bot_name", "conversation": [{"message", "is_human"}]}``.
- CoSER: ``{"plots": [{"conversation": [{"scenario", "dialogues"}]}]}``, or one conversation.
- HPD: ``{"Session-1": {"position", "speakers", "scene", "dialogue"}}``.
- SODA: ``{"dialogue": [text, ...], "speakers": [name, ...]}``.
- Alpaca: ``{"instruction", "input", "output"}``, and pairs of prompt and response.
"""

import re
from collections.abc import Iterable, Iterator

from characters.language import detect_language
from characters.scripts.json.elements import Text, Value
from characters.scripts.json.turns import Turn, Unreadable
from characters.scripts.json.values import Dialogue, first_text, join_texts, text_of

_PAIRS = (
    ("instruction", "output"),
    ("instruction", "response"),
    ("prompt", "completion"),
    ("prompt", "response"),
    ("prompt", "chosen"),
    ("question", "answer"),
    ("query", "response"),
    ("input", "output"),
    ("user", "assistant"),
    ("user", "bot"),
    ("human", "assistant"),
    ("human", "bot"),
)
"""Fields of what a user says and what is answered."""
_THOUGHT = re.compile(r"\[([^\[\]]{1,2000})\]")
_ENVIRONMENT = frozenset({"environment", "narrator", "旁白", "环境"})


def find_data_set(record: Value) -> list[Dialogue] | None:
    """Return the dialogues of a record; None where it has none of the known shapes."""
    if not isinstance(record, dict):
        return None
    for find in (
        _find_role_bench,
        _find_pippa,
        _find_coser,
        _find_hpd,
        _find_parallel,
        _find_exchanges,
        _find_pair,
    ):
        found = find(record)
        if found is not None:
            return found
    return None


def _find_role_bench(record: dict[str, Value]) -> list[Dialogue] | None:
    role, question = record.get("role"), text_of(record.get("question"))
    generated = record.get("generated")
    if not isinstance(role, Text) or question is None:
        return None
    answers = generated if isinstance(generated, list) else [generated]
    answer = next((each for each in answers if isinstance(each, Text)), None)
    if answer is None:
        return None
    turns: list[Turn | Unreadable] = [
        Turn(question, _user(question)),
        Turn(answer, str(role)),
    ]
    # Further answers are alternatives, and no part of this dialogue.
    unused = ["generated (all but the first)"] if len(answers) > 1 else []
    return [Dialogue(turns, character=role, unused=unused)]


def _find_pippa(record: dict[str, Value]) -> list[Dialogue] | None:
    said = record.get("conversation")
    name = first_text(record, "bot_name", "char_name", "bot_id")
    if name is None or not isinstance(said, list):
        return None
    if not any(isinstance(each, dict) and "is_human" in each for each in said):
        return None
    read = ("message", "content", "text")
    turns: list[Turn | Unreadable] = []
    for each in said:
        text = (
            next(filter(None, (text_of(each.get(key)) for key in read)), None)
            if isinstance(each, dict)
            else None
        )
        if text is None or not isinstance(each, dict):
            turns.append(Unreadable(None))
        elif text.strip():
            turns.append(Turn(text, _user(text) if each.get("is_human") else name))
    profile = text_of(record.get("bot_description"))
    profile = profile if profile is not None and profile.strip() else None
    return [Dialogue(turns, character=name, profile=profile)]


def _find_coser(record: dict[str, Value]) -> list[Dialogue] | None:
    if isinstance(record.get("dialogues"), list) and record.keys() & {"scenario", "topic", "plot"}:
        return [_read_coser(record, first_text(record, "book"))]
    plots = record.get("plots")
    if not isinstance(plots, list):
        return None
    book = first_text(record, "book", "title")
    found = [
        _read_coser(scene, book)
        for plot in plots
        if isinstance(plot, dict)
        for scene in _listed(plot.get("conversation", plot.get("conversations")))
        if isinstance(scene, dict) and isinstance(scene.get("dialogues"), list)
    ]
    return found or None


def _read_coser(scene: dict[str, Value], book: str | None) -> Dialogue:
    turns: list[Turn | Unreadable] = []
    scenario = text_of(scene.get("scenario"))
    if scenario is not None and scenario.strip():
        turns.append(Turn(scenario, "", staged=True))
    for entry in _listed(scene.get("dialogues")):
        name = first_text(entry, "character", "name", "role")
        text = text_of(entry.get("message", entry.get("text"))) if isinstance(entry, dict) else None
        if name is None or text is None:
            turns.append(Unreadable(None if text is None else text.row))
        elif name.casefold() in _ENVIRONMENT:
            turns.append(Turn(text, "", staged=True))
        else:
            turns.append(_apart(text, name))
    return Dialogue(turns, heading=first_text(scene, "topic"), episode=book)


def _apart(text: Text, name: str) -> Turn:
    """Return a turn without its inner thoughts, which CoSER writes in square brackets."""
    thoughts = " ".join(match[1].strip() for match in _THOUGHT.finditer(text))
    said = re.sub(r"\s{2,}", " ", _THOUGHT.sub(" ", text)).strip()
    if not said:  # thought, and nothing said
        return Turn(text, "", staged=False)
    return Turn(Text(said, text.row), name, thought=thoughts or None)


def _find_hpd(record: dict[str, Value]) -> list[Dialogue] | None:
    sessions = [each for each in record.values() if isinstance(each, dict)]
    if not sessions or not all(isinstance(each.get("dialogue"), list) for each in sessions):
        return None
    return [_read_hpd(session) for session in sessions]


def _read_hpd(session: dict[str, Value]) -> Dialogue:
    turns: list[Turn | Unreadable] = [
        Turn(text, "", staged=True)
        for each in _listed(session.get("scene"))
        if (text := text_of(each)) is not None and text.strip()
    ]
    for each in _listed(session.get("dialogue")):
        said = text_of(each)
        turns.append(Unreadable(None) if said is None else Turn(said, None))
    return Dialogue(turns, heading=first_text(session, "position"))


def _find_parallel(record: dict[str, Value]) -> list[Dialogue] | None:
    """Return a dialogue whose names stand in a list beside that of the texts."""
    names = [text_of(each) for each in _listed(record.get("speakers"))]
    for field in ("dialogue", "dialog", "utterances", "lines", "turns"):
        said = [text_of(each) for each in _listed(record.get(field))]
        if not said or len(said) != len(names):
            continue
        turns: list[Turn | Unreadable] = [
            Turn(text, str(name))
            for text, name in zip(said, names, strict=True)
            if text is not None and name is not None
        ]
        if len(turns) == len(said):
            return [Dialogue(turns, heading=first_text(record, "title"))]
    return None


def _find_exchanges(record: dict[str, Value]) -> list[Dialogue] | None:
    """Return a dialogue whose entries hold a saying and its answer: Firefly."""
    for field in ("conversation", "conversations", "dialogue", "dialog", "history"):
        entries = [each for each in _listed(record.get(field)) if isinstance(each, dict)]
        pairs = [
            (
                text_of(each.get("human", each.get("user"))),
                text_of(each.get("assistant", each.get("bot"))),
            )
            for each in entries
        ]
        if not pairs or any(said is None or answer is None for said, answer in pairs):
            continue
        name = first_text(record, "role_name", "character", "role", "name", "bot_name")
        turns: list[Turn | Unreadable] = []
        for said, answer in pairs:
            if said is not None and answer is not None:
                turns += [Turn(said, _user(said)), Turn(answer, name or "assistant")]
        return [Dialogue(turns, character=name)]
    return None


def _find_pair(record: dict[str, Value]) -> list[Dialogue] | None:
    for asked, answered in _PAIRS:
        question, answer = record.get(asked), _answer(record.get(answered))
        if isinstance(question, Text) and question.strip() and answer is not None:
            return [_read_pair(record, question, answer)]
    return None


def _read_pair(record: dict[str, Value], question: Text, answer: Text) -> Dialogue:
    more = text_of(record.get("input"))
    if more is not None and more is not question and more.strip() and "instruction" in record:
        question = Text(f"{question}\n{more}", question.row)
    name = first_text(record, "role_name", "character", "role", "name", "bot_name")
    turns: list[Turn | Unreadable] = []
    if (system := text_of(record.get("system"))) is not None and system.strip():
        turns.append(Turn(system, ""))
    turns += _read_history(record.get("history"), name or "assistant")
    turns += [Turn(question, _user(question)), Turn(answer, name or "assistant")]
    return Dialogue(turns, character=name)


def _read_history(history: Value, name: str) -> Iterator[Turn]:
    """Yield the turns before, which LLaMA-Factory keeps as pairs."""
    for pair in _listed(history):
        if isinstance(pair, list) and len(pair) == 2:
            for text, speaker in zip(pair, ("", name), strict=True):
                if isinstance(text, Text) and text.strip():
                    yield Turn(text, speaker or _user(text))


def _answer(value: Value) -> Text | None:
    if (
        isinstance(value, list) and value and isinstance(value[-1], dict)
    ):  # messages of a preference
        value = value[-1].get("content")
    text = join_texts(value, "\n")
    return text if text is not None and text.strip() else None


def _user(text: str) -> str:
    return "用户" if detect_language([text]) == "zh" else "user"


def _listed(value: Value) -> Iterable[Value]:
    return value if isinstance(value, list) else ()
