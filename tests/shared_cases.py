"""Read the inputs of ``shared/cases`` beside the checkout; tests skip where it is absent."""

from pathlib import Path

import pytest

_ROOTS = (parent / "shared" / "cases" for parent in Path(__file__).resolve().parents)
_CASES = next((root for root in _ROOTS if root.is_dir()), None)


def shared_case(name: str) -> bytes:
    """The bytes of the case ``name``."""
    if _CASES is None:
        pytest.skip("the shared cases are not beside this checkout")
    return (_CASES / name).read_bytes()
