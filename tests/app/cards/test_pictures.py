"""Portraits and backdrops: uploaded, shown in two sizes, replaced, removed."""

from io import BytesIO

import pytest
from PIL import Image

from tests.app.cards.shelf import LI, import_card, picture
from tests.app.running import Running, as_object, code_of

pytestmark = pytest.mark.anyio


def photograph(format: str) -> bytes:
    """A picture of 900 by 600 with a place in its EXIF and a colour profile, turned by it."""
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    exif[0x0112] = 6  # a quarter turn
    buffer = BytesIO()
    profile = b"secret profile" + bytes(128)
    Image.new("RGB", (900, 600), "#336699").save(buffer, format, exif=exif, icc_profile=profile)
    return buffer.getvalue()


def opened(content: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(BytesIO(content)) as found:
        return found.format, found.size


@pytest.mark.parametrize("kind", ["avatar", "backdrop"])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
async def test_nothing_but_pixels_is_kept_in_any_size(
    stage: Running, kind: str, format: str
) -> None:
    await stage.make_character()
    url = f"/api/admin/characters/ben/{kind}"
    given = await stage.http.put(url, files={"file": ("a", photograph(format))})
    address = as_object(given)[kind]
    for size, longest in (("large", 900), ("small", 480 if kind == "avatar" else 800)):
        shown = await stage.http.get(f"{address}&size={size}")
        assert shown.headers["content-type"] == "image/webp"
        assert "sandbox" in shown.headers["content-security-policy"]
        assert "immutable" in shown.headers["cache-control"]
        assert opened(shown.content) == ("WEBP", (longest * 2 // 3, longest))
        assert b"secret" not in shown.content
        assert b"ICCP" not in shown.content
        again = await stage.http.get(
            f"{address}&size={size}", headers={"If-None-Match": shown.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
    whole = await stage.http.get(address)
    assert b"secret" not in whole.content
    assert b"iCCP" not in whole.content
    assert opened(whole.content)[0] == ("PNG" if kind == "avatar" else "WEBP")


async def test_a_backdrop_is_changed_and_taken_away(stage: Running) -> None:
    await stage.make_character()
    url = "/api/admin/characters/ben/backdrop"
    first = as_object(await stage.http.put(url, files={"file": ("a", picture(30, 20))}))
    second = as_object(
        await stage.http.put(url, files={"file": ("a", picture(30, 20, color="red"))})
    )
    assert first["backdrop"] != second["backdrop"]
    assert second["avatar"] is None
    opened_with = await stage.open("ben")
    assert opened_with["character"]["backdrop"] == second["backdrop"]
    assert as_object(await stage.http.delete(url))["backdrop"] is None
    assert code_of(await stage.http.get("/api/characters/ben/backdrop")) == "404 no_backdrop"


@pytest.mark.one_database
async def test_what_could_hold_more_than_pixels_is_refused(stage: Running) -> None:
    await stage.make_character()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    for kind in ("avatar", "backdrop"):
        url = f"/api/admin/characters/ben/{kind}"
        for content in (svg, b"", b"%PDF-1.4", b"\x89PNG\r\n\x1a\nbroken"):
            refused = await stage.http.put(url, files={"file": ("a.png", content)})
            assert code_of(refused) == "422 bad_picture", (kind, content)
    animated = await stage.http.put(
        "/api/admin/characters/ben/backdrop", files={"file": ("a.gif", picture(5, 5, "GIF"))}
    )
    assert code_of(animated) == "422 bad_picture"


@pytest.mark.one_database
async def test_only_an_operator_changes_pictures(stage: Running) -> None:
    await stage.make_character()
    key = as_object(await stage.http.post("/api/admin/keys", json={"label": "mine"}))["key"]
    url = "/api/admin/characters/ben/backdrop"
    async with stage.client() as visitor:
        refused = await visitor.put(url, files={"file": ("a", picture())})
        assert code_of(refused) == "401 admin_key_needed"
        assert code_of(await visitor.delete(url)) == "401 admin_key_needed"
    async with stage.client(Authorization=f"Bearer {key}") as operator:
        given = await operator.put(url, files={"file": ("a", picture())})
        assert given.status_code == 200


async def test_the_picture_of_a_card_is_shown_in_two_sizes(stage: Running) -> None:
    made = (await import_card(stage, LI))["character"]
    assert (made["avatar"], made["backdrop"]) == (None, None)
    url = "/api/admin/characters/林晚/avatar"
    address = as_object(await stage.http.put(url, files={"file": ("a", picture(2_000, 3_000))}))
    small = await stage.http.get(f"{address['avatar']}&size=small")
    assert opened(small.content) == ("WEBP", (320, 480))
    large = await stage.http.get(f"{address['avatar']}&size=large")
    assert opened(large.content) == ("WEBP", (683, 1_024))
