"""Choose where pictures and the files of cards are kept."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, SecretStr, StringConstraints, model_validator

Place = Literal["database", "folder", "bucket"]
"""Where contents are kept."""
_Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/@]+/?$", max_length=500)]
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=63)]
_Prefix = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?$", max_length=200)
]


class BlobSettings(BaseModel):
    """Set where pictures and the files of cards are kept.

    New contents go to ``place``. What was stored before stays where it is, and is found there,
    until ``offbook blobs move``.
    """

    place: Place = "database"
    """``database``; ``folder``, of a disk that all processes share; or ``bucket``, an object store
    with the S3 API."""
    folder: Path | None = None
    """The folder; by default ``blobs`` in the data directory."""
    bucket: _Name | None = None
    """The bucket's name. It must exist."""
    endpoint: _Address | None = None
    """The object store's address, such as ``https://s3.example.com``; none: that of AWS."""
    region: _Name = "us-east-1"
    """The bucket's region; stores other than AWS mostly ignore it."""
    prefix: _Prefix = ""
    """Folders inside the bucket, such as ``offbook/main``, where it is shared with others."""
    access_key: SecretStr | None = None
    """The id of the key that may read, write and delete in the bucket; none: what AWS's own
    variables or the machine's role say."""
    secret_key: SecretStr | None = None
    """The secret of that key."""
    path_style: bool = True
    """Whether the bucket is named in the path, which every store understands, rather than in the
    host."""
    timeout: float = Field(default=10.0, gt=0, le=300)
    """Seconds that one try of reading or writing a content may take."""
    retry_seconds: float = Field(default=10.0, ge=0, le=300)
    """Seconds within which a bucket's failure is tried again."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.place == "bucket" and self.bucket is None:
            raise ValueError("the place is a bucket, so OFFBOOK_BLOBS__BUCKET must name it")
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("an access key and its secret key are set together")
        return self
