"""Hold texts as two arrays, so that loading decodes none of them."""

from collections.abc import Iterable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import DamagedIndexError

_ENCODING = "utf-8"
_ANY = "surrogatepass"


class TextTable(Sequence[str]):
    """Hold texts by number, each decoded on access."""

    def __init__(self, content: NDArray[np.uint8], ends: NDArray[Any]) -> None:
        """Take the concatenated UTF-8 of the texts, and the offset where each ends.

        Raises :class:`~retrieval.errors.DamagedIndexError` where the two do not fit together.
        """
        if int(ends[-1] if len(ends) else 0) != len(content):
            raise DamagedIndexError("texts that are damaged or cut short")
        self.content = content
        self.ends = ends
        self._bytes = content.data
        self._ends = ends.data

    @classmethod
    def of(cls, texts: Iterable[str]) -> "TextTable":
        encoded = [text.encode(_ENCODING, _ANY) for text in texts]
        ends = np.cumsum([len(each) for each in encoded], dtype=np.uint32)
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), ends)

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        number = at + len(self) if at < 0 else at
        start = self._ends[number - 1] if number > 0 else 0
        return str(self._bytes[start : self._ends[number]], _ENCODING, _ANY)
