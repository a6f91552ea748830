"""Load what is measured: a character's scenes, and the vectors that indexing stored."""

import asyncio
import contextlib
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.db.models import Character
from app.db.scenes import SceneRepository
from app.db.session import Database
from app.errors import InvalidError
from app.search.benchmark.corpus import LEAST_REPLIES, BenchmarkCharacter, texts_of
from app.search.benchmark.errors import EvaluationError
from app.search.passage_embedding import PassageEmbedder
from app.search.reply_indexes import embedded_texts, parts_of
from app.search.repository import IndexedCharacterRepository
from app.search.space_repository import SpaceRepository
from app.search.spaces import Space
from app.turns.dialogue_context import persona_of
from retrieval.embedding.port import Embedder, Vectors
from retrieval.errors import DamagedIndexError

_USER = "user"
"""Name that macros in a profile stand for."""


def check_enough(character: Character) -> None:
    """Raise :class:`~app.errors.InvalidError` (``too_few_lines``) where none can be held out."""
    if character.lines < LEAST_REPLIES:
        raise InvalidError(
            "too_few_lines",
            f"{character.name} says {character.lines} lines in its scripts; {LEAST_REPLIES} are "
            "needed to hold some out.",
            lines=character.lines,
            least=LEAST_REPLIES,
        )


async def load_subject(
    session: AsyncSession, character_id: UUID, query_length: int
) -> BenchmarkCharacter:
    """Return a character with all its scenes, the profile as its prompts show it.

    Raises :class:`~app.search.benchmark.errors.EvaluationError` where it does not exist.
    """
    character = await IndexedCharacterRepository(session).get(character_id)
    if character is None:
        raise EvaluationError("The character was deleted meanwhile.")
    revisions = [script.revision for script in character.scripts]
    persona, own = persona_of(character, _USER), frozenset(character.speakers)
    session.expunge_all()
    scenes = [scene async for scene in SceneRepository(session).stream(revisions)]
    return BenchmarkCharacter(
        scenes, persona.name, own, persona.profile, query_length, persona.language
    )


async def stored_vectors(
    database: Database,
    keys: PassageEmbedder,
    embedder: Embedder,
    character_id: UUID,
    subject: BenchmarkCharacter,
) -> Mapping[str, Vectors]:
    """Return the vectors that indexing has stored, so that only queries must be embedded."""
    texts = await asyncio.to_thread(texts_of, subject)
    known = await keys.vectors(texts)
    async with database.read() as session:
        space = Space.of(embedder.model_id)
        stored = await SpaceRepository(session, space).reply_index(character_id)
    if stored is None:
        return known
    with contextlib.suppress(DamagedIndexError):
        known |= await asyncio.to_thread(embedded_texts, parts_of(stored), embedder.dimension)
    return known
