"""``make sample-vectors``: embed what the sample characters need, and ship it beside them.

The service itself loads and indexes the samples in a database that is thrown away, so that the
vectors are those of the texts a first start asks for. Vectors that are shipped already are taken
over: delete the file first where the embedder computes others under the same ``model_id``.
"""

import asyncio
import tempfile
from pathlib import Path

from sqlalchemy import select

from app.db.models import KeyVector
from app.search.shipped_vectors import dump_vectors, sample_vectors_path
from app.settings import AccessSettings, DatabaseSettings, EngineSettings, ServerSettings, Settings
from app.tools.bench.in_process import InProcessService, in_process
from retrieval.blobs import from_blob


async def _made(folder: Path) -> bytes:
    settings = Settings(
        data_dir=folder,
        database=DatabaseSettings(),
        server=ServerSettings(),
        access=AccessSettings(),
        engine=EngineSettings(kind="scripted"),
        load_samples=True,
    )
    async with in_process(settings) as service:
        for character in (await service.json("GET", "/api/characters"))["items"]:
            await service.until_indexed(character["slug"])
        return await _dumped(service)


async def _dumped(service: InProcessService) -> bytes:
    embedder = service.services.embedder
    async with service.services.database.read() as session:
        rows = (await session.execute(select(KeyVector.key_hash, KeyVector.vector))).all()
    vectors = from_blob([row.vector for row in rows], embedder.dimension)
    found = dict(zip((row.key_hash for row in rows), vectors, strict=True))
    return dump_vectors(embedder.model_id, found)


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory(prefix="offbook-samples-") as folder:
        content = asyncio.run(_made(Path(folder)))
    path = sample_vectors_path()
    path.write_bytes(content)
    print(f"{path}: {len(content) / 1e6:.2f} MB")  # noqa: T201


if __name__ == "__main__":
    main()
