"""How a character's replies are sampled."""

from collections.abc import Mapping
from dataclasses import replace

from app.db.models import Character
from app.engines.catalogue import with_overrides
from app.engines.port import Limits, Sampling
from characters.prompting import profile_labels

_LABEL_BIAS = -8


def sampling_of(
    limits: Limits, character: Character, wanted: Mapping[str, object] | None
) -> Sampling:
    """The model's sampling with the character's own values and those ``wanted`` this time.

    The reply has at most half the room.
    """
    sampling = with_overrides(limits.sampling, {**character.sampling, **(wanted or {})})
    sampling = replace(sampling, max_tokens=min(sampling.max_tokens, limits.context_length // 2))
    return _without_labels(sampling, character) if is_small(limits) else sampling


def is_small(limits: Limits) -> bool:
    """One of the catalogue's stand-ins, which bear few examples."""
    return limits.prompt_style == "chat" and limits.max_examples is not None


def _without_labels(sampling: Sampling, character: Character) -> Sampling:
    """Make a small model shun the words its profile is ordered by, in llama.cpp's own terms."""
    bias = [[label, _LABEL_BIAS] for label in profile_labels(character.profile)]
    known = sampling.extra.get("logit_bias")
    both = [*(known if isinstance(known, list) else []), *bias]
    return replace(sampling, extra={**sampling.extra, "logit_bias": both})
