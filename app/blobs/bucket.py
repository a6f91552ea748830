"""Keep contents as objects of a bucket, by the S3 API."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.blobs.errors import BlobLostError, BlobUnavailableError
from app.settings import BlobSettings, Place

if TYPE_CHECKING:
    from obstore.store import S3Config

log = structlog.get_logger(__name__)

_CONNECT_SECONDS = 3
_TRIES_AGAIN = 3
_NO_BUCKET = "NoSuchBucket"
"""The code of S3 for it; a missing object is ``NoSuchKey``."""

Result = TypeVar("Result")


class BucketStore:
    """Keep each content as an object; large ones are sent in parts, which S3 joins at the end."""

    place: Place = "bucket"

    def __init__(self, settings: BlobSettings) -> None:
        self._bucket = settings.bucket
        seconds = timedelta(seconds=settings.timeout)
        connecting = timedelta(seconds=min(_CONNECT_SECONDS, settings.timeout))
        self._store = S3Store(
            settings.bucket,
            prefix=settings.prefix or None,
            config=_config(settings),
            client_options={
                "allow_http": (settings.endpoint or "").startswith("http://"),
                "timeout": seconds,
                "connect_timeout": connecting,
            },
            retry_config={
                "max_retries": _TRIES_AGAIN,
                "retry_timeout": timedelta(seconds=settings.retry_seconds),
            },
        )

    async def put(self, name: str, content: bytes) -> None:
        """See :meth:`BlobStore.put`."""
        try:
            await self._run(obstore.put_async(self._store, name, content))
        except BlobLostError as error:  # what is missing is the bucket
            raise BlobUnavailableError from error

    async def get(self, name: str) -> bytes:
        """See :meth:`BlobStore.get`."""
        return await self._run(self._read(name))

    async def delete(self, name: str) -> None:
        """See :meth:`BlobStore.delete`; S3 drops unfinished parts by a rule of the bucket."""
        try:
            await self._run(obstore.delete_async(self._store, name))
        except BlobLostError:
            return

    async def _read(self, name: str) -> bytes:
        found = await obstore.get_async(self._store, name)
        return bytes(await found.bytes_async())

    async def _run(self, asking: Awaitable[Result]) -> Result:
        try:
            return await asking
        except FileNotFoundError as error:
            if _NO_BUCKET in str(error):
                self._log("no such bucket")
                raise BlobUnavailableError from error
            raise BlobLostError from error
        except (BaseError, OSError) as error:
            self._log(type(error).__name__)  # not its text, which quotes what was signed
            raise BlobUnavailableError from error

    def _log(self, error: str) -> None:
        log.warning("blob_bucket_fails", bucket=self._bucket, error=error)


def _config(settings: BlobSettings) -> "S3Config":
    config: S3Config = {
        "region": settings.region,
        "virtual_hosted_style_request": not settings.path_style,
    }
    if settings.endpoint is not None:
        config["endpoint"] = settings.endpoint
    if settings.access_key is not None and settings.secret_key is not None:
        config["access_key_id"] = settings.access_key.get_secret_value()
        config["secret_access_key"] = settings.secret_key.get_secret_value()
    return config
