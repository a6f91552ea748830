"""Name what a process can make and search: the space of its vectors, and its format."""

from typing import NamedTuple

from app.search.reply_index_words import FORMAT as WORDS_FORMAT
from retrieval.reply_index.storage import FORMAT as STORE_FORMAT

OLDER_FORMATS = ("2.3",)
"""Formats of earlier releases that this one reads, newest first. A character is served from one
until it has an index of this release's; ``tests/fixtures/reply_index/`` has one of each."""


class Space(NamedTuple):
    """Name an embedder's vectors, and the format of the reply indexes stored beside them."""

    embedder: str
    format: str

    @classmethod
    def of(cls, embedder: str) -> "Space":
        """Return the space of this release with an embedder's ``model_id``."""
        return cls(embedder, f"{WORDS_FORMAT}.{STORE_FORMAT}")
