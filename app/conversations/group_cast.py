"""Find the characters that play in an imported group: by their names, or as the user says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.catalog.read_so_far import unmet_characters
from app.catalog.slugs import slugify
from app.catalog.visibility import talkable_by
from app.conversations.lookup import get_talkable
from app.conversations.participants import NAME_CHARACTERS, distinct_name
from app.conversations.stage_schemas import MOST_PARTICIPANTS
from app.db.ids import new_id
from app.db.models import Character
from app.errors import InvalidError

CastChoice = Mapping[str, str | None]
"""The slug of the character that plays a name of the log; None: its lines stay, without one."""
_MOST_NAMES = 64
"""Most names of a log; several may be one character's."""
_NAMED = 20
"""Most names that an error lists."""


@dataclass(frozen=True, slots=True)
class CastPart:
    """Hold a participant of a stage that is imported."""

    id: UUID
    name: str
    character: UUID | None


async def find_characters(
    session: AsyncSession, caller: Caller, names: Sequence[str], chosen: CastChoice
) -> dict[str, Character | None]:
    """Return who plays each of the ``names`` of a log.

    The caller's own characters come before others of the same name, and those behind the caller's
    bookmark are not among them. Raises :class:`~app.errors.ConflictError` (``not_met_yet``) where
    there is no other; :class:`~app.errors.InvalidError` (``unmatched_names``) where none, or
    several, have a name, (``no_cast``) where no character plays, (``stage_full``); and what
    looking up a chosen one raises.
    """
    if len(names) > _MOST_NAMES:
        raise InvalidError(
            "stage_full", f"{len(names):,} names speak in this chat; {_MOST_NAMES} may."
        )
    found: dict[str, Character | None] = {}
    unknown: list[str] = []
    choices: dict[str, list[str]] = {}
    for name in names:
        if name in chosen:
            slug = chosen[name]
            played = None if slug is None else await get_talkable(session, slug, caller.owner)
            found[name] = played
            continue
        named = await _named(session, caller, name)
        unmet = await unmet_characters(session, caller.owner, named)
        met = [each for each in named if each.id not in unmet] or named[:1]
        if len(met) == 1:
            found[name] = await get_talkable(session, met[0].slug, caller.owner)
        else:
            unknown.append(name)
            if met:
                choices[name] = [each.slug for each in met]
    if unknown:
        raise _unmatched(unknown, choices)
    if not any(found.values()):
        raise InvalidError("no_cast", "No character plays in this chat. Name one in `cast`.")
    return found


def parts_of(found: Mapping[str, Character | None], user_name: str) -> dict[str, CastPart]:
    """Return the participants by their names in the log; one character is one participant.

    None has the name of another, or of the user.
    Raises :class:`~app.errors.InvalidError` (``stage_full``).
    """
    by_character: dict[UUID, CastPart] = {}
    parts: dict[str, CastPart] = {}
    for name, character in found.items():
        known = None if character is None else by_character.get(character.id)
        if known is not None:
            parts[name] = known
            continue
        shown = name if character is None else character.name
        taken = [user_name, *(part.name for part in parts.values())]
        own = CastPart(new_id(), distinct_name(shown, taken), character.id if character else None)
        parts[name] = own
        if character is not None:
            by_character[character.id] = own
    distinct = {part.id for part in parts.values()}
    if len(distinct) > MOST_PARTICIPANTS:
        raise InvalidError(
            "stage_full",
            f"{len(distinct)} take part in this chat: {_quoted(parts)}. A stage has room for"
            f" {MOST_PARTICIPANTS}. Let one character play several of the names in `cast`.",
        )
    return parts


async def _named(session: AsyncSession, caller: Caller, name: str) -> list[Character]:
    """Return the characters with this name that come first, those of the caller's own."""
    lowered = func.lower(Character.name).in_({name.lower(), name.strip().lower()})
    rows = await session.scalars(
        select(Character)
        .where(
            Character.deleted_at.is_(None),
            talkable_by(caller.owner),
            or_(Character.name == name, lowered, Character.slug == slugify(name)),
        )
        .order_by(Character.id)
        .limit(_NAMED)
    )
    named = list(rows)
    own = [each for each in named if each.owner and each.owner in (caller.owner, caller.maker)]
    return own or named


def _unmatched(names: Sequence[str], choices: Mapping[str, Sequence[str]]) -> InvalidError:
    said = [f"{name} may be {_quoted(slugs)}" for name, slugs in choices.items()]
    missing = [name for name in names if name not in choices]
    if missing:
        said.append(f"you have no character called {_quoted(missing)}")
    example = names[0].replace('"', "'")
    return InvalidError(
        "unmatched_names",
        f"Say who plays whom in this chat: {'; '.join(said)}. Name the characters in `cast`, for"
        f' instance {{"{example}": "a-slug"}}; with null in place of a slug the lines stay, and'
        " no character has them.",
        names=list(names[:_NAMED]),
        choices=dict(choices),
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"“{name[:NAME_CHARACTERS]}”" for name in list(names)[:_NAMED])
