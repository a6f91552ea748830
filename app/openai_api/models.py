"""Find the model that a request names: a character, or the engine's own."""

import contextlib
import time
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.catalog.read_so_far import unmet_characters
from app.catalog.repository import CharacterRepository
from app.catalog.visibility import may_see
from app.db.models import Character
from app.db.session import Database
from app.engines.port import ChatEngine, EngineError
from app.errors import AppError, NotFoundError, UnauthorizedError
from app.openai_api.schemas import ModelOut
from app.openai_api.stage_models import list_stages
from app.text import is_storable

RAW_MODEL = "index-raw"
"""An alias of the engine's model without a character; its own name means the same."""

_PAGE = 500


@dataclass(frozen=True, slots=True)
class RawModel:
    """Hold the name by which the client calls the engine's model."""

    name: str


async def find_model(
    database: Database, engine: ChatEngine, name: str, caller: Caller
) -> Character | RawModel:
    """Return the model of this name.

    Raises :class:`~app.errors.NotFoundError` (``model_not_found``),
    :class:`~app.errors.UnauthorizedError` where the raw model needs a key, and the engine's error
    where it is unavailable and the name may be its own.
    """
    if name == RAW_MODEL:
        return _raw(name, caller)
    async with database.read() as session:
        character = await _find_character(session, name, caller)
    if character is not None:
        return character
    if name == (await engine.limits()).model:
        return _raw(name, caller)
    raise _not_found(name)


async def find_character(
    session: AsyncSession, name: str, default: str, caller: Caller
) -> Character:
    """Return the character of this name; without a name, the ``default`` or the only one.

    Raises :class:`~app.errors.NotFoundError`, also where the caller cannot see the default, and
    :class:`~app.errors.AppError` (400) where without a name or default several characters, or none,
    could answer.
    """
    if name or default:
        character = await _find_character(session, name or default, caller)
        if character is None:
            raise _not_found(name) if name else _default_missing()
        return character
    found = await CharacterRepository(session).page(viewer=caller, after=None, limit=2)
    if len(found) != 1:
        raise AppError(
            "model_required",
            "No character is named in `model`, and this service has no default character. Name one"
            " that /v1/models lists, or have the operator set"
            " OFFBOOK_OPENAI_API__DEFAULT_CHARACTER to its slug.",
            param="model",
        )
    return found[0]


async def list_models(database: Database, engine: ChatEngine, caller: Caller) -> list[ModelOut]:
    """Return the caller's characters that can answer, newest first, stages, the engine's model.

    Who first speaks behind the caller's bookmark is left out.
    The engine's model is listed only for admins, under both names; its own name only while the
    engine is up.
    """
    async with database.read() as session:
        models = [*await _list_characters(session, caller), *await list_stages(session, caller)]
    return models + (await _raw_models(engine) if caller.admin else [])


async def _list_characters(session: AsyncSession, caller: Caller) -> list[ModelOut]:
    repository = CharacterRepository(session)
    models: list[ModelOut] = []
    after = None
    while page := await repository.page(viewer=caller, after=after, limit=_PAGE):
        after = page[-1].id
        unmet = await unmet_characters(session, caller.owner, page)
        models += (
            _present(character)
            for character in page
            if character.index_version and character.id not in unmet
        )
    return models


async def _find_character(session: AsyncSession, slug: str, caller: Caller) -> Character | None:
    # A database refuses to search for text that it cannot store.
    character = await CharacterRepository(session).by_slug(slug) if is_storable(slug) else None
    visible = character is not None and await may_see(session, character, caller)
    return character if visible else None


def _raw(name: str, caller: Caller) -> RawModel:
    if not caller.admin:
        raise UnauthorizedError("invalid_api_key", f"The model {name} needs a key.", param="model")
    return RawModel(name)


async def _raw_models(engine: ChatEngine) -> list[ModelOut]:
    names = [RAW_MODEL]
    with contextlib.suppress(EngineError):  # the engine is not up yet, and the name unknown
        names.append((await engine.limits()).model)
    now = int(time.time())
    return [ModelOut(id=name, created=now, owned_by="engine", name=name) for name in names]


def _present(character: Character) -> ModelOut:
    created = int(character.created_at.timestamp())
    return ModelOut(id=character.slug, created=created, owned_by="offbook", name=character.name)


def _not_found(name: str) -> NotFoundError:
    return NotFoundError(
        "model_not_found",
        f"There is no model “{name[:80]}”; /v1/models lists those there are.",
        param="model",
    )


def _default_missing() -> NotFoundError:
    # Its slug stays out: the caller may not be allowed to know the character.
    return NotFoundError(
        "model_not_found",
        "This service's default character does not exist or is not for this caller. Name another in"
        " `model` (/v1/models lists them), or have the operator correct"
        " OFFBOOK_OPENAI_API__DEFAULT_CHARACTER.",
        param="model",
    )
