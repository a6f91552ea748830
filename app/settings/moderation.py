"""Describe what is checked in messages and replies, and what follows."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

Action = Literal["allow", "flag", "refuse", "hide"]
"""``flag``: stored with the message, for admins. ``refuse``: the character declines in its own
voice. ``hide``: a notice stands in place of the reply."""
GuardKind = Literal["none", "moderations", "qwen3guard", "llama_guard", "scripted"]


class ModerationSettings(BaseModel):
    """Set who checks messages and replies; none does by default."""

    patterns: Path | None = None
    """A file of phrases and expressions in sections of a category; see ``docs/moderation.md``."""
    guard: GuardKind = "none"
    """A classifier: ``moderations`` asks ``/v1/moderations``; ``qwen3guard`` and ``llama_guard``
    ask such a model by ``/v1/chat/completions``; ``scripted`` is for tests and demos."""
    guard_url: str = ""
    """The guard's address before ``/v1``, with or without it."""
    guard_model: str = ""
    """The name to ask the guard for."""
    guard_key: SecretStr | None = None
    """The key that the guard's server asks for, if it does."""
    guard_timeout: float = Field(default=5.0, gt=0, le=20)
    """Seconds for a verdict of the guard, all attempts together. A reply waits for it, so it is
    shorter than ``engine.idle_timeout``."""
    guard_retries: int = Field(default=1, ge=0, le=3)
    """How often a question that failed is asked again."""
    guard_strict: bool = False
    """Whether what Qwen3Guard calls controversial counts as unsafe."""
    on_failure: Literal["open", "closed"] = "open"
    """While the guard does not answer: ``open`` lets texts pass, logged and counted; ``closed``
    refuses them with an error."""
    messages: Action = "flag"
    """What follows from a finding in a user's message."""
    replies: Action = "flag"
    """What follows from a finding in a reply."""
    actions: dict[str, Action] = {}
    """Exceptions by category, as JSON: ``{"violence": "hide", "copyright violation": "allow"}``."""
    replies_shown: Literal["in_pieces", "whole"] = "in_pieces"
    """``in_pieces``: a reply streams a sentence or two late, each checked with what precedes it.
    ``whole``: nothing of a reply is shown before all of it was checked."""

    @field_validator("actions")
    @classmethod
    def _fold_names(cls, actions: dict[str, Action]) -> dict[str, Action]:
        return {name.strip().casefold(): each for name, each in actions.items()}

    @property
    def enabled(self) -> bool:
        """Return whether anything is checked."""
        return self.patterns is not None or self.guard != "none"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.guard not in {"none", "scripted"} and not self.guard_url.strip():
            raise ValueError(f"the guard {self.guard!r} needs guard_url, its server's address")
        return self
