"""Read the answers of ``/v1/embeddings``.

Source: the OpenAI API reference. ``encoding_format`` ``base64`` is little-endian float32, as its
client libraries unpack it; servers that do not know it send numbers.
"""

import base64
import binascii
import json
from typing import Any

import numpy as np

from retrieval.embedding.port import Vectors


class WrongAnswerError(Exception):
    """Report an answer that cannot be used; trying again would not help."""


def answered_vectors(content: bytes, model: str, texts: int, dimension: int | None) -> Vectors:
    """Return unit vectors of so many ``texts``, in their order.

    Raises :class:`WrongAnswerError` for another model or ``dimension``, another number of vectors,
    or a vector without a direction.
    """
    try:
        answer = json.loads(content)
        named, data = answer.get("model") or model, answer["data"]
        by_index = {int(each["index"]): _vector(each["embedding"]) for each in data}
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise WrongAnswerError("its answer is no list of embeddings") from error
    if named != model:
        raise WrongAnswerError(f"it embeds with {named}: name that as OFFBOOK_EMBEDDER__NAME")
    if sorted(by_index) != list(range(texts)):
        raise WrongAnswerError(f"it sent {len(by_index)} vectors for {texts} texts")
    widths = {vector.shape for vector in by_index.values()}
    expected = {(dimension,)} if dimension else {next(iter(by_index.values())).shape}
    if widths != expected or widths == {(0,)}:
        raise WrongAnswerError(f"its vectors have {sorted(widths)} dimensions")
    vectors = np.stack([by_index[index] for index in range(texts)])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise WrongAnswerError("it sent a vector without a direction")
    unit: Vectors = (vectors / lengths).astype(np.float32)
    return unit


def _vector(sent: Any) -> Vectors:
    if isinstance(sent, str):
        return np.frombuffer(base64.b64decode(sent, validate=True), dtype="<f4")
    vector: Vectors = np.asarray(sent, dtype=np.float32)
    return vector
