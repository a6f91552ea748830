"""Take simplified and traditional Chinese characters as the same, by the tables of OpenCC."""

from functools import cache, lru_cache

from opencc import OpenCC

_KEPT = 8_192
"""Forms kept in memory: all characters in use."""


@cache
def _converter() -> OpenCC:
    """Return what reads its tables at the first call, some 50 kB."""
    return OpenCC("t2s")


@lru_cache(_KEPT)
def without_variants(form: str) -> str:
    """Return a form in simplified characters, where it has traditional ones.

    Several traditional characters that have one simplified one (乾, 幹: 干) are the same then.
    """
    return form if form.isascii() else str(_converter().convert(form))
