"""Embed texts for ``/v1/embeddings``."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence

import numpy as np

from app.cpu_gate import CpuGate
from app.engines.tokens import estimate_tokens
from app.errors import AppError, NotFoundError
from app.openai_api.schemas import EmbeddingRequest
from app.openai_api.shapes import Json
from retrieval.embedding.port import Embedder, Vectors

EMBEDDER = "embedder"
"""An alias of the embedder; its own name means the same."""
_BATCH = 4
"""Texts embedded at once, before running turns and a client that left are considered again."""
_PATIENCE_SECONDS = 3.0
"""How long a batch waits for running turns."""


class EmbeddingService:
    """Embed texts, one request at a time, so that long requests do not slow turns down."""

    def __init__(self, embedder: Embedder, cpu_gate: CpuGate, characters: int) -> None:
        """Allow at most ``characters`` in all texts of one request together."""
        self._embedder = embedder
        self._cpu_gate = cpu_gate
        self._characters = characters
        self._one_at_a_time = asyncio.Lock()

    async def embed(
        self, request: EmbeddingRequest, is_abandoned: Callable[[], Awaitable[bool]]
    ) -> Json:
        """Return the texts' vectors, L2-normalised as stored ones, in the order of the texts.

        Stops early once the request ``is_abandoned``, with fewer vectors. Raises
        :class:`~app.errors.NotFoundError` for another model, and
        :class:`~app.errors.AppError` (400) for another number of dimensions or too much text.
        """
        tokens = self.check(request)
        texts = request.texts
        vectors: list[Vectors] = []
        async with self._one_at_a_time:
            for start in range(0, len(texts), _BATCH):
                if await is_abandoned():
                    break
                vectors.extend(await asyncio.to_thread(self._embed, texts[start : start + _BATCH]))
        encode = _base64 if request.encoding_format == "base64" else _floats
        return {
            "object": "list",
            "data": [
                {"object": "embedding", "index": index, "embedding": encode(vector)}
                for index, vector in enumerate(vectors)
            ],
            "model": self._embedder.model_id,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }

    def check(self, request: EmbeddingRequest) -> int:
        """Return the estimated tokens of a request's texts. Raises as :meth:`embed` does."""
        model_id, dimension = self._embedder.model_id, self._embedder.dimension
        if request.model not in (None, "", EMBEDDER, model_id):
            raise NotFoundError(
                "model_not_found",
                f"The embedder here is {model_id}; the model “{EMBEDDER}” means it too.",
                param="model",
            )
        if request.dimensions not in (None, dimension):
            raise AppError(
                "wrong_dimensions",
                f"Vectors of {model_id} have {dimension} dimensions, no other number.",
                param="dimensions",
            )
        characters = sum(map(len, request.texts))
        if characters > self._characters:
            raise AppError(
                "too_much_text",
                f"These are {characters:,} characters; {self._characters:,} are allowed at once.",
                param="input",
            )
        return sum(map(estimate_tokens, request.texts))

    def _embed(self, texts: Sequence[str]) -> Vectors:
        self._cpu_gate.wait_for_turns(_PATIENCE_SECONDS)
        return self._embedder.embed_keys(texts)


def _floats(vector: Vectors) -> object:
    return vector.tolist()


def _base64(vector: Vectors) -> object:
    """Return the vector as base64 of little-endian float32, as the OpenAI libraries unpack it."""
    return base64.b64encode(vector.astype(np.dtype("<f4")).tobytes()).decode("ascii")
