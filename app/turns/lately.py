"""What this process knows of lately: bounded, least recently used out first."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lately(Generic[T]):
    """Values by a key; each is in memory only, and made or read again where it is not known."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, T] = OrderedDict()

    def keep(self, key: Hashable, value: T) -> None:
        """Remember a value, in place of one there may be."""
        self._known[key] = value
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    def get(self, key: Hashable) -> T | None:
        """None of what nobody remembers."""
        if (value := self._known.get(key)) is not None:
            self._known.move_to_end(key)
        return value
