"""The samples: loaded once, and gone for good when they are deleted."""

from pathlib import Path

import pytest

from tests.app.conftest import make_settings
from tests.app.running import running

NAMES = {"闻其详", "阿应", "Bev Ruddock", "Ambrose Pettifer"}


@pytest.mark.anyio
async def test_they_are_there_at_the_first_start_and_stay_deleted(
    database_url: str, tmp_path: Path
) -> None:
    settings = make_settings(database_url, tmp_path, load_samples=True)
    async with running(settings) as stage:
        found = (await stage.http.get("/api/characters")).json()["items"]
        assert {item["name"] for item in found} == NAMES
        assert all(item["sample"] and item["greeting"] and item["profile"] for item in found)
        for item in found:
            gone = await stage.http.delete(f"/api/admin/characters/{item['slug']}")
            assert gone.status_code == 204, gone.text
        for script in (await stage.http.get("/api/scripts")).json()["items"]:
            assert script["scenes"] >= 80
            await stage.http.delete(f"/api/scripts/{script['id']}")
    async with running(settings) as stage:
        assert (await stage.http.get("/api/characters")).json()["items"] == []
        assert (await stage.http.get("/api/scripts")).json()["items"] == []
