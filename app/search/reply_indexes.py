"""Build, store and load a character's reply index, used by the modes ``fused`` and ``selector``."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.db.models import LegacyReplyIndex, StoredReplyIndex
from app.search.overheard import OverheardIndex
from app.search.reply_index_words import ReplyIndexTexts
from app.search.reply_texts import find_text_rows, gather_vectors, reply_texts
from app.search.scene_lines import SceneLines
from app.search.stored_words import StoredTexts
from characters.passages.windows import WindowSet
from retrieval.blobs import RoundedVectors
from retrieval.embedding.port import Vectors
from retrieval.errors import DamagedIndexError
from retrieval.ranking.calibration import calibrate
from retrieval.ranking.weights import Weights
from retrieval.reply_index.footprint import footprint
from retrieval.reply_index.index import Calibration, ReplyStore
from retrieval.reply_index.storage import dump_store, load_store

_KEPT_LINES = 1_000
"""Most lines of a character that stay decoded, as most are needed again at every turn."""
_LINE_BYTES = 250
"""Memory of a decoded line and its position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyIndex:
    """Hold the data of a character that a turn searches and shows."""

    scenes: Mapping[int, Sequence[str]]
    """Rendered lines of every scene the character speaks in, by the scene's position."""
    cut: WindowSet
    store: ReplyStore
    calibration: Calibration
    overheard: OverheardIndex
    nbytes: int
    """Approximate memory in bytes."""
    kept_lines: SceneLines | None
    """Lines decoded so far; None where they are too many to keep."""

    @property
    def lines(self) -> SceneLines:
        """The lines of the scenes by (scene, position), for one turn."""
        return SceneLines(self.scenes) if self.kept_lines is None else self.kept_lines

    def replies_of(self, scene: int) -> range:
        """Return the numbers of the replies in a scene; they are in the script's order."""
        first, end = np.searchsorted(self.store.scenes, (scene, scene + 1))
        return range(int(first), int(end))


@dataclass(frozen=True, slots=True)
class ReplyIndexParts:
    """Hold the bytes of a reply index as the database stores them."""

    words: bytes
    features: bytes
    vectors: bytes
    weights_key: str


def parts_of(stored: StoredReplyIndex | LegacyReplyIndex) -> ReplyIndexParts:
    """Return the parts of a row."""
    return ReplyIndexParts(stored.words, stored.features, stored.vectors, stored.weights_key)


def build_reply_index(
    words: ReplyIndexTexts, vectors: RoundedVectors, weights: Weights
) -> ReplyIndexParts:
    """Build the parts of a reply index; takes seconds, a quarter of a minute for 50,000 replies.

    ``vectors`` has one row for each text of :meth:`ReplyIndexTexts.to_embed`.
    """
    texts, embedded = reply_texts(words.cut), words.to_embed()
    rows = find_text_rows(texts, embedded)
    store = ReplyStore.build(texts, gather_vectors(rows, vectors))
    return ReplyIndexParts(
        words=words.dump(),
        features=dump_store(store, calibrate(store, weights)),
        vectors=vectors.dump(),
        weights_key=weights_key(weights),
    )


def load_reply_index(parts: ReplyIndexParts, dimension: int, weights: Weights) -> ReplyIndex:
    """Return the reply index of stored parts.

    Raises :class:`~retrieval.errors.DamagedIndexError` where the parts do not fit together.
    """
    words, stored = _read(parts, dimension)
    try:
        vectors = gather_vectors(words.rows, stored)
        overheard_vectors = stored.take(words.overheard_rows)
    except IndexError as error:
        raise DamagedIndexError(f"texts without vectors: {error}") from error
    store, calibration = load_store(parts.features, vectors, words.window_texts)
    if parts.weights_key != weights_key(weights):  # the weights were changed since
        calibration = calibrate(store, weights)
    overheard = OverheardIndex(words.overheard, overheard_vectors)
    nbytes = words.nbytes + len(parts.features) + footprint(store) + overheard.nbytes
    kept: SceneLines | None = None
    if (lines := sum(map(len, words.scenes.values()))) <= _KEPT_LINES:
        kept = SceneLines(words.scenes)
        nbytes += lines * _LINE_BYTES
    return ReplyIndex(
        scenes=words.scenes,
        cut=words.cut,
        store=store,
        calibration=calibration,
        overheard=overheard,
        nbytes=nbytes,
        kept_lines=kept,
    )


def embedded_texts(parts: ReplyIndexParts, dimension: int) -> Mapping[str, Vectors]:
    """Return the vectors of a stored reply index, by text.

    Raises as :func:`load_reply_index` does.
    """
    words, stored = _read(parts, dimension)
    return _ByText({text: number for number, text in enumerate(words.texts)}, stored)


class _ByText(Mapping[str, Vectors]):
    """Restore vectors on access: all at once they take four times as much memory."""

    def __init__(self, numbers: Mapping[str, int], stored: RoundedVectors) -> None:
        self._numbers = numbers
        self._stored = stored

    def __getitem__(self, text: str) -> Vectors:
        row: Vectors = self._stored.take(np.array([self._numbers[text]]))[0]
        return row

    def __contains__(self, text: object) -> bool:
        return text in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def _read(parts: ReplyIndexParts, dimension: int) -> tuple[StoredTexts, RoundedVectors]:
    words = StoredTexts.load(parts.words)
    stored = RoundedVectors.load(parts.vectors, dimension)
    if len(stored) != len(words.texts):
        raise DamagedIndexError(f"{len(stored)} vectors of {len(words.texts)} texts are stored")
    return words, stored


def weights_key(weights: Weights) -> str:
    """Return a hash of the weights that identifies them in the database."""
    return hashlib.sha256(weights.dump().encode()).hexdigest()
