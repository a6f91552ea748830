"""Read and write the weights of the selector as a small versioned file."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from retrieval.errors import UnknownWeightsError

FEATURES = (
    "key_cosine",
    "pair_cosine",
    "reply_cosine",
    "own_line_cosine",
    "reply_line_cosine",
    "previous_line_cosine",
    "key_bigrams",
    "pair_bigrams",
    "pair_bigrams_last3",
    "reply_bigrams",
    "reply_bigrams_last3",
    "reply_unigrams_last3",
    "chrf_kernel",
    "cosine_kernel",
    "f1_kernel",
    "lexical_chrf_kernel",
    "reply_length",
    "length_gap",
    "same_previous_speaker",
    "last_speaker_present",
    "shared_speakers",
)
"""Features of a reply for a query; :mod:`retrieval.ranking.features` computes them."""

VERSION = 2
"""Version of the file's format and of the meaning of the features."""

_ADDED = {"reply_length": 2}
"""Features by the version that added them: older files do not weigh them."""

BUILT_IN = ("k9", "k10")
"""``k9`` was learned by overlap with the true reply; ``k10`` adds the reply's length, chosen by the
likelihood of the true reply (``docs/decisions/0021``)."""

DEFAULT = "k10"

_LARGEST = 64 * 1024
"""Most bytes of a file."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Hold the parameters of :func:`retrieval.ranking.rank.rank` in the mode ``selector``."""

    name: str
    by_feature: Mapping[str, float]
    """Weight of each of the :data:`FEATURES`."""
    hub_share: float = 0.5
    """Share of a reply's hub score that is subtracted."""
    fused_share: float = 1.0
    """Weight of the fusion of rankings beside the weighted features."""
    fused_share_of_words: float = 3.0
    """The same for dialogues written in words separated by spaces: the weights were learned from
    Chinese, where the features count pairs of characters instead of words."""

    def dump(self) -> str:
        """Return the file's text, JSON."""
        content = {
            "version": VERSION,
            "name": self.name,
            "hub_share": self.hub_share,
            "fused_share": self.fused_share,
            "fused_share_of_words": self.fused_share_of_words,
            "weights": dict(self.by_feature),
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def load_weights(name_or_path: str) -> Weights:
    """Return the built-in weights of this name, or the weights in the file at this path.

    Raises :class:`~retrieval.errors.UnknownWeightsError` when neither exists, when the file does
    not hold weights of this version, or when it does not weigh exactly :data:`FEATURES`.
    """
    if name_or_path in BUILT_IN:
        text = files("retrieval.ranking").joinpath(f"{name_or_path}.json").read_text("utf-8")
        return parse_weights(text, name_or_path)
    path = Path(name_or_path)
    try:
        if path.stat().st_size > _LARGEST:
            raise UnknownWeightsError(f"{name_or_path} is too large for a selector's weights")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnknownWeightsError(
            f"no selector {name_or_path!r}; there are {', '.join(BUILT_IN)}, and files made by "
            f"`offbook train-selector` ({error})"
        ) from error
    return parse_weights(text, name_or_path)


def parse_weights(text: str, source: str) -> Weights:
    """Return the weights in a JSON text; ``source`` names it in errors.

    Raises as :func:`load_weights` does.
    """
    try:
        content = json.loads(text)
        version, by_feature = content["version"], content["weights"]
        weights = Weights(
            name=str(content["name"]),
            by_feature=_added_later(version)
            | {feature: float(by_feature[feature]) for feature in by_feature},
            hub_share=float(content["hub_share"]),
            fused_share=float(content["fused_share"]),
            fused_share_of_words=float(
                content.get("fused_share_of_words", content["fused_share"])  # of older files
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnknownWeightsError(f"{source} is not a selector's file: {error!r}") from error
    if version not in range(1, VERSION + 1):
        raise UnknownWeightsError(
            f"{source} has version {version}; this Offbook reads 1 to {VERSION}"
        )
    if set(weights.by_feature) != set(FEATURES):
        odd = sorted(set(weights.by_feature) ^ set(FEATURES))
        raise UnknownWeightsError(f"{source} misses or does not know: {', '.join(odd)}")
    numbers = (
        *weights.by_feature.values(),
        weights.hub_share,
        weights.fused_share,
        weights.fused_share_of_words,
    )
    if not all(map(math.isfinite, numbers)):
        raise UnknownWeightsError(f"{source} has a weight that is no finite number")
    return weights


def _added_later(version: int) -> dict[str, float]:
    return {feature: 0.0 for feature, since in _ADDED.items() if since > version}
