"""Errors of the retrieval package: one base, so that callers can catch them narrowly."""


class RetrievalError(Exception):
    """Base of everything this package raises on purpose."""


class UnknownEmbedderError(RetrievalError):
    """The embedder named in the configuration does not exist."""


class EmbedderUnavailableError(RetrievalError):
    """The embedder exists but cannot be used here: its package or its weights are missing."""


class DimensionMismatchError(RetrievalError):
    """Vectors of another width than the index or embedder expects."""


class UnknownIndexError(RetrievalError):
    """The kind of index named in the configuration does not exist."""


class DamagedIndexError(RetrievalError):
    """An index file that cannot be read, is cut short, or is not an index file."""


class UnknownWeightsError(RetrievalError):
    """The selector named in the configuration does not exist, or its file cannot be used."""


class UnknownRerankerError(RetrievalError):
    """The reranker named in the configuration does not exist."""


class RerankerUnavailableError(RetrievalError):
    """The reranker exists but cannot be used here: its package or its weights are missing."""
