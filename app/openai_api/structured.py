"""Hold a reply to JSON: what the engine's grammar allows, and what the prompt says of it.

A character that may call functions answers with an object of one member: ``say``, its line, or
``call`` and ``arguments``. Small models keep to that where they would not keep to the markup that
large ones learnt for functions.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from app.errors import AppError
from app.openai_api.json_schema import Definitions, Schema, check_schema
from app.openai_api.structured_schemas import (
    ChosenTool,
    ObjectFormat,
    ResponseFormat,
    SchemaFormat,
    TextFormat,
    Tool,
    ToolChoice,
)

_TEXT: Schema = {"type": "string", "minLength": 1}
_MOST_SHOWN = 4_000
"""Characters of a schema that the prompt shows; the grammar holds all of it."""

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """Hold a function that the character wants called."""

    name: str
    arguments: str
    """JSON."""
    id: str = field(default_factory=lambda: f"call_{uuid4().hex[:24]}")

    def shape(self) -> Json:
        """Return it as the OpenAI API has it."""
        function = {"name": self.name, "arguments": self.arguments}
        return {"id": self.id, "type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class StructuredReply:
    """Describe the JSON that a reply has to be."""

    schema: Schema
    instructions: str
    """For the prompt."""
    offers_tools: bool = False
    says_json: bool = False
    """Whether a line beside functions is JSON itself."""

    def read(self, text: str) -> tuple[str, ToolCall | None]:
        """Return the line and the call in a reply; a reply that was cut off is a line as it is."""
        if not self.offers_tools:
            return text, None
        try:
            reply = json.loads(text)
        except ValueError:
            return text, None
        if not isinstance(reply, dict):
            return text, None
        if "call" in reply:
            return "", ToolCall(reply["call"], json.dumps(reply["arguments"], ensure_ascii=False))
        said = reply.get("say", "")
        return (json.dumps(said, ensure_ascii=False) if self.says_json else said), None


def structured_reply(
    format: ResponseFormat | None, tools: Sequence[Tool], choice: ToolChoice | None
) -> StructuredReply | None:
    """Return what the request holds the reply to; None for a line of plain text.

    Raises :class:`~app.errors.AppError` (400) for a schema that cannot be used, for a choice that
    is not among the ``tools``, and for tools of one name.
    """
    asked = _asked(format)
    offered = _offered(tools, choice)
    if not offered:
        if asked is None:
            return None
        return StructuredReply(asked, _shaped(asked, "Answer with nothing but JSON"))
    speaks = choice in (None, "auto")
    definitions = Definitions()
    parts = [_object(say=definitions.take(asked or _TEXT, "say"))] if speaks else []
    for function in (tool.function for tool in offered):
        arguments = definitions.take(function.parameters, function.name)
        parts.append(_object(call={"const": function.name}, arguments=arguments))
    return StructuredReply(
        definitions.one_of(parts),
        _explained(offered, speaks=speaks, line=asked),
        offers_tools=True,
        says_json=asked is not None,
    )


def _asked(format: ResponseFormat | None) -> Schema | None:
    match format:
        case None | TextFormat():
            return None
        case ObjectFormat():
            return {"type": "object"}
        case SchemaFormat(json_schema=named):
            check_schema(named.json_schema, "response_format")
            return named.json_schema


def _offered(tools: Sequence[Tool], choice: ToolChoice | None) -> list[Tool]:
    names = [tool.function.name for tool in tools]
    if len(set(names)) < len(names):
        raise AppError("invalid_tools", "Two tools have the same name.", param="tools")
    if choice == "none":
        return []
    for number, tool in enumerate(tools):
        check_schema(tool.function.parameters, f"tools[{number}].function.parameters")
    if isinstance(choice, ChosenTool):
        wanted = choice.function.name
        if wanted not in names:
            raise AppError(
                "invalid_tool_choice", f"No tool is called {wanted!r}.", param="tool_choice"
            )
        return [tools[names.index(wanted)]]
    if choice == "required" and not tools:
        raise AppError("invalid_tool_choice", "There are no tools to call.", param="tool_choice")
    return list(tools)


def _object(**members: Schema) -> Json:
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def _shaped(schema: Schema, order: str) -> str:
    shown = json.dumps(schema, ensure_ascii=False)
    if len(shown) > _MOST_SHOWN:
        return f"{order}."
    return f"{order} of this schema: {shown}"


def _explained(tools: Sequence[Tool], *, speaks: bool, line: Schema | None) -> str:
    """Return what the prompt says of the functions, one a row."""
    rows = ["You answer with one JSON object and nothing else."]
    if speaks:
        example = '{"say": …}' if line is not None else '{"say": "…"}'
        rows.append(f"To speak: {example}")
        if line is not None:
            rows.append(_shaped(line, "What you say is JSON"))
    rows.append('To act: {"call": "NAME", "arguments": {…}}, with one of these:')
    for tool in tools:
        function = tool.function
        about = f": {function.description.strip()}" if function.description else ""
        rows.append(f"- {function.name}{about} {_parameters(function.parameters)}")
    return "\n".join(rows)


def _parameters(schema: Mapping[str, object]) -> str:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties:
        return "{}"
    shown = json.dumps(properties, ensure_ascii=False)
    return shown if len(shown) <= _MOST_SHOWN else json.dumps(list(properties))
