"""``/api/characters``: create, import, list, read, inspect."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, UploadFile

from app.cards.schemas import ImportResult
from app.catalog.repository import CharacterRepository
from app.catalog.schemas import (
    CharacterCreate,
    CharacterOut,
    Language,
    Name,
    SceneAt,
)
from app.catalog.service import (
    check_fields,
    check_speakers,
    get_character,
    played_speakers,
    present_all,
)
from app.db.scenes import SceneRepository, load_scene
from app.dependencies import (
    CallerDep,
    CardsDep,
    CatalogDep,
    LeftDep,
    ReadSession,
    ScriptsDep,
    UploaderDep,
)
from app.errors import NotFoundError
from app.http.guard import GuardedRoute
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page
from app.scripts.forms import FormText, NamedColumns, to_upload
from app.scripts.reports import describe
from app.scripts.service import get_script
from app.scripts.upload import file_stem
from app.text import Storable

router = APIRouter(prefix="/api/characters", tags=["characters"], route_class=GuardedRoute)

_CARD = "card"
"""Where a script's format is asked for: that the file is a character card."""


@router.get("")
async def list_characters(
    session: ReadSession,
    _: CallerDep,
    q: Annotated[str, Query(max_length=200), Storable] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CharacterOut]:
    """Published characters, newest first; ``q`` searches name, tagline and profile."""
    found = await CharacterRepository(session).page(
        search=q.strip(), published_only=True, after=parse_cursor(cursor), limit=limit + 1
    )
    return Page(
        items=await present_all(session, found[:limit]),
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.post("", status_code=202)
async def create_character(
    catalog: CatalogDep, _: UploaderDep, wanted: CharacterCreate
) -> CharacterOut:
    """Create a character from stored scripts; indexing goes on in the background."""
    return await catalog.create(wanted)


@router.post("/import", status_code=202)
async def import_character(
    scripts: ScriptsDep,
    catalog: CatalogDep,
    cards: CardsDep,
    session: ReadSession,
    caller: UploaderDep,
    file: UploadFile,
    left: LeftDep,
    name: Annotated[str | None, Form(max_length=1_000)] = None,
    profile: Annotated[str, Form()] = "",
    greeting: Annotated[str, Form()] = "",
    tagline: Annotated[str, Form()] = "",
    aliases: Annotated[list[Name] | None, Form()] = None,
    language: Annotated[Language | None, Form()] = None,
    title: FormText = None,
    format: FormText = None,
    encoding: FormText = None,
    columns: NamedColumns = None,
) -> ImportResult:
    """Script and character in one call; the name defaults to the file's, as in the reference.

    A character card makes a character as well: PNG, APNG, WebP, CHARX, JPEG with a CHARX behind,
    JSON, or YAML (with ``format=card`` where its name does not end so).
    """
    upload = to_upload(file, title, format, encoding, columns, left=left)
    fields = {
        "name": name,
        "profile": profile,
        "greeting": greeting,
        "tagline": tagline,
        "aliases": aliases or [],
        "language": language,
    }
    if format == _CARD or (not format and await cards.recognises(upload)):
        return await cards.make_character(upload, fields)
    wanted = check_fields({**fields, "name": name or file_stem(upload.filename)})
    played = played_speakers(wanted.name, wanted.aliases, [])
    stored = await scripts.store(
        upload, may_replace=caller.admin, verify=lambda lines: check_speakers(played, lines)
    )
    assert stored.report.id is not None  # noqa: S101 (only a dry run has none)
    character = await catalog.create_or_update(
        CharacterCreate(script_ids=[stored.report.id], **wanted.model_dump())
    )
    report = await describe(session, await get_script(session, stored.report.id))
    flags = {"duplicate": stored.report.duplicate, "replaced": stored.report.replaced}
    return ImportResult(character=character, script=report.model_copy(update=flags))


@router.get("/{slug}/scenes/{position}")
async def read_scene(
    session: ReadSession, caller: CallerDep, slug: str, position: Annotated[int, Path(ge=0)]
) -> SceneAt:
    """One scene of the character's scripts, for whoever chooses a point in time."""
    character = await get_character(session, slug, unpublished=caller.admin)
    revisions = [script.revision for script in character.scripts]
    stored = await SceneRepository(session).at(revisions, position)
    if stored is None:
        raise NotFoundError("scene_not_found", f"There are fewer than {position + 1} scenes.")
    scene = load_scene(stored)
    return SceneAt(
        position=position,
        heading=scene.heading,
        episode=scene.episode,
        opening=scene.lines[0].render()[:200],
    )


@router.get("/{slug}")
async def read_character(catalog: CatalogDep, caller: CallerDep, slug: str) -> CharacterOut:
    """One character; ``status`` and ``progress`` tell how far indexing is."""
    return await catalog.show(slug, unpublished=caller.admin)
