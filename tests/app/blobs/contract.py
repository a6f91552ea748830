"""What every place for contents does."""

import asyncio
import hashlib
from uuid import uuid4

import pytest

from app.blobs.errors import BlobLostError
from app.blobs.port import BlobStore

pytestmark = pytest.mark.anyio


def name_of(content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    return f"{digest[:2]}/{digest}-{uuid4().hex}"


class StoreContract:
    """Subclasses have a fixture ``store``: an empty place."""

    @pytest.mark.parametrize("size", [0, 1, 5_000, 11_000_000])
    async def test_what_goes_in_comes_out(self, store: BlobStore, size: int) -> None:
        content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        name = name_of(content)
        await store.put(name, content)
        assert await store.get(name) == content

    async def test_a_content_is_replaced_as_a_whole(self, store: BlobStore) -> None:
        name = name_of(b"longer before")
        await store.put(name, b"longer before")
        await store.put(name, b"after")
        assert await store.get(name) == b"after"

    async def test_what_is_not_there_is_lost(self, store: BlobStore) -> None:
        with pytest.raises(BlobLostError):
            await store.get(name_of(b"never stored"))

    async def test_deleting_takes_one_away_and_may_be_repeated(self, store: BlobStore) -> None:
        one, other = name_of(b"one"), name_of(b"other")
        await store.delete(one)  # before there is anything
        await store.put(one, b"one")
        await store.put(other, b"other")
        await store.delete(one)
        await store.delete(one)
        with pytest.raises(BlobLostError):
            await store.get(one)
        assert await store.get(other) == b"other"

    async def test_many_at_once(self, store: BlobStore) -> None:
        contents = {name_of(each): each for each in (bytes([n]) * 1_000 for n in range(20))}
        await asyncio.gather(*(store.put(name, each) for name, each in contents.items()))
        found = await asyncio.gather(*(store.get(name) for name in contents))
        assert found == list(contents.values())
