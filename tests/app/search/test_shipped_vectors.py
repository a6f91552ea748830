"""The samples' vectors are shipped: a first start embeds nothing, and no text gets a wrong one."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from app.db.models import KeyVector
from app.search.passage_embedding import hash_key
from app.search.shipped_vectors import ShippedVectors, dump_vectors, sample_vectors_path
from characters.passages.windows import without_directions
from characters.scripts.model import Scene
from characters.scripts.reader import read_script
from retrieval.blobs import from_blob
from retrieval.embedding.bundled import BundledEmbedder
from tests.app.conftest import make_settings
from tests.app.embedders import WatchedEmbedder
from tests.app.running import Json, Running, as_object, running


class Bundled(WatchedEmbedder):
    """Passes for the bundled embedder, and notes what it is asked to embed."""

    def __init__(self) -> None:
        super().__init__(BundledEmbedder.model_id, 384)


async def indexed(stage: Running, slug: str) -> Json:
    """Return the character once nothing is left to index; indexing has the lowest priority."""
    async with asyncio.timeout(60):
        while True:
            character = as_object(await stage.http.get(f"/api/characters/{slug}"))
            if character["status"] != "indexing" and character["progress"] is None:
                return character
            await asyncio.sleep(0.05)


@pytest.mark.anyio
async def test_at_the_first_start_the_samples_are_ready_without_embedding(
    database_url: str, tmp_path: Path
) -> None:
    """Fails when a sample changed: then ``make sample-vectors`` is due."""
    settings = make_settings(database_url, tmp_path, load_samples=True)
    retrieval = settings.retrieval.model_copy(update={"mode": "selector"})
    embedder = Bundled()
    async with running(
        settings.model_copy(update={"retrieval": retrieval}), embedder=embedder
    ) as stage:
        listed = (await stage.http.get("/api/characters")).json()["items"]
        made = [await indexed(stage, each["slug"]) for each in listed]
        async with stage.services.database.read() as session:
            needed = set((await session.scalars(select(KeyVector.key_hash))).all())
    assert [each["selection_ready"] for each in made] == [True] * 6
    assert embedder.keys == []
    shipped = ShippedVectors.load(sample_vectors_path(), embedder)
    assert set(shipped.hashes) == needed  # none of a line that is gone
    assert sample_vectors_path().stat().st_size < 3_000_000


@pytest.mark.anyio
async def test_another_embedder_embeds_the_samples_itself(
    database_url: str, tmp_path: Path
) -> None:
    embedder = WatchedEmbedder()
    async with running(
        make_settings(database_url, tmp_path, load_samples=True), embedder=embedder
    ) as stage:
        listed = (await stage.http.get("/api/characters")).json()["items"]
        made = [await indexed(stage, each["slug"]) for each in listed]
    assert [each["status"] for each in made] == ["ready"] * 6
    assert len(embedder.keys) >= 400


def test_the_shipped_vectors_are_those_of_the_bundled_embedder() -> None:
    embedder = BundledEmbedder()
    shipped = ShippedVectors.load(sample_vectors_path(), embedder)
    for sample in ("the-rear-was-adequate", "two-cliff-echo"):
        with (sample_vectors_path().parent / sample / "script.txt").open("rb") as file:
            scenes = [item for item in read_script(file, "script.txt") if isinstance(item, Scene)]
        texts = [without_directions(line.text) for scene in scenes for line in scene.lines]
        some = [text for text in texts if hash_key(text) in shipped.hashes][:40:10]
        assert len(some) == 4
        stored = from_blob([blob for _, blob in shipped.find(map(hash_key, some))], 384)
        cosines = (stored * embedder.embed_keys(some)).sum(axis=1)
        assert cosines == pytest.approx(np.ones(4), abs=1e-3)


def test_what_is_written_is_read_again_as_unit_vectors(tmp_path: Path) -> None:
    path = tmp_path / "vectors.bin"
    embedder = WatchedEmbedder("watched:a", 256)
    vectors = {hash_key(text): embedder.embed_keys([text])[0] for text in ("灯塔", "lamp")}
    path.write_bytes(dump_vectors("watched:a", vectors))
    shipped = ShippedVectors.load(path, embedder)
    [(found, blob)] = shipped.find([hash_key("a lamp"), hash_key("灯塔")])
    assert found == hash_key("灯塔")
    restored = from_blob([blob], 256)[0]
    assert np.linalg.norm(restored) == pytest.approx(1, abs=1e-6)
    assert restored @ vectors[found] == pytest.approx(1, abs=1e-6)
    backwards = dict(reversed(vectors.items()))
    assert dump_vectors("watched:a", backwards) == path.read_bytes()
    assert not ShippedVectors.load(path, WatchedEmbedder("watched:b", 256)).hashes


@pytest.mark.parametrize("content", [None, b"", b"OFFBSEC1 and more", b"\0" * 100])
def test_a_file_that_cannot_be_read_ships_nothing(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "vectors.bin"
    if content is not None:
        path.write_bytes(content)
    assert not ShippedVectors.load(path, WatchedEmbedder()).hashes


def test_vectors_of_another_width_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "vectors.bin"
    path.write_bytes(dump_vectors("watched:a", {hash_key("a"): np.ones(3, np.float32)}))
    assert not ShippedVectors.load(path, WatchedEmbedder("watched:a", 256)).hashes
