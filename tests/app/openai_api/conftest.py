"""A running application with one character, Ben."""

from collections.abc import AsyncIterator

import pytest

from app.settings import Settings
from tests.app.running import Running, running


@pytest.fixture
async def ben(settings: Settings) -> AsyncIterator[Running]:
    async with running(settings) as stage:
        await stage.make_character(profile="Ben keeps the lighthouse.")
        yield stage
