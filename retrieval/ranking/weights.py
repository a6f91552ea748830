"""The weights of a selector, as a small versioned file."""

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
    "length_gap",
    "same_previous_speaker",
    "last_speaker_present",
    "shared_speakers",
)
"""What is known of a reply at a moment; :mod:`retrieval.ranking.features` says what each is."""

VERSION = 1
"""Of the file's format and of the meaning of the features."""

BUILT_IN = ("k9",)

_LARGEST = 64 * 1024
"""Bytes of a file."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How a selector scores: see :func:`retrieval.ranking.rank.rank`."""

    name: str
    weights: Mapping[str, float]
    """Of each of the :data:`FEATURES`."""
    hub_share: float = 0.5
    """How much of what a reply scores whatever is asked is taken off."""
    fused_share: float = 1.0
    """How much the plain fusion of rankings counts beside the weighted features."""
    fused_share_of_words: float = 3.0
    """The same where what is said is written in words with spaces between them: the weights were
    learned from Chinese, and count words where they counted pairs of characters."""

    def dump(self) -> str:
        """The file's text: JSON."""
        content = {
            "version": VERSION,
            "name": self.name,
            "hub_share": self.hub_share,
            "fused_share": self.fused_share,
            "fused_share_of_words": self.fused_share_of_words,
            "weights": dict(self.weights),
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def load_weights(name_or_path: str) -> Weights:
    """The recipe called so, or in that file.

    Raises :class:`~retrieval.errors.UnknownWeightsError` when there is none, when the file is not
    a recipe of this version, or when it does not weigh exactly :data:`FEATURES`.
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
    """A recipe of its JSON; ``source`` names it in errors. Raises as :func:`load_weights`."""
    try:
        content = json.loads(text)
        version, weights = content["version"], content["weights"]
        recipe = Weights(
            name=str(content["name"]),
            weights={feature: float(weights[feature]) for feature in weights},
            hub_share=float(content["hub_share"]),
            fused_share=float(content["fused_share"]),
            fused_share_of_words=float(
                content.get("fused_share_of_words", content["fused_share"])  # of older files
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnknownWeightsError(f"{source} is not a selector's file: {error!r}") from error
    if version != VERSION:
        raise UnknownWeightsError(f"{source} has version {version}; this Offbook reads {VERSION}")
    if set(recipe.weights) != set(FEATURES):
        odd = sorted(set(recipe.weights) ^ set(FEATURES))
        raise UnknownWeightsError(f"{source} misses or does not know: {', '.join(odd)}")
    numbers = (
        *recipe.weights.values(),
        recipe.hub_share,
        recipe.fused_share,
        recipe.fused_share_of_words,
    )
    if not all(map(math.isfinite, numbers)):
        raise UnknownWeightsError(f"{source} has a weight that is no finite number")
    return recipe
