"""What uploads leave behind whose process died."""

from uuid import UUID

import pytest

from app.db.ids import new_id
from app.db.scenes import SceneRepository
from tests.app.running import Running, as_object

pytestmark = pytest.mark.anyio

_TWO_HOURS_MS = 2 * 3_600_000


async def test_scenes_of_old_uploads_are_forgotten_and_others_stay(stage: Running) -> None:
    script = await stage.upload()
    now = new_id()
    old = UUID(int=now.int - (_TWO_HOURS_MS << 80))
    async with stage.services.database.write() as session:
        for revision in (now, old):
            row = {"revision": revision, "number": 1, "row": 1, "lines": []}
            await SceneRepository(session).add([{"heading": None, "episode": None, **row}])
    assert await stage.services.scripts.discard_abandoned() == 1
    async with stage.services.database.read() as session:
        assert await SceneRepository(session).page(old) == []
        assert len(await SceneRepository(session).page(now)) == 1
    shown = as_object(await stage.http.get(f"/api/scripts/{script['id']}/scenes"))
    assert len(shown["items"]) == 3
