"""Hold what requests and replies of a particular model need beyond its limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.engines.port import PromptStyle, Sampling
from characters.language import Language
from characters.prompting.thoughts import ThoughtTags


@dataclass(frozen=True, slots=True)
class ModelTraits:
    """Hold a model's properties that its server does not report. ``None`` leaves a default."""

    thought_tags: tuple[ThoughtTags, ...] = ()
    """Pairs of texts between which the model thinks; that text is no part of a reply."""
    template_options: Mapping[str, bool | int | str] = field(default_factory=dict)
    """Variables of the chat template, sent with every chat prompt."""
    prompt_style: PromptStyle | None = None
    sampling: Sampling | None = None
    max_examples: int | None = None
    profile_length: int | None = None
    screened: bool = False
    voice_thresholds: Mapping[Language, float] = field(default_factory=dict)
    """As in :class:`~app.engines.port.Limits`, as the three above."""
