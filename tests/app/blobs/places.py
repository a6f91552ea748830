"""Places for contents that tests use: a folder, and a bucket of a server on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from app.settings import BlobSettings

SECRET = "a-secret-of-the-test"


@contextmanager
def object_server() -> Iterator[str]:
    """Run an object store on a free port of the loopback address; its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def new_bucket(address: str) -> BlobSettings:
    """The settings of a bucket that is made for them."""
    name = f"offbook-{uuid4().hex[:12]}"
    client(address).create_bucket(Bucket=name)
    return bucket_settings(address, name)


def bucket_settings(address: str, name: str) -> BlobSettings:
    return BlobSettings(
        place="bucket",
        bucket=name,
        endpoint=address,
        prefix="of/the-test",
        access_key=SecretStr("id-of-the-test"),
        secret_key=SecretStr(SECRET),
        timeout=20,
        retry_seconds=1,
    )


def client(address: str) -> Any:
    """Another program that uses the store."""
    return boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="id-of-the-test",
        aws_secret_access_key=SECRET,
    )


def objects_in(settings: BlobSettings, folder: Path) -> dict[str, bytes]:
    """Every object of the place, read past the service."""
    if settings.place == "folder":
        found = [path for path in folder.rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    if settings.place == "database":
        return {}
    assert settings.endpoint is not None
    store, bucket = client(settings.endpoint), settings.bucket
    listed = store.list_objects_v2(Bucket=bucket).get("Contents", [])
    return {
        each["Key"].removeprefix(f"{settings.prefix}/"): store.get_object(
            Bucket=bucket, Key=each["Key"]
        )["Body"].read()
        for each in listed
    }
