"""Create characters from scripts, and show, change and publish them."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast
from urllib.parse import quote
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.access.audit import Action, Target, record
from app.catalog.read_so_far import limit_to_read
from app.catalog.repository import CharacterRepository
from app.catalog.schemas import (
    CharacterCreate,
    CharacterFields,
    CharacterOut,
    CharacterUpdate,
    DroppedExamples,
    IndexProgress,
    SamplingOverrides,
    ScriptRef,
    Status,
)
from app.catalog.slugs import free_slug, slugify
from app.catalog.visibility import check_own, may_see, visibility_of
from app.db.base import utc_now
from app.db.models import Character, IndexJob, Script, SpeakerLines, speaker_lines
from app.db.session import Database
from app.errors import InvalidError, NotFoundError
from app.scripts.service import get_script
from app.search.jobs import request_index
from app.text import is_storable
from characters.language import prompt_language

_NAMED_IN_ERRORS = 20


def check_speakers(played: Sequence[str], lines: SpeakerLines) -> int:
    """Return how many lines the speakers ``played`` have.

    Raises :class:`~app.errors.InvalidError` (``speaker_not_found``), with the script's speakers,
    where they have none.
    """
    count = sum(lines.get(name, 0) for name in dict.fromkeys(played))
    if count == 0:
        who = ", ".join(list(lines)[:_NAMED_IN_ERRORS])
        raise InvalidError(
            "speaker_not_found",
            f"Nobody called {' or '.join(played)} says a line in this script. Its speakers: {who}.",
            speakers=list(lines)[:_NAMED_IN_ERRORS],
        )
    return count


def played_speakers(name: str, aliases: Sequence[str], speakers: Sequence[str]) -> list[str]:
    """Return the speakers that a character plays: by default its name and aliases."""
    return list(dict.fromkeys(speakers or [name, *aliases]))


def check_fields(fields: Mapping[str, object]) -> CharacterFields:
    """Validate a form's or a file's fields by the rules of the JSON body.

    Raises :class:`~app.errors.InvalidError` (``invalid_request``).
    """
    try:
        return CharacterFields.model_validate(fields)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise InvalidError("invalid_request", f"{where}: {problem['msg']}", field=where) from error


def present(character: Character, job: IndexJob | None) -> CharacterOut:
    """Return a character as the API shows it."""
    return CharacterOut(
        id=character.id,
        slug=character.slug,
        name=character.name,
        aliases=character.aliases,
        tagline=character.tagline,
        profile=character.profile,
        profile_scenes=character.profile_scenes,
        greeting=character.greeting,
        alternate_greetings=character.alternate_greetings,
        openers=character.openers,
        nickname=character.nickname,
        tags=character.tags,
        creator_notes=character.creator_notes,
        avatar=avatar_address(character),
        backdrop=backdrop_address(character),
        signature=character.signature or "",
        card=character.card,
        language=prompt_language(character.language),
        status=cast(Status, character.status),
        progress=None if job is None else _progress(job),
        error=character.error,
        published=character.published,
        visibility=visibility_of(character),
        sample=character.sample,
        scripts=[ScriptRef(id=script.id, title=script.title) for script in character.scripts],
        speakers=character.speakers,
        others=character.others,
        scenes=sum(script.scenes for script in character.scripts),
        lines=character.lines,
        examples=character.examples,
        dropped=DroppedExamples(**character.dropped),
        sampling=SamplingOverrides(**character.sampling),
        retrieval=character.retrieval,
        selection_ready=character.reply_index_version is not None,
        selection_progress=_selection_progress(character, job),
        created_at=character.created_at,
        updated_at=character.updated_at,
    )


def avatar_address(character: Character) -> str | None:
    """Return the URL of the character's picture, if any.

    Each picture has a URL of its own, so that browsers may cache it for good.
    """
    if character.avatar is None:
        return None
    return f"/api/characters/{quote(character.slug)}/avatar?v={character.avatar}"


def backdrop_address(character: Character) -> str | None:
    """Return the URL of the picture of the place behind the character, if any."""
    if character.backdrop is None:
        return None
    return f"/api/characters/{quote(character.slug)}/backdrop?v={character.backdrop}"


def _selection_progress(character: Character, job: IndexJob | None) -> IndexProgress | None:
    """Return how far the reply index is that a character in use is still without.

    A job in the background builds one. So does a job that a user waits for, where the character's
    own mode needs it.
    """
    if job is None or character.status != "ready" or character.reply_index_version is not None:
        return None
    wanted = job.background or character.retrieval is not None
    return _progress(job) if wanted and character.retrieval != "reference" else None


def _progress(job: IndexJob) -> IndexProgress:
    seconds_left = None
    if job.started_at is not None and 0 < job.done < job.total:
        elapsed = (utc_now() - job.started_at).total_seconds()
        seconds_left = round(elapsed / job.done * (job.total - job.done), 1)
    return IndexProgress(done=job.done, total=job.total, seconds_left=seconds_left)


async def get_character(
    session: AsyncSession, slug: str, *, viewer: Caller | None = None
) -> Character:
    """Return the character with its scripts.

    Raises :class:`~app.errors.NotFoundError` (``character_not_found``), also for a character that
    ``viewer`` may not see; None sees all.
    """
    # A database refuses to search for text that it cannot store.
    character = await CharacterRepository(session).by_slug(slug) if is_storable(slug) else None
    if character is None or (viewer is not None and not await may_see(session, character, viewer)):
        raise character_not_found(slug)
    return character


def target_of(character: Character) -> Target:
    """Return a character as the audit names it."""
    return Target("character", str(character.id), character.name)


def record_change(
    session: AsyncSession, character: Character, caller: Caller, *fields: str
) -> None:
    """Keep in the audit that a caller changed parts of a character."""
    record(session, caller.actor, "character_changed", target_of(character), fields=sorted(fields))


def character_not_found(slug: str) -> NotFoundError:
    """Return the error for a character that does not exist, or not for this caller."""
    return NotFoundError("character_not_found", f"There is no character “{slug[:80]}”.")


async def get_own_character(session: AsyncSession, slug: str, caller: Caller) -> Character:
    """Return the character with its scripts, which the caller may change.

    Raises as :func:`get_character` and :func:`~app.catalog.visibility.check_own` do.
    """
    character = await get_character(session, slug, viewer=caller)
    check_own(character, caller)
    return character


async def add_character(
    session: AsyncSession,
    wanted: CharacterFields,
    scripts: Sequence[Script],
    *,
    maker: Caller | None = None,
    sample: bool = False,
) -> Character:
    """Add a character and request its index, in the caller's transaction.

    An author's is the author's own until it is published; others are published at once.

    A character without scripts needs its ``language``, and has no past lines. Raises
    :class:`~app.errors.InvalidError` (``speaker_not_found``) where it plays no speaker of
    ``scripts``.
    """
    speakers = played_speakers(wanted.name, wanted.aliases, wanted.speakers)
    repository = CharacterRepository(session)
    given = wanted.model_dump(exclude={"language", "speakers", "sampling", "script_ids"})
    character = Character(
        **given,
        slug=free_slug(wanted.name, await repository.slugs_like(slugify(wanted.name))),
        language=wanted.language or scripts[0].language,
        speakers=speakers,
        sampling=wanted.sampling.model_dump(exclude_none=True),
        lines=check_speakers(speakers, speaker_lines(scripts)) if scripts else 0,
        status="indexing",
        sample=sample,
        owner=maker.maker if maker else "",
        published=maker is None or maker.admin or maker.person is None,
    )
    await repository.add(character, scripts)
    if maker is not None:
        record(session, maker.actor, "character_created", target_of(character))
    await request_index(session, character.id, background=character.sample)
    await session.flush()
    await session.refresh(character, ["scripts"])
    return character


class CatalogService:
    """Create and change characters; ``wake_indexer`` is called after a job was requested."""

    def __init__(self, database: Database, wake_indexer: Callable[[], None]) -> None:
        self._database = database
        self._wake_indexer = wake_indexer

    async def show(self, slug: str, *, viewer: Caller, whole: bool = False) -> CharacterOut:
        """Return a character as the API shows it.

        Without a word of what lies behind the viewer's bookmark, unless the ``whole`` is wanted.
        Raises as :func:`get_own_character` does where that is not the viewer's to change.
        """
        async with self._database.read() as session:
            if whole:
                character = await get_own_character(session, slug, viewer)
                return await self._present(session, character)
            character = await get_character(session, slug, viewer=viewer)
            return (await present_all(session, [character], reader=viewer.owner))[0]

    async def create(self, wanted: CharacterCreate, maker: Caller) -> CharacterOut:
        """Create a character from stored scripts; its index is built in the background."""
        async with self._database.write() as session:
            ids = dict.fromkeys(wanted.script_ids)
            scripts = [await get_script(session, id, viewer=maker) for id in ids]
            character = await add_character(session, wanted, scripts, maker=maker)
            shown = await self._present(session, character)
        self._wake_indexer()
        return shown

    async def create_or_update(
        self, wanted: CharacterCreate, *, maker: Caller | None = None, sample: bool = False
    ) -> CharacterOut:
        """Create a character, or update the maker's of this name in the same script."""
        async with self._database.write() as session:
            scripts = [await get_script(session, id, viewer=maker) for id in wanted.script_ids]
            owner = maker.maker if maker else ""
            repository = CharacterRepository(session)
            character = await repository.by_name(wanted.name, scripts[0].id, owner)
            if character is None:
                character = await add_character(
                    session, wanted, scripts, maker=maker, sample=sample
                )
            else:
                given = wanted.model_dump(include={"profile", "greeting", "tagline", "aliases"})
                if wanted.aliases:
                    given["speakers"] = played_speakers(
                        wanted.name, wanted.aliases, wanted.speakers
                    )
                changes = CharacterUpdate(**{name: value for name, value in given.items() if value})
                await self._change(session, character, changes)
            shown = await self._present(session, character)
        self._wake_indexer()
        return shown

    async def update(self, slug: str, changes: CharacterUpdate, caller: Caller) -> CharacterOut:
        """Change the given fields; a change of the lines that it plays requests a new index."""
        async with self._database.write() as session:
            character = await get_own_character(session, slug, caller)
            await self._change(session, character, changes)
            record_change(session, character, caller, *changes.model_fields_set)
            shown = await self._present(session, character)
        self._wake_indexer()
        return shown

    async def publish(self, slug: str, caller: Caller, *, published: bool) -> CharacterOut:
        """Publish a character, or withdraw it."""
        async with self._database.write() as session:
            character = await get_own_character(session, slug, caller)
            character.published = published
            action: Action = "character_published" if published else "character_unpublished"
            record(session, caller.actor, action, target_of(character))
            character.updated_at = utc_now()
            return await self._present(session, character)

    async def restore(self, slug: str, caller: Caller) -> CharacterOut:
        """Restore a deleted character; its index is brought up to date.

        Raises :class:`~app.errors.NotFoundError` (``character_not_found``) where none of this slug
        can be restored.
        """
        async with self._database.write() as session:
            repository = CharacterRepository(session)
            character = await repository.by_slug(slug, deleted=True) if is_storable(slug) else None
            if character is None:
                raise NotFoundError(
                    "character_not_found", f"No deleted character is called “{slug[:80]}”."
                )
            check_own(character, caller)
            character.deleted_at = None
            record(session, caller.actor, "character_restored", target_of(character))
            await self._request_index(session, character)
            shown = await self._present(session, character)
        self._wake_indexer()
        return shown

    async def reindex(self, slug: str, caller: Caller) -> CharacterOut:
        """Request a new index."""
        async with self._database.write() as session:
            character = await get_own_character(session, slug, caller)
            await self._request_index(session, character)
            shown = await self._present(session, character)
        self._wake_indexer()
        return shown

    async def _change(
        self, session: AsyncSession, character: Character, changes: CharacterUpdate
    ) -> None:
        given = changes.model_dump(exclude_unset=True, exclude={"sampling", "retrieval"})
        before = (character.name, list(character.speakers))
        for name, value in given.items():
            if value is not None or name == "profile_scenes":
                setattr(character, name, value)
        if changes.sampling is not None:
            character.sampling = changes.sampling.model_dump(exclude_none=True)
        character.speakers = played_speakers(character.name, character.aliases, character.speakers)
        if character.scripts:
            character.lines = check_speakers(character.speakers, speaker_lines(character.scripts))
        character.updated_at = utc_now()
        if changes.retrieval is not None:
            character.retrieval = None if changes.retrieval == "default" else changes.retrieval
        lacks_reply_index = changes.retrieval is not None and character.reply_index_version is None
        if (character.name, character.speakers) != before or lacks_reply_index:
            await self._request_index(session, character)

    async def _request_index(self, session: AsyncSession, character: Character) -> None:
        await request_index(session, character.id)
        if character.index_version is None:
            character.status = "indexing"
            character.error = None

    async def _present(self, session: AsyncSession, character: Character) -> CharacterOut:
        await session.flush()
        jobs = await CharacterRepository(session).jobs([character.id])
        return present(character, jobs.get(character.id))


async def present_all(
    session: AsyncSession, characters: Sequence[Character], *, reader: str | None
) -> list[CharacterOut]:
    """Return characters as the API shows them, their jobs fetched in one query.

    ``reader``: the owner of the conversations of who reads them, from whom later scenes are kept;
    None: someone who may change them.
    """
    jobs: dict[UUID, IndexJob] = await CharacterRepository(session).jobs(
        [character.id for character in characters]
    )
    shown = [present(character, jobs.get(character.id)) for character in characters]
    return shown if reader is None else await limit_to_read(session, reader, shown)
