"""Read what an adapter's card says of its data: which scenes it was trained on, and which not."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from characters.scripts.model import Scene

_DATA, _SCENES, _TRAIN, _HELD_OUT = "data", "scenes", "train", "validation"


def scene_hash(scene: Scene) -> str:
    """Return what a scene is recognised by in a data card: a hash of its speakers and lines."""
    said = "\n".join(f"{line.speaker}\t{line.text}" for line in scene.lines)
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def trained_hashes(card: Mapping[str, Any]) -> frozenset[str]:
    """Return the scenes that an adapter was trained on."""
    return _hashes(card, _TRAIN)


def held_out_hashes(card: Mapping[str, Any]) -> frozenset[str]:
    """Return the scenes that were held out when it was trained."""
    return _hashes(card, _HELD_OUT) - trained_hashes(card)


def _hashes(card: Mapping[str, Any], side: str) -> frozenset[str]:
    data = card.get(_DATA)
    scenes = data.get(_SCENES) if isinstance(data, Mapping) else None
    found = scenes.get(side) if isinstance(scenes, Mapping) else None
    return frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()
