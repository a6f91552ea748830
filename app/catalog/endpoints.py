"""Serve ``/api/characters``: create, list, read."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app.bookmarks.reading import is_read, known_until
from app.catalog.dependencies import CatalogDep
from app.catalog.listing import Listing, ListingRepository
from app.catalog.read_so_far import is_listed
from app.catalog.schemas import (
    CharacterCreate,
    CharacterOut,
    Language,
    Order,
    SceneAt,
)
from app.catalog.service import (
    get_character,
    present_all,
)
from app.db.scenes import SceneRepository, load_scene
from app.dependencies import CallerDep, ReadSession, UploaderDep
from app.errors import NotFoundError
from app.http.guard import GuardedRoute
from app.http.refusal import Refusal, declare
from app.paging import Cursor, Limit, parse_cursor
from app.schemas import Page
from app.text import Storable

router = APIRouter(prefix="/api/characters", tags=["characters"], route_class=GuardedRoute)


@router.get("")
async def list_characters(
    session: ReadSession,
    caller: CallerDep,
    q: Annotated[str, Query(max_length=200), Storable] = "",
    sort: Annotated[
        Order, Query(description="`talked`: last talked to by the caller comes first.")
    ] = "newest",
    first: Annotated[
        Language | None, Query(description="Characters of this language come first.")
    ] = None,
    tag: Annotated[str, Query(max_length=80), Storable] = "",
    favourites: Annotated[bool, Query(description="Only the caller's favourites.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CharacterOut]:
    """Return published characters, newest first.

    ``q`` searches name, aliases, tagline, tags, profile and the titles of the scripts. Who first
    speaks behind the caller's bookmark is left out, so a page may be shorter than ``limit``.
    """
    wanted = Listing(
        owner=caller.owner,
        search=q.strip(),
        tag=tag.strip(),
        favourites_only=favourites,
        sort=sort,
        first=first,
    )
    found = await ListingRepository(session).page(
        wanted, after=parse_cursor(cursor), limit=limit + 1
    )
    shown = await present_all(session, found[:limit], reader=caller.owner)
    return Page(
        items=[each for each in shown if is_listed(each, wanted.search)],
        next_cursor=str(found[limit - 1].id) if len(found) > limit else None,
    )


@router.post("", status_code=202)
async def create_character(
    catalog: CatalogDep, caller: UploaderDep, wanted: CharacterCreate
) -> CharacterOut:
    """Create a character from stored scripts; it is indexed in the background."""
    return await catalog.create(wanted, caller)


@router.get("/{slug}/scenes/{position}")
async def read_scene(
    session: ReadSession, caller: CallerDep, slug: str, position: Annotated[int, Path(ge=0)]
) -> SceneAt:
    """Return a scene of the character's scripts, to choose a point in time by."""
    character = await get_character(session, slug, viewer=caller)
    revisions = [script.revision for script in character.scripts]
    stored = await SceneRepository(session).at(revisions, position)
    if stored is None:
        raise NotFoundError("scene_not_found", f"There are fewer than {position + 1} scenes.")
    if not is_read(position, await known_until(session, caller.owner, [character.id])):
        return SceneAt(position=position, heading=None, episode=None, opening="", read=False)
    scene = load_scene(stored)
    return SceneAt(
        position=position,
        heading=scene.heading,
        episode=scene.episode,
        opening=scene.lines[0].render()[:200],
    )


@router.get("/{slug}", responses=declare(Refusal(403, "not_yours", "the whole is its maker's")))
async def read_character(
    catalog: CatalogDep,
    caller: CallerDep,
    slug: str,
    whole: Annotated[
        bool, Query(description="With what the caller has not read yet, to change it.")
    ] = False,
) -> CharacterOut:
    """Return a character; ``status`` and ``progress`` show how far indexing is.

    What lies behind the caller's bookmark in its scripts is left out; ``reading`` says so.
    """
    return await catalog.show(slug, viewer=caller, whole=whole)
