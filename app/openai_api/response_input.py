"""Describe the body of ``/v1/responses``, and read its input as messages.

Source: the OpenAI API reference, "Responses", "Create a model response". Fields that do not apply
to characters (tools, reasoning) are ignored, as in chat completions.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.errors import AppError
from app.openai_api.schemas import (
    ApiModel,
    ChatMessageIn,
    ChatRequest,
    ContentPart,
    MaxTokens,
    SamplingRequest,
    Text,
)
from app.openai_api.structured_schemas import TextOptions
from app.text import Storable

_TEXT_PARTS = {"input_text", "output_text", "text"}
_Roles = Literal["system", "developer", "user", "assistant"]
_Key = Annotated[str, StringConstraints(max_length=64), Storable]
_Value = Annotated[str, StringConstraints(max_length=512), Storable]
_Id = Annotated[str, StringConstraints(max_length=200)]


class InputItem(ApiModel):
    """Hold one item of the input; items other than messages are ignored."""

    type: str = "message"
    role: _Roles | None = None
    content: Text | Annotated[list[ContentPart], Field(max_length=500)] | None = None

    def message(self) -> ChatMessageIn | None:
        """Return the message that the item is, None for any other."""
        if self.type != "message" or self.role is None:
            return None
        content = self.content
        if isinstance(content, list):
            content = [ContentPart(text=part.text) for part in content if part.type in _TEXT_PARTS]
        return ChatMessageIn(role=self.role, content=content)


class ResponseRequest(SamplingRequest):
    """Ask for ``/v1/responses``."""

    input: Text | Annotated[list[InputItem], Field(min_length=1, max_length=5_000)]
    """What the user says, or the whole dialogue as a list of items, oldest first."""
    instructions: Text | None = None
    """Added before the input as a developer's message."""
    max_output_tokens: MaxTokens = None
    metadata: Annotated[dict[_Key, _Value], Field(max_length=16)] | None = None
    """Returned with the response."""
    previous_response_id: _Id | None = None
    """Refused: nothing is stored that could be continued."""
    conversation: _Id | dict[str, object] | None = None
    """Refused, as ``previous_response_id``."""
    background: bool | None = None
    """Refused where true: nothing is stored that could be fetched later."""
    store: bool | None = None
    """Without effect: nothing is stored."""
    text: TextOptions | None = None
    """Plain text, a JSON object, or JSON of a schema."""
    user: Text | None = None
    safety_identifier: Text | None = None

    def as_chat(self) -> ChatRequest:
        """Return the same request as one for a chat completion.

        Raises :class:`~app.errors.AppError` (400) for what needs stored responses, and for an input
        without a message.
        """
        self._refuse_stored()
        items = [InputItem(role="user", content=self.input)] if isinstance(self.input, str) else []
        items = items or [item for item in self.input if isinstance(item, InputItem)]
        messages = [message for item in items if (message := item.message()) is not None]
        if not messages:
            raise AppError("nothing_said", "No item here says anything.", param="input")
        if self.instructions:
            instructions = ChatMessageIn(role="developer", content=self.instructions)
            messages = [instructions, *messages]
        return ChatRequest.model_construct(
            **self.model_dump(include=set(SamplingRequest.model_fields)),
            messages=messages,
            max_tokens=self.max_output_tokens,
            response_format=self.text.response_format() if self.text else None,
        )

    def _refuse_stored(self) -> None:
        asked = {
            "previous_response_id": self.previous_response_id,
            "conversation": self.conversation,
            "background": self.background,
        }
        for param, value in asked.items():
            if value:
                raise AppError(
                    "unsupported_parameter",
                    f"'{param}' is not supported: no response is stored here. Send the whole"
                    " dialogue in 'input'.",
                    param=param,
                )
        if not isinstance(self.input, str):
            for number, item in enumerate(self.input):
                if item.type == "item_reference":
                    raise AppError(
                        "unsupported_parameter",
                        "An item reference is not supported: no response is stored here. Send the"
                        " item itself.",
                        param=f"input[{number}]",
                    )
