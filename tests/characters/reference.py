"""The reference's data, which lies beside the repository and is never part of it."""

from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[3] / "shared/reference/index-roleplay"
SANSAN = REFERENCE / "sansan.csv"
GOLDEN_RETRIEVAL = REFERENCE / "golden_retrieval.json"

needs_reference = pytest.mark.skipif(
    not SANSAN.exists(), reason="the reference data is not beside this checkout"
)
