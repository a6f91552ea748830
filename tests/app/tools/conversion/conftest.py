"""What the tests of the conversion share."""

import pytest


@pytest.fixture(scope="session")
def tokenizer_model() -> bytes:
    """A byte-pair ``tokenizer.model`` as Index's checkpoints hold one."""
    # Imported here, because the module skips its importers where the extras are not installed,
    # which is no way to import a conftest.
    from tests.app.tools.conversion.checkpoints import train_tokenizer

    return train_tokenizer()
