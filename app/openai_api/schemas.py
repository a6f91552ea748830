"""Describe the bodies below ``/v1``, as the OpenAI API reference has them.

Other fields are ignored: clients send dozens that only some servers know.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.openai_api.structured_schemas import ResponseFormat, Tool, ToolCallIn, ToolChoice
from app.text import OneLine, Storable

Text = Annotated[str, StringConstraints(max_length=200_000), Storable]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), Storable]
SpeakerName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), OneLine]
Stop = Annotated[str, StringConstraints(max_length=500), Storable]
# Bounded on the list itself, so that validating ends at the first item too many.
_Tools = Annotated[list[Tool], Field(max_length=64)]
_Stops = Annotated[list[Stop], Field(max_length=64)]


def _listed(value: object) -> object:
    """Return ``stop`` as a list: it may be null, a string or a list."""
    return [] if value is None else [value] if isinstance(value, str) else value


def _unless_negative(value: object) -> object:
    """Return None for a negative seed, by which several clients mean none."""
    return None if isinstance(value, int) and value < 0 else value


def _unlimited(value: object) -> object:
    """Return ``NO_LIMIT`` for -1, by which llama.cpp's and LM Studio's clients mean no limit."""
    return NO_LIMIT if value == -1 and not isinstance(value, bool) else value


def _functions(value: object) -> object:
    """Return the tools that the client runs itself; a server's own (search, ...) are unknown."""
    if not isinstance(value, list):
        return value
    return [
        each
        for each in value
        if not isinstance(each, dict) or each.get("type", "function") == "function"
    ]


NO_LIMIT = 2**31 - 1
"""As ``max_tokens``: as many as the context has room for."""
_SEEDS = 2**31
"""Seeds that every engine takes; a larger one of a client's is folded into them."""
MaxTokens = Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_unlimited)]


class ApiModel(BaseModel):
    """Ignore unknown fields."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)


class ContentPart(ApiModel):
    """Hold a part of a message; parts other than text are ignored."""

    type: str = "text"
    text: Text | None = None


class ChatMessageIn(ApiModel):
    """Hold one message of the client's."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | Annotated[list[ContentPart], Field(max_length=500)] | None = None
    name: SpeakerName | None = None
    tool_calls: Annotated[list[ToolCallIn], Field(max_length=64)] | None = None
    """Functions that an assistant's message asked for."""
    tool_call_id: Annotated[str, StringConstraints(max_length=200)] | None = None
    """The call that a tool's message answers."""

    @property
    def text(self) -> str:
        """The text, one part a line."""
        if isinstance(self.content, list):
            texts = (part.text for part in self.content if part.type == "text")
            return "\n".join(filter(None, texts)).strip()
        return (self.content or "").strip()


class StreamOptions(ApiModel):
    """Choose how a response streams."""

    include_usage: bool | None = None
    """Whether the last event has the usage and no choices."""


class SamplingRequest(ApiModel):
    """Hold the fields that every request for text has."""

    model: ModelName | None = None
    """A character's slug, or the raw engine model; see ``/v1/models``."""
    stream: bool | None = None
    stop: Annotated[_Stops, BeforeValidator(_listed)] = []
    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=-1)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Field(gt=0, le=5)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: Annotated[Annotated[int, Field(lt=2**64)] | None, BeforeValidator(_unless_negative)] = (
        None
    )

    @property
    def stops(self) -> list[str]:
        """Return the stop strings that are not empty."""
        return [stop for stop in self.stop if stop]

    def sampling(self, choice: int) -> dict[str, object]:
        """Return the client's sampling, by :class:`~app.engines.port.Sampling`'s names.

        With a seed, each ``choice`` gets a seed of its own, so that choices differ.
        """
        given = self.model_dump(include=_SAMPLING, exclude_none=True)
        if self.seed is not None:
            given["seed"] = (self.seed + choice) % _SEEDS
        return given


class GenerationRequest(SamplingRequest):
    """Hold the fields that both kinds of completions have."""

    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(ge=1)] | None = None
    max_tokens: MaxTokens = None
    """-1 is as many as the context has room for."""


_SAMPLING = {
    "max_tokens",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "seed",
}


class ChatRequest(GenerationRequest):
    """Ask for ``/v1/chat/completions`` or ``/v1/character/chat/completions``."""

    messages: Annotated[list[ChatMessageIn], Field(min_length=1, max_length=5_000)]
    max_completion_tokens: MaxTokens = None
    response_format: ResponseFormat | None = None
    """Plain text, a JSON object, or JSON of a schema."""
    tools: Annotated[_Tools | None, BeforeValidator(_functions)] = None
    """Functions that a character may ask the client to run."""
    tool_choice: ToolChoice | None = None
    """Whether it may, must, or must not; by default it may."""

    def sampling(self, choice: int) -> dict[str, object]:
        newer = self.max_completion_tokens
        return super().sampling(choice) | ({"max_tokens": newer} if newer else {})


class TextRequest(GenerationRequest):
    """Ask for ``/v1/completions``."""

    prompt: Text | Annotated[list[Text], Field(min_length=1, max_length=2_048)]
    """One prompt or several, as text: lists of token ids are refused."""
    echo: bool | None = None
    """Whether each choice begins with the prompt."""

    @property
    def prompts(self) -> list[str]:
        """Return the prompts as a list."""
        return [self.prompt] if isinstance(self.prompt, str) else self.prompt


class EmbeddingRequest(ApiModel):
    """Ask for ``/v1/embeddings``."""

    input: Text | Annotated[list[Text], Field(min_length=1, max_length=2_048)]
    """One text or several, as text: lists of token ids are refused."""
    model: ModelName | None = None
    """The embedder's own name, ``embedder``, or nothing."""
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1)] | None = None
    """Only the embedder's own; it does not shorten vectors."""

    @property
    def texts(self) -> list[str]:
        """Return the texts as a list."""
        return [self.input] if isinstance(self.input, str) else self.input


class OpenAIError(BaseModel):
    """Describe an error; ``message`` is for readers, ``param`` is the field at fault."""

    message: str
    type: str
    param: str | None
    code: str
    detail: dict[str, object] | None = None
    """Where a quota is used up: which, its limit, what is left, and when it is empty again."""


class OpenAIErrorBody(BaseModel):
    """Report an error: the body of every response of 400 and above, below ``/v1``."""

    error: OpenAIError


class ModelOut(ApiModel):
    """Show a model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    """Seconds since 1970."""
    owned_by: str
    name: str
    """The name to show to users."""


class ModelList(ApiModel):
    """List models."""

    object: Literal["list"] = "list"
    data: list[ModelOut]
