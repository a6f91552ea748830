"""Map number formats of weights between their three sets of names, and cast between formats.

The short codes are those of the safetensors format.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.tools.conversion import extras
from app.tools.conversion.errors import ConversionError

CODES = {"float32": "F32", "float16": "F16", "bfloat16": "BF16"}
"""Safetensors' code, by the name in ``torch`` and ``config.json``."""
NAMES = {code: name for name, code in CODES.items()}
ITEM_BYTES = {"F32": 4, "F16": 2, "BF16": 2}


def numpy_dtype(code: str) -> np.dtype[Any]:
    """Return NumPy's dtype for a safetensors code; bfloat16 comes from ``ml_dtypes``."""
    name = NAMES[code]
    return np.dtype(extras.load("ml_dtypes").bfloat16 if name == "bfloat16" else name)


def cast(block: NDArray[Any], code: str, tensor: str) -> NDArray[Any]:
    """Return ``block`` in the format ``code``, rounded to nearest even.

    Raises :class:`ConversionError` where a finite number of ``tensor`` would become infinite.
    """
    target = numpy_dtype(code)
    if block.dtype == target:
        return block
    with np.errstate(over="ignore"):
        result = block.astype(target)
    if code == "F16" and not np.isfinite(result).all():
        raise ConversionError(
            f"{tensor} has values beyond float16's range; convert with --dtype bfloat16."
        )
    return result
