"""Bound the replies that are scored in full to a shortlist: the best of the fused rankings."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from retrieval.reply_index.index import Kernels, ReplyStore
from retrieval.reply_index.similarities import Floats, Kernel

ABOVE = 20_000
"""Largest number of replies that are all scored in full."""

SIZE = 10_000
"""Replies on a shortlist. Of the top twenty of full scoring, 93 to 95 % are in the top twenty of a
shortlist of half the replies, and 82 to 90 % in that of a quarter (116 and 179 queries of two
scripts); the best of them is as similar to the true reply."""

Shortlist = NDArray[np.int64]

EVERY = slice(None)
"""All replies, instead of a shortlist."""


def shortlist(fused: Floats, among: NDArray[np.bool_], size: int) -> Shortlist:
    """Return the numbers of the ``size`` best eligible replies, ascending."""
    numbers = np.flatnonzero(among)
    if len(numbers) <= size:
        return numbers
    return np.sort(numbers[np.argpartition(-fused[numbers], size)[:size]])


def subset(store: ReplyStore, numbers: Shortlist) -> ReplyStore:
    """Return a store of the replies of these numbers, ascending, with all windows.

    The lexical indexes still cover all replies, and callers pick out the scores; so do the vectors
    of exchanges, which the fused rankings have used already.
    """
    vectors, kernels = store.vectors, store.kernels
    replies = vectors.replies[numbers]
    return replace(
        store,
        windows=store.windows[numbers],
        scenes=store.scenes[numbers],
        vectors=replace(
            vectors,
            replies=replies,
            previous=vectors.previous[numbers],
        ),
        has_previous=store.has_previous[numbers],
        log_lengths=store.log_lengths[numbers],
        previous_speakers=store.previous_speakers[numbers],
        speaker_set=store.speaker_set[numbers],
        kernels=Kernels(
            chrf=_kernel(kernels.chrf, numbers),
            f1=_kernel(kernels.f1, numbers),
            cosine=Kernel(replies.T, _bands(kernels.cosine.bands, numbers)),
            same_scene=_bands(kernels.same_scene, numbers),
        ),
    )


def _kernel(kernel: Kernel, numbers: Shortlist) -> Kernel:
    return Kernel(kernel.factors[:, numbers], _bands(kernel.bands, numbers))


def _bands(bands: Floats, numbers: Shortlist) -> Floats:
    """Return the bands of a subset: row ``k`` is about replies ``k`` apart on the shortlist.

    Their distance in the script is the row of ``bands`` with their value; beyond it, 0.
    """
    found = np.zeros((len(bands), len(numbers)), dtype=np.float32)
    for apart in range(min(len(bands), len(numbers))):
        first = numbers[: len(numbers) - apart]
        rows = numbers[apart:] - first
        near = rows < len(bands)
        found[apart, : len(first)][near] = bands[rows[near], first[near]]
    return found
