"""A character's selection: what the modes ``fused`` and ``selector`` choose from, and its bytes."""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from app.db.models import StoredSelection
from app.selection import gather_vectors, reply_texts, reply_vectors
from characters.scripts.model import Scene
from characters.windows import Reply, Window, WindowSet, cut_windows
from retrieval.blobs import from_matrix_blob, to_matrix_blob
from retrieval.embedding.port import Vectors
from retrieval.errors import DamagedIndexError
from retrieval.selector.calibration import calibrate
from retrieval.selector.footprint import footprint
from retrieval.selector.recipe import Recipe
from retrieval.selector.storage import dump_store, load_store
from retrieval.selector.store import Calibration, ReplyStore

_FORMAT = 1

_CHARACTER_BYTES = 2
_TEXT_BYTES = 110
"""Of a string and its place in Python."""


@dataclass(frozen=True, slots=True)
class Selection:
    """All that a turn needs beside its own words."""

    scenes: Mapping[int, Sequence[str]]
    """The lines of every scene the character speaks in, as they are shown, by its position."""
    cut: WindowSet
    store: ReplyStore
    calibration: Calibration

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        texts = [text for lines in self.scenes.values() for text in lines]
        texts += [window.key for window in self.cut.windows]
        texts += [
            part for each in self.cut.replies for part in (each.text, each.previous, each.pair)
        ]
        characters = sum(map(len, texts))
        return footprint(self.store) + _CHARACTER_BYTES * characters + _TEXT_BYTES * len(texts)

    def replies_of(self, scene: int) -> range:
        """The numbers of the replies in a scene: they are in the order of the script."""
        first, end = np.searchsorted(self.store.scenes, (scene, scene + 1))
        return range(int(first), int(end))

    def line(self, scene: int, position: int) -> str:
        return self.scenes[scene][position]


@dataclass(frozen=True, slots=True)
class SelectionParts:
    """The bytes of a selection, as the database holds them."""

    words: bytes
    features: bytes
    vectors: bytes
    recipe: str


@dataclass(frozen=True, slots=True)
class SelectionWords:
    """A character's scenes and windows, before anything is embedded."""

    scenes: Mapping[int, Sequence[str]]
    cut: WindowSet

    @classmethod
    def of(cls, scenes: Sequence[Scene], speakers: Sequence[str], name: str) -> "SelectionWords":
        """Cut the windows; about a second for 20,000 lines of the character's."""
        cut = cut_windows(scenes, speakers, name)
        shown = {window.scene for window in cut.windows}
        lines = {at: [line.render() for line in scenes[at].lines] for at in shown}
        return cls(lines, cut)

    def to_embed(self) -> list[str]:
        """Every text that needs a vector, once."""
        return reply_texts(self.cut).to_embed()

    def dump(self) -> bytes:
        """Compressed JSON."""
        content = {
            "format": _FORMAT,
            "scenes": [[at, list(lines)] for at, lines in self.scenes.items()],
            "windows": [astuple(window) for window in self.cut.windows],
            "replies": [astuple(reply) for reply in self.cut.replies],
        }
        return zlib.compress(json.dumps(content, ensure_ascii=False).encode())

    @classmethod
    def load(cls, data: bytes) -> "SelectionWords":
        """What :meth:`dump` wrote."""
        content: dict[str, Any] = json.loads(zlib.decompress(data))
        windows = [
            Window(scene, start, stop, key, tuple(speakers))
            for scene, start, stop, key, speakers in content["windows"]
        ]
        replies = [Reply(*row) for row in content["replies"]]
        return cls(dict(content["scenes"]), WindowSet(windows, replies, {}))


def parts_of(stored: StoredSelection) -> SelectionParts:
    """The parts of a row."""
    return SelectionParts(stored.words, stored.features, stored.vectors, stored.recipe)


def build_selection(
    words: SelectionWords, vectors: Mapping[str, Vectors], dimension: int, recipe: Recipe
) -> SelectionParts:
    """Everything that does not depend on a query; ``vectors`` by text. Seconds of work."""
    texts = reply_texts(words.cut)
    rows = [vectors[text] for text in texts.to_embed()]
    store = ReplyStore.build(texts, reply_vectors(texts, vectors, dimension))
    return SelectionParts(
        words=words.dump(),
        features=dump_store(store, calibrate(store, recipe)),
        vectors=to_matrix_blob(np.array(rows, dtype=np.float32).reshape(-1, dimension)),
        recipe=recipe_key(recipe),
    )


def load_selection(parts: SelectionParts, dimension: int, recipe: Recipe) -> Selection:
    """Raises :class:`~retrieval.errors.DamagedIndexError` where the parts do not fit together."""
    words = SelectionWords.load(parts.words)
    texts = reply_texts(words.cut)
    rows = from_matrix_blob(parts.vectors, dimension)
    if len(rows) != len(texts.to_embed()):
        raise DamagedIndexError(f"{len(rows)} vectors of {len(texts.to_embed())} texts are stored")
    store, calibration = load_store(parts.features, gather_vectors(texts, rows))
    if parts.recipe != recipe_key(recipe):  # other weights were chosen since
        calibration = calibrate(store, recipe)
    return Selection(words.scenes, words.cut, store, calibration)


def embedded_texts(parts: SelectionParts, dimension: int) -> dict[str, Vectors]:
    """The vectors of a stored selection, by text."""
    texts = SelectionWords.load(parts.words).to_embed()
    return dict(zip(texts, from_matrix_blob(parts.vectors, dimension), strict=True))


def recipe_key(recipe: Recipe) -> str:
    """Names a recipe by what it says."""
    return hashlib.sha256(recipe.dump().encode()).hexdigest()
