"""Import packages that only a conversion needs, at their first use."""

import importlib
from typing import Any

from app.tools.conversion.errors import ConversionError


def load(module: str, *, extra: str = "convert") -> Any:
    """Import ``module``. Raises :class:`ConversionError` naming the ``extra`` that brings it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = (error.name or module).partition(".")[0]
        raise ConversionError(
            f"The conversion needs the package {missing}: pip install -e '.[{extra}]'"
        ) from error
