"""Characters with pictures and files, and where the contents of those are."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

from sqlalchemy import func, select, update

from app.blobs.factory import folder_of
from app.blobs.fields import CONTENT_FIELDS
from app.db.base import utc_now
from app.db.models import Blob
from tests.app.blobs.places import objects_in
from tests.app.cards.shelf import LI, export, picture, send_card
from tests.app.running import Json, Running, as_object

FILES = {"x_meta/a.json": b"{}", "module.risum": b"\0\1" * 3_000}
AVATAR, BACKDROP = "/api/admin/characters/ben/avatar", "/api/admin/characters/ben/backdrop"


async def put(stage: Running, url: str, color: str = "#336699") -> Json:
    """Set a picture, which must succeed."""
    response = await stage.http.put(url, files={"file": ("a", picture(30, 20, color=color))})
    assert response.status_code == 200, response.text
    return as_object(response)


async def fill(stage: Running) -> None:
    """Ben with a portrait and a backdrop, and a card with files and a portrait."""
    await stage.make_character()
    await put(stage, AVATAR)
    await put(stage, BACKDROP)
    response = await send_card(stage, charx())
    assert response.status_code == 202, response.text


def charx() -> bytes:
    import json

    buffer = BytesIO()
    icon = {"type": "icon", "uri": "embeded://assets/m.png", "name": "main", "ext": "png"}
    card = {**LI, "spec": "chara_card_v3", "spec_version": "3.0"}
    card["data"] = {**LI["data"], "name": "Maud", "assets": [icon]}
    with ZipFile(buffer, "w") as archive:
        for path, content in FILES.items():
            archive.writestr(path, content)
        archive.writestr("assets/m.png", picture())
        archive.writestr("card.json", json.dumps(card))
    return buffer.getvalue()


async def contents(stage: Running) -> dict[str, bytes]:
    """Everything that people can see of them, by what they ask for."""
    found: dict[str, bytes] = {}
    for slug, kinds in (("ben", ("avatar", "backdrop")), ("maud", ("avatar",))):
        for kind in kinds:
            for size in ("", "?size=large", "?size=small"):
                response = await stage.http.get(f"/api/characters/{slug}/{kind}{size}")
                assert response.status_code == 200, response.text
                found[f"{slug} {kind} {size}"] = response.content
    with ZipFile(BytesIO(await export(stage, "maud", format="charx"))) as archive:
        found |= {name: archive.read(name) for name in (*FILES, "assets/m.png")}
    return found


def objects(stage: Running) -> dict[str, bytes]:
    """The objects in the place of the settings, read past the service."""
    settings = stage.services.settings
    return objects_in(settings.blobs, folder_of(settings))


async def inside(stage: Running) -> int:
    """The bytes of contents in the rows themselves."""
    total = 0
    async with stage.services.database.read() as session:
        for field in CONTENT_FIELDS:
            total += await session.scalar(select(func.sum(func.length(field.content)))) or 0
    return total


async def rows(stage: Running) -> int:
    async with stage.services.database.read() as session:
        return await session.scalar(select(func.count()).select_from(Blob)) or 0


async def let_an_hour_pass(stage: Running) -> None:
    """For what is kept without a character."""
    async with stage.services.database.write() as session:
        waiting = update(Blob).where(Blob.reserved_until.is_not(None))
        await session.execute(waiting.values(reserved_until=utc_now() - timedelta(seconds=1)))
