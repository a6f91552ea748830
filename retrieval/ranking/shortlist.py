"""Of very many replies, those that are weighed: the best of the fused rankings."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from retrieval.reply_index.index import Kernels, ReplyStore
from retrieval.reply_index.similarities import Floats, Kernel

ABOVE = 20_000
"""Replies that are all weighed."""

SIZE = 10_000
"""Replies on the shortlist of more. Of the twenty that come first when all are weighed, 93 to 95 %
come first of a list of half the replies, and 82 to 90 % of one of a quarter (116 and 179 moments of
two scripts), and the best of them is as like the true reply."""

Shortlist = NDArray[np.int64]

EVERY = slice(None)
"""In place of a shortlist: all replies."""


def shortlist(fused: Floats, among: NDArray[np.bool_], size: int) -> Shortlist:
    """The numbers of the ``size`` best among those that may be chosen, ascending."""
    numbers = np.flatnonzero(among)
    if len(numbers) <= size:
        return numbers
    return np.sort(numbers[np.argpartition(-fused[numbers], size)[:size]])


def subset(store: ReplyStore, numbers: Shortlist) -> ReplyStore:
    """The replies of these numbers, ascending, with all windows.

    The lexical indexes stay those of all replies, what they score is picked out; and so do the
    vectors of exchanges, which the fused rankings have looked at already.
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
        company=store.company[numbers],
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
    """Row ``k`` of what is returned is about replies ``k`` apart on the list: how far apart they
    are in the script tells the row, if any, in which they were."""
    found = np.zeros((len(bands), len(numbers)), dtype=np.float32)
    for apart in range(min(len(bands), len(numbers))):
        first = numbers[: len(numbers) - apart]
        rows = numbers[apart:] - first
        near = rows < len(bands)
        found[apart, : len(first)][near] = bands[rows[near], first[near]]
    return found
