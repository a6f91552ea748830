"""Read the texts of a stored reply index, each decoded on first access."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from app.search.overheard import OverheardPassage
from app.search.reply_index_words import FORMAT, READABLE
from app.search.reply_texts import TextRows
from app.search.text_table import TextTable
from characters.passages.windows import Reply, Window, WindowSet
from retrieval.errors import DamagedIndexError
from retrieval.sections import unpack_sections

_WINDOW_BYTES = 600
_REPLY_BYTES = 600
"""Memory of a decoded window or reply, with its texts."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredTexts:
    """Hold the texts that :class:`~app.search.reply_index_words.ReplyIndexTexts` wrote."""

    scenes: "Scenes"
    cut: WindowSet
    """Windows and replies, without the record of collapsed windows."""
    texts: TextTable
    """Embedded texts, in the order of the vectors."""
    rows: TextRows
    overheard: Sequence[OverheardPassage]
    overheard_rows: NDArray[np.int32]
    """Row number of each overheard passage among the embedded texts."""
    window_texts: Sequence[str]
    """Texts of the windows, readable without decoding the windows."""
    nbytes: int
    """Approximate memory in bytes once all windows and replies are decoded."""

    @classmethod
    def load(cls, data: bytes) -> "StoredTexts":
        """Return the texts in ``data``.

        Raises :class:`~retrieval.errors.DamagedIndexError` for bytes of another format.
        """
        stored = unpack_sections(data)
        metadata, arrays = stored.metadata, stored.arrays
        try:
            if metadata["format"] not in READABLE:
                raise DamagedIndexError(f"words of format {metadata['format']}, not {FORMAT}")
            texts = TextTable(arrays["texts"], arrays["text_ends"])
            lines = TextTable(arrays["lines"], arrays["line_ends"])
            windows = _windows(arrays, metadata["speakers"], texts)
            replies = _replies(arrays, metadata["speakers"], texts)
            keys = arrays["window_texts"].data
            return cls(
                scenes=Scenes(arrays["scenes"], arrays["scene_ends"], lines),
                cut=WindowSet(windows, replies, {}),
                texts=texts,
                rows=TextRows(
                    windows=arrays["window_texts"],
                    pairs=arrays["pair_texts"],
                    replies=arrays["reply_texts"],
                    previous=arrays["previous_texts"],
                ),
                overheard=[OverheardPassage.load(row) for row in metadata["heard"]],
                overheard_rows=arrays["heard_texts"],
                window_texts=LazySequence(len(windows), lambda at: texts[keys[at]], keeps=False),
                nbytes=stored.nbytes + _WINDOW_BYTES * len(windows) + _REPLY_BYTES * len(replies),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise DamagedIndexError(f"not the words of a reply index: {error!r}") from error


class Scenes(Mapping[int, Sequence[str]]):
    """Map a scene's position to its lines."""

    def __init__(self, scenes: NDArray[np.int32], ends: NDArray[np.int32], lines: TextTable):
        stops = ends.tolist()
        self._spans = {
            scene: range(start, stop)
            for scene, start, stop in zip(scenes.tolist(), [0, *stops], stops, strict=False)
        }
        self._lines = lines

    def __getitem__(self, scene: int) -> Sequence[str]:
        span = self._spans[scene]
        return LazySequence(len(span), lambda at: self._lines[span[at]], keeps=False)

    def __iter__(self) -> Iterator[int]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


class LazySequence(Sequence[T]):
    """Create items on access and keep them, since turns mostly need the same ones."""

    def __init__(self, size: int, make: Callable[[int], T], *, keeps: bool = True) -> None:
        self._size = size
        self._make = make
        self._made: dict[int, T] | None = {} if keeps else None

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(self._size))]
        number = range(self._size)[at]
        if self._made is None:
            return self._make(number)
        if number not in self._made:
            self._made[number] = self._make(number)
        return self._made[number]


def _windows(
    arrays: Mapping[str, NDArray[Any]], names: Sequence[str], texts: TextTable
) -> Sequence[Window]:
    spans, keys = arrays["windows"].ravel().data, arrays["window_texts"].data
    speakers, ends = arrays["window_speakers"].data, arrays["speaker_ends"].data

    def make(at: int) -> Window:
        scene, start, stop = spans[3 * at : 3 * at + 3]
        others = speakers[ends[at - 1] if at else 0 : ends[at]]
        return Window(scene, start, stop, texts[keys[at]], tuple(names[who] for who in others))

    return LazySequence(len(keys), make)


def _replies(
    arrays: Mapping[str, NDArray[Any]], names: Sequence[str], texts: TextTable
) -> Sequence[Reply]:
    positions, said = arrays["replies"].ravel().data, arrays["reply_texts"].data
    pairs, previous = arrays["pair_texts"].data, arrays["previous_texts"].data
    speakers = arrays["previous_speakers"].data

    def make(at: int) -> Reply:
        scene, line, window = positions[3 * at : 3 * at + 3]
        before, who = previous[at], speakers[at]
        return Reply(
            scene=scene,
            line=line,
            window=window,
            text=texts[said[at]],
            previous="" if before < 0 else texts[before],
            previous_speaker=None if who < 0 else names[who],
            pair=texts[pairs[at]],
        )

    return LazySequence(len(said), make)
