"""Errors of the retrieval package: one base, so that callers can catch them narrowly."""


class RetrievalError(Exception):
    """Base of everything this package raises on purpose."""


class UnknownEmbedderError(RetrievalError):
    """The embedder named in the configuration does not exist."""


class EmbedderUnavailableError(RetrievalError):
    """The embedder exists but cannot be used here: its package or its weights are missing."""


class DimensionMismatchError(RetrievalError):
    """Vectors of another width than the index or embedder expects."""
