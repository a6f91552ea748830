"""Find the character or speaker whose profile is drafted, and its material in the scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.bookmarks.reading import readable_until, readings
from app.casting.repository import sample_scenes
from app.casting.schemas import DraftRequest
from app.catalog.service import check_speakers, get_character, played_speakers
from app.db.models import Script, speaker_lines
from app.errors import ConflictError
from app.scripts.service import get_script
from characters.language import Language, prompt_language
from characters.profiles import ProfileMaterial, gather

_SCENES = 400
"""Approximate number of the subject's scenes that its lines are chosen from."""


@dataclass(frozen=True, slots=True)
class DraftSubject:
    """Identify the character whose profile is drafted."""

    name: str
    names: Sequence[str]
    """Every name that others may call it by."""
    speakers: Sequence[str]
    language: Language
    scripts: Sequence[Script]
    read: Mapping[UUID, int]
    """How many scenes are read for it, by script, where not all are."""

    @property
    def scenes(self) -> int:
        """How many scenes of the scripts, in their order, its profile is made of."""
        return sum(self.read.get(script.id, script.scenes) for script in self.scripts)


async def subject_of_character(session: AsyncSession, slug: str, *, viewer: Caller) -> DraftSubject:
    """Return a character. Raises if it does not exist, or has no line in its scripts."""
    character = await get_character(session, slug, viewer=viewer)
    check_speakers(character.speakers, speaker_lines(character.scripts))
    reading = (await readings(session, viewer.owner, [character.id])).get(character.id)
    return DraftSubject(
        name=character.name,
        names=[character.name, *character.aliases, *character.speakers],
        speakers=character.speakers,
        language=prompt_language(character.language),
        scripts=character.scripts,
        read={} if reading is None else reading.read_of_each(),
    )


async def subject_of_script(
    session: AsyncSession, id: UUID, wanted: DraftRequest, *, viewer: Caller
) -> DraftSubject:
    """Return a speaker of a script. Raises if its names have no line in it."""
    script = await get_script(session, id, viewer=viewer)
    speakers = played_speakers(wanted.name, (), wanted.speakers)
    check_speakers(speakers, speaker_lines([script]))
    until = await readable_until(session, viewer.owner, script)
    return DraftSubject(
        name=wanted.name,
        names=[wanted.name, *speakers],
        speakers=speakers,
        language=wanted.language or prompt_language(script.language),
        scripts=[script],
        read={} if until is None else {script.id: until},
    )


async def read_material(session: AsyncSession, subject: DraftSubject) -> ProfileMaterial:
    """Gather material from a sample of scenes that is large enough for the subject's own lines.

    Raises :class:`~app.errors.ConflictError` if its lines are gone.
    """
    scenes = []
    for script in subject.scripts:
        own = sum(each["scenes"] for each in script.speakers if each["name"] in subject.speakers)
        share = _SCENES / max(1, own * len(subject.scripts))
        async for part in sample_scenes(session, script, share, subject.read.get(script.id)):
            scenes += [
                scene
                for scene in part
                if any(line.speaker in subject.speakers for line in scene.lines)
            ]
    material = gather(scenes, frozenset(subject.speakers), frozenset(subject.names))
    if not material.lines and subject.read:
        raise ConflictError(
            "not_met_yet", f"{subject.name} first speaks behind your bookmark. Read on first."
        )
    if not material.lines:
        raise ConflictError("script_changed", "The script was replaced meanwhile. Try again.")
    return material
