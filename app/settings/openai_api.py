"""Describe the OpenAI API of the service."""

from typing import Literal

from pydantic import BaseModel, Field


class OpenAIApiSettings(BaseModel):
    """Set what clients of the OpenAI API get below ``/v1``."""

    default_character: str = ""
    """The slug that answers where a request names no model; by default the only character."""
    system_messages: Literal["append", "drop"] = "append"
    """Whether system messages are added to a character's profile or left out."""
    key_required: bool = False
    """Whether, beyond loopback, even published characters need a key."""
    origins: list[str] = []
    """Web pages that may call ``/v1`` from a browser: ``https://chat.example.org``."""
    max_choices: int = Field(default=8, ge=1, le=128)
    """The largest ``n`` of a request, and the most prompts of one completion request."""
    keep_alive: float = Field(default=15.0, gt=0)
    """Seconds of silence in a stream before an SSE comment keeps the connection alive."""
    on_close: Literal["stop", "finish"] = "stop"
    """What becomes of a reply whose client closes the connection: it stops, as OpenAI's clients
    expect, or goes on, for at most ``limits.unheard_seconds``. A request may choose otherwise with
    the header ``X-Offbook-On-Close``."""
    embedding_characters: int = Field(default=100_000, ge=1)
    """Characters of all texts of one embedding request; about 1,000 a second on a CPU."""
    stage_replies: Literal["prefixed", "named"] = "prefixed"
    """How a chat completion says who speaks on a stage: the reply begins with the name
    (``Kit: …``), or the message has it as ``name``, which many clients do not send back."""
