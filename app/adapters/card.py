"""Read what an adapter's card says of its data: which scenes it was trained on, and which not."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from characters.scripts.model import Scene
from characters.scripts.scene_hashes import scene_hash

DATA = "data"
"""Where in an adapter's card the card of its dataset is."""


def held_out_scenes(
    card: Mapping[str, Any], scenes: Sequence[Scene], titles: Sequence[str]
) -> frozenset[int] | None:
    """Return the numbers of the scenes that an adapter was not trained on, by its data card.

    ``scenes`` are a character's, of scripts with these titles. None: it was trained on none of
    them. A scene is recognised by its hash; in a card without hashes by the title of its script,
    its number and the row that it begins in. Where the card says nothing of its data, no scene
    counts as held out.
    """
    data = card.get(DATA)
    split = data.get("split") if isinstance(data, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(split, Mapping):
        return frozenset()
    trained = split.get("trained")
    if isinstance(trained, list):
        return _by_hash(frozenset(map(str, trained)), split, scenes)
    return _by_place(data, split, scenes, titles)


def _by_hash(
    trained: frozenset[str], split: Mapping[str, Any], scenes: Sequence[Scene]
) -> frozenset[int] | None:
    hashes = [scene_hash(scene) for scene in scenes]
    if trained.isdisjoint(hashes):
        return None
    held_out = {each.get("hash") for each in _objects(split.get("held_out"))} - trained
    return frozenset(at for at, each in enumerate(hashes) if each in held_out)


def _by_place(
    data: Mapping[str, Any],
    split: Mapping[str, Any],
    scenes: Sequence[Scene],
    titles: Sequence[str],
) -> frozenset[int] | None:
    names = {_stem(title) for title in (*titles, ", ".join(titles))}
    scripts = {
        _stem(str(each.get("of")))
        for each in _objects(data.get("licences"))
        if each.get("what") == "script"
    }
    if names.isdisjoint(scripts):
        return None
    held_out = {
        (each.get("scene"), each.get("row"))
        for each in _objects(split.get("held_out"))
        if _stem(str(each.get("script"))) in names
    }
    return frozenset(at for at, scene in enumerate(scenes) if (at + 1, scene.row) in held_out)


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, Mapping):
            yield each


def _stem(title: str) -> str:
    """Return a title as scripts are compared: a file's without its ending."""
    return PurePath(title.strip().casefold()).stem
