"""Places for contents."""

from collections.abc import Iterator

import pytest

from app.settings import BlobSettings, Place
from tests.app.blobs.places import new_bucket, object_server


@pytest.fixture(scope="session")
def store_address() -> Iterator[str]:
    with object_server() as address:
        yield address


@pytest.fixture(params=["database", "folder", "bucket"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.param
    return found


@pytest.fixture
def blob_settings(place: Place, request: pytest.FixtureRequest) -> BlobSettings:
    if place == "bucket":
        return new_bucket(request.getfixturevalue("store_address"))
    return BlobSettings(place=place)
