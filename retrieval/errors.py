"""Define the errors of the retrieval package under one base, so that callers catch narrowly."""


class RetrievalError(Exception):
    """Base of every error this package raises on purpose."""


class UnknownEmbedderError(RetrievalError):
    """The embedder named in the configuration does not exist."""


class EmbedderUnavailableError(RetrievalError):
    """The embedder exists, but its package or its weights are missing here."""


class DimensionMismatchError(RetrievalError):
    """The vectors have another width than the index or embedder expects."""


class UnknownIndexError(RetrievalError):
    """The kind of index named in the configuration does not exist."""


class DamagedIndexError(RetrievalError):
    """The index file cannot be read, is cut short, or is not an index file."""


class UnknownWeightsError(RetrievalError):
    """The selector named in the configuration does not exist, or its file cannot be used."""


class UnknownRerankerError(RetrievalError):
    """The reranker named in the configuration does not exist."""


class RerankerUnavailableError(RetrievalError):
    """The reranker exists, but its package or its weights are missing here."""
