"""Serve ``/api/characters/import``: script and character, or a card, in one call."""

from typing import Annotated

from fastapi import APIRouter, Form, UploadFile

from app.cards.dependencies import CardsDep
from app.cards.schemas import ImportResult
from app.catalog.dependencies import CatalogDep
from app.catalog.schemas import CharacterCreate, Language, Name
from app.catalog.service import check_fields, check_speakers, played_speakers
from app.dependencies import DisconnectDep, ReadSession, UploaderDep
from app.http.guard import GuardedRoute
from app.quotas.dependencies import PayerDep, QuotasDep
from app.scripts.dependencies import ScriptsDep
from app.scripts.forms import FormText, NamedColumns, to_upload
from app.scripts.reports import describe
from app.scripts.service import get_script
from app.scripts.upload import file_stem

router = APIRouter(prefix="/api/characters", tags=["characters"], route_class=GuardedRoute)

_CARD = "card"


@router.post("/import", status_code=202)
async def import_character(
    scripts: ScriptsDep,
    catalog: CatalogDep,
    cards: CardsDep,
    session: ReadSession,
    caller: UploaderDep,
    payer: PayerDep,
    quotas: QuotasDep,
    file: UploadFile,
    disconnect: DisconnectDep,
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
    """Create a script and a character in one call; the name defaults to the file's.

    A character card makes a character as well: PNG, APNG, WebP, CHARX, JPEG with a CHARX behind,
    JSON, or YAML (with ``format=card`` where its name does not end so).
    """
    upload = to_upload(file, title, format, encoding, columns, disconnect=disconnect)
    fields = {
        "name": name,
        "profile": profile,
        "greeting": greeting,
        "tagline": tagline,
        "aliases": aliases or [],
        "language": language,
    }
    if format == _CARD or (not format and await cards.is_card(upload)):
        async with quotas.upload(payer) as admit:
            return await cards.make_character(upload, fields, caller, admit)
    wanted = check_fields({**fields, "name": name or file_stem(upload.filename)})
    played = played_speakers(wanted.name, wanted.aliases, [])
    async with quotas.upload(payer) as admit:
        stored = await scripts.store(
            upload,
            owner=caller.maker,
            verify=lambda lines: check_speakers(played, lines),
            admit=admit,
        )
    assert stored.report.id is not None  # noqa: S101 (only a dry run has none)
    character = await catalog.create_or_update(
        CharacterCreate(script_ids=[stored.report.id], **wanted.model_dump()), maker=caller
    )
    report = await describe(session, await get_script(session, stored.report.id))
    flags = {"duplicate": stored.report.duplicate, "replaced": stored.report.replaced}
    return ImportResult(character=character, script=report.model_copy(update=flags))
