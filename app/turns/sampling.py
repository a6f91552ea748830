"""Choose how a character's replies are sampled."""

from collections.abc import Mapping
from dataclasses import replace

from app.db.models import Character
from app.engines.model_entry import with_overrides
from app.engines.port import Limits, Sampling
from characters.prompting import profile_labels

_LABEL_BIAS = -8


def sampling_of(
    limits: Limits, character: Character, wanted: Mapping[str, object] | None
) -> Sampling:
    """Return the model's sampling, overridden by the character's values and then by ``wanted``.

    The reply gets at most half the context.
    """
    sampling = with_overrides(limits.sampling, {**character.sampling, **(wanted or {})})
    sampling = replace(sampling, max_tokens=min(sampling.max_tokens, limits.context_length // 2))
    return _without_labels(sampling, character) if is_small(limits) else sampling


def is_small(limits: Limits) -> bool:
    """Return whether the model is one of the catalogue's stand-ins, which bear few examples."""
    return limits.prompt_style == "chat" and limits.max_examples is not None


def _without_labels(sampling: Sampling, character: Character) -> Sampling:
    """Return the sampling with a bias against the profile's labels, in llama.cpp's terms.

    Small models recite them otherwise.
    """
    bias = [[label, _LABEL_BIAS] for label in profile_labels(character.profile)]
    known = sampling.extra.get("logit_bias")
    both = [*(known if isinstance(known, list) else []), *bias]
    return replace(sampling, extra={**sampling.extra, "logit_bias": both})
