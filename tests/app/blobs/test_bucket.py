"""Contents in a bucket, on a server that Python runs."""

import socket
from collections.abc import Iterator

import pytest
import structlog

from app.blobs.bucket import BucketStore
from app.blobs.errors import BlobUnavailableError
from app.blobs.watched import WatchedStore
from app.observability import Metrics
from app.settings import BlobSettings
from tests.app.blobs.contract import StoreContract, name_of
from tests.app.blobs.places import SECRET, bucket_settings, client, new_bucket

pytestmark = pytest.mark.anyio


class TestBucket(StoreContract):
    @pytest.fixture
    def store(self, store_address: str) -> BucketStore:
        return BucketStore(new_bucket(store_address))


@pytest.fixture
def silent_address() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_it_stays_below_its_prefix(store_address: str) -> None:
    settings = new_bucket(store_address)
    name = name_of(b"below")
    await BucketStore(settings).put(name, b"below")
    listed = client(store_address).list_objects_v2(Bucket=settings.bucket)["Contents"]
    assert [each["Key"] for each in listed] == [f"of/the-test/{name}"]


async def refusals(store: BucketStore | WatchedStore) -> list[int]:
    statuses = []
    for asking in (store.put(name_of(b"x"), b"x"), store.get(name_of(b"x"))):
        with pytest.raises(BlobUnavailableError) as refused:
            await asking
        statuses.append(refused.value.status)
    with pytest.raises(BlobUnavailableError):
        await store.delete(name_of(b"x"))  # or the row would go, and the object stay
    return statuses


async def test_no_such_bucket_is_unavailable_not_lost(store_address: str) -> None:
    with structlog.testing.capture_logs() as logs:
        assert await refusals(BucketStore(bucket_settings(store_address, "nowhere"))) == [503, 503]
    assert {each["error"] for each in logs} == {"no such bucket"}


async def test_a_server_that_is_away_is_unavailable_and_no_secret_is_logged() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings = bucket_settings(address, "somewhere")
    with structlog.testing.capture_logs() as logs:
        assert await refusals(BucketStore(settings)) == [503, 503]
    assert {each["bucket"] for each in logs} == {"somewhere"}
    assert SECRET not in f"{logs} {settings!r}"


async def test_a_server_that_says_nothing_is_given_up(silent_address: str) -> None:
    given = bucket_settings(silent_address, "silent")
    settings = BlobSettings.model_validate({**dict(given), "timeout": 0.2, "retry_seconds": 0.2})
    metrics = Metrics()
    watched = WatchedStore(BucketStore(settings), metrics, 0.4)
    assert await refusals(watched) == [503, 503]
    for operation in ("put", "get", "delete"):
        labels = {"place": "bucket", "operation": operation}
        registry = metrics.registry
        assert registry.get_sample_value("offbook_blob_failures_total", labels) == 1
        assert registry.get_sample_value("offbook_blob_seconds_count", labels) == 1
        seconds = registry.get_sample_value("offbook_blob_seconds_sum", labels)
        assert seconds is not None
        assert 0.1 < seconds < 20
