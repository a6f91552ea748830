"""What every test may ask for."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, not wrong; and CI tries the same examples each time.
settings.register_profile(
    "offbook",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("offbook")


def pytest_collection_finish() -> None:
    """Take what collecting made out of the garbage collector's sight, as the service does."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests marked ``anyio`` run on asyncio, as the service does."""
    return "asyncio"
