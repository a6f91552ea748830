"""Define what a place for contents can do."""

from typing import Protocol

from app.settings import Place


class BlobStore(Protocol):
    """Keep contents under names that the service gives.

    Each method raises :class:`~app.blobs.errors.BlobUnavailableError` where the place does not
    answer, or refuses. The log says why, without keys. A call that fails or is cancelled may still
    have had its effect. Names are of the form of :attr:`app.db.models.blob.Blob.name`.
    """

    place: Place

    async def put(self, name: str, content: bytes) -> None:
        """Store a content; once this returns, it survives the end of the process and of the power.

        Storing it again under the same name replaces it. No reader sees a part of it.
        """

    async def get(self, name: str) -> bytes:
        """Return a content.

        Raises :class:`~app.blobs.errors.BlobLostError` where the place has none of this name.
        """

    async def delete(self, name: str) -> None:
        """Delete a content, and what an interrupted :meth:`put` left of it, if there is any."""
