"""Read a client's messages as a dialogue with a character. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.openai_api.schemas import ChatMessageIn
from app.openai_api.structured_schemas import FunctionCall
from characters.language import reading_length
from characters.prompting import Role, Utterance, join_neighbours
from characters.prompting.thoughts import without_thoughts

_ROLES: dict[str, Role] = {"user": "user", "assistant": "character"}
_SYSTEM = {"system", "developer"}
_RESULTS = {"tool", "function"}
_EXAMPLES = {"example_user", "example_assistant"}
"""SillyTavern's names for example dialogues of its own card; the character has its own examples."""


@dataclass(frozen=True, slots=True)
class RequestDialogue:
    """Hold the dialogue of a request, and what the client asks for beyond it."""

    history: list[Utterance]
    """Oldest first; neighbours of one role are one utterance."""
    continued: str
    """The beginning of a reply, where the last message is the character's own."""
    instructions: str
    """The system messages' texts, in their order."""
    user_name: str | None
    """The user's name, where all user messages have the same."""
    speakers: list[str]
    """Every name of a message: the reply must not speak for any of them."""


def read_dialogue(
    messages: Sequence[ChatMessageIn], *, with_system: bool, with_tools: bool = False
) -> RequestDialogue:
    """Return the dialogue in ``messages``, which may come in any order and number.

    - System messages, at any position, are instructions; they are ignored unless ``with_system``.
      A last one is answered like a user's message where no user's message waits for an answer:
      clients nudge a model this way.
    - An assistant's message at the end is the beginning of the reply.
    - Where several users speak, their names precede their texts.
    - Calls of functions and what came of them are lines too ``with_tools``; else they are ignored.
    - Other messages without text are ignored.
    """
    if with_tools:
        messages = _with_calls(messages)
    roles = {*_ROLES, *(_SYSTEM if with_system else ())}
    read = [
        each for each in messages if each.text and each.role in roles and each.name not in _EXAMPLES
    ]
    said = [each for each in read if each.role in _ROLES]
    instructions = [each for each in read if each.role in _SYSTEM]
    names = list(dict.fromkeys(each.name for each in said if each.role == "user" and each.name))
    lines = [Utterance(_ROLES[each.role], _attributed(each, names)) for each in said]
    history, continued = join_neighbours(lines), ""
    if read and read[-1].role == "assistant":
        continued = history.pop().text
    elif instructions and read[-1].role in _SYSTEM and (not said or said[-1].role != "user"):
        history.append(Utterance("user", instructions.pop().text))
    return RequestDialogue(
        history=history,
        continued=continued,
        instructions="\n\n".join(each.text for each in instructions),
        user_name=names[0] if len(names) == 1 else None,
        speakers=list(dict.fromkeys(each.name for each in said if each.name)),
    )


def clip(text: str, room: float) -> str:
    """Return the beginning of a text, at most ``room`` long.

    Length is measured by :func:`~characters.language.reading_length`.
    """
    for at, character in enumerate(text):
        room -= reading_length(character)
        if room < 0:
            return text[:at]
    return text


def newest(history: Sequence[Utterance], characters: int) -> list[Utterance]:
    """Return the newest utterances with at most ``characters`` together, and always the last.

    This bounds what has to be tokenized; the prompt is fitted later.
    """
    start = len(history)
    while start and (characters := characters - len(history[start - 1].text)) >= 0:
        start -= 1
    return list(history[min(start, len(history) - 1) :]) if history else []


def _with_calls(messages: Sequence[ChatMessageIn]) -> list[ChatMessageIn]:
    """Return the messages with calls as the character's lines, and results as the user's."""
    calls = [call for each in messages for call in each.tool_calls or ()]
    names = {call.id: call.function.name for call in calls if call.id and call.function}
    lines: list[ChatMessageIn] = []
    for each in messages:
        if each.role in _RESULTS and each.text:
            name = each.name or names.get(each.tool_call_id or "", "")
            result = f"[{name}: {each.text}]" if name else f"[{each.text}]"
            lines.append(ChatMessageIn(role="user", content=result))
            continue
        lines.append(each)
        if each.role == "assistant":
            functions = filter(None, (call.function for call in each.tool_calls or ()))
            lines += [ChatMessageIn(role="assistant", content=_called(one)) for one in functions]
    return lines


def _called(function: FunctionCall) -> str:
    """Return a call as the character wrote it; see :mod:`app.openai_api.structured`."""
    return f'{{"call": {json.dumps(function.name)}, "arguments": {function.arguments}}}'


def _attributed(message: ChatMessageIn, user_names: Sequence[str]) -> str:
    name, text = message.name, message.text
    if message.role == "assistant":
        return without_thoughts(text)
    several = message.role == "user" and len(user_names) > 1
    if not several or not name or text.startswith((f"{name}:", f"{name}：")):
        return text
    return f"{name}: {text}"
