"""What every test may ask for."""

import gc

import pytest


def pytest_collection_finish() -> None:
    """Take what collecting made out of the garbage collector's sight, as the service does."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests marked ``anyio`` run on asyncio, as the service does."""
    return "asyncio"
