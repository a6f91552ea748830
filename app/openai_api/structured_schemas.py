"""Describe the fields by which a client asks for JSON or offers functions.

Source: the OpenAI API reference, "Create chat completion": ``response_format``, ``tools`` and
``tool_choice``.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.text import Storable

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Description = Annotated[str, StringConstraints(max_length=4_000), Storable]
JsonSchema = dict[str, object]


class _Ignoring(BaseModel):
    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True, populate_by_name=True)


class NamedSchema(_Ignoring):
    """Hold a JSON Schema with its name."""

    name: Name = "reply"
    description: Description | None = None
    json_schema: Annotated[JsonSchema, Field(alias="schema")] = {"type": "object"}


class TextFormat(_Ignoring):
    """Ask for plain text, as where nothing is said."""

    type: Literal["text"]


class ObjectFormat(_Ignoring):
    """Ask for any JSON object."""

    type: Literal["json_object"]


class SchemaFormat(_Ignoring):
    """Ask for JSON that a schema describes."""

    type: Literal["json_schema"]
    json_schema: NamedSchema


ResponseFormat = Annotated[TextFormat | ObjectFormat | SchemaFormat, Field(discriminator="type")]


class FlatSchemaFormat(NamedSchema):
    """Ask for JSON that a schema describes, as ``/v1/responses`` has it."""

    type: Literal["json_schema"]


TextOptionsFormat = Annotated[
    TextFormat | ObjectFormat | FlatSchemaFormat, Field(discriminator="type")
]


class TextOptions(_Ignoring):
    """Choose the form of a response's text."""

    format: TextOptionsFormat | None = None

    def response_format(self) -> ResponseFormat | None:
        """Return it as a chat completion has it."""
        if isinstance(self.format, FlatSchemaFormat):
            return SchemaFormat(type="json_schema", json_schema=self.format)
        return self.format


class FunctionDefinition(_Ignoring):
    """Describe a function that the client would run."""

    name: Name
    description: Description | None = None
    parameters: JsonSchema = {"type": "object", "properties": {}}


class Tool(_Ignoring):
    """Offer a function."""

    type: Literal["function"] = "function"
    function: FunctionDefinition


class FunctionName(_Ignoring):
    """Name a function."""

    name: Name


class ChosenTool(_Ignoring):
    """Ask for a call of one function."""

    type: Literal["function"] = "function"
    function: FunctionName


ToolChoice = Literal["none", "auto", "required"] | ChosenTool


class FunctionCall(_Ignoring):
    """Hold a call as a client sends it back."""

    name: Annotated[str, StringConstraints(max_length=64), Storable]
    arguments: Annotated[str, StringConstraints(max_length=200_000), Storable] = "{}"


class ToolCallIn(_Ignoring):
    """Hold a call that the character made earlier; one of another kind has no function."""

    id: Annotated[str, StringConstraints(max_length=200)] = ""
    function: FunctionCall | None = None
