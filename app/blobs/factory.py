"""Make the places that the settings name."""

from collections.abc import Mapping
from pathlib import Path

from app.blobs.errors import BlobSetupError
from app.blobs.folder import FolderStore
from app.blobs.port import BlobStore
from app.blobs.watched import WatchedStore
from app.observability import Metrics
from app.settings import BlobSettings, Place, Settings


def create_stores(settings: Settings, metrics: Metrics) -> Mapping[Place, BlobStore]:
    """Return every place that contents can be in, by name, old ones included.

    No place is asked yet. Raises :class:`BlobSetupError` where one cannot be made.
    """
    blobs = settings.blobs
    stores: list[BlobStore] = [FolderStore(folder_of(settings))]
    if blobs.bucket is not None:
        stores.append(_bucket(blobs))
    seconds = blobs.timeout + blobs.retry_seconds
    return {each.place: WatchedStore(each, metrics, seconds) for each in stores}


def folder_of(settings: Settings) -> Path:
    """Return the folder of contents."""
    return settings.blobs.folder or settings.data_dir / "blobs"


def _bucket(settings: BlobSettings) -> BlobStore:
    try:
        from app.blobs.bucket import BucketStore  # noqa: PLC0415 (a library that is optional)
    except ModuleNotFoundError as error:
        raise BlobSetupError(
            "OFFBOOK_BLOBS__BUCKET needs a library for object stores: pip install -e '.[s3]'"
        ) from error
    try:
        return BucketStore(settings)
    except Exception as error:  # the library has many kinds, for values that it cannot use
        raise BlobSetupError(
            "The bucket of OFFBOOK_BLOBS__… cannot be used: "
            f"the library for object stores refuses it ({type(error).__name__})."
        ) from error
