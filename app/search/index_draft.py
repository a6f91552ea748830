"""Hold the rows of a new index version until it is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.db.base import utc_now
from app.db.models import Character, Script, StoredReplyIndex, speaker_lines
from characters.passages.examples import ExampleSet

MOST_OTHERS = 64
"""Other speakers whose names stop a reply: those with the most lines."""


@dataclass(slots=True)
class IndexDraft:
    """Hold an index version that is built but not yet in use."""

    version: UUID
    embedder: str
    scripts: Sequence[Script]
    examples: ExampleSet
    signature: str
    """The character's signature line; empty where none is fit."""
    reply_index: StoredReplyIndex | None = None

    def apply_to(self, character: Character) -> None:
        """Make this version the character's index, and update the counts derived from it."""
        character.index_version = self.version
        character.reply_index_version = self.reply_index.version if self.reply_index else None
        character.selection_version = None  # what older releases have is of other lines
        character.embedder = self.embedder
        character.status = "ready"
        character.error = None
        character.signature = self.signature
        character.examples = len(self.examples.examples)
        # Another upload may have changed the scripts since the character was created.
        spoken = speaker_lines(self.scripts)
        character.lines = sum(spoken.get(name, 0) for name in character.speakers)
        others = [name for name in spoken if name not in character.speakers]
        character.others = others[:MOST_OTHERS]
        character.dropped = {str(why): n for why, n in self.examples.count_dropped().items()}
        character.updated_at = utc_now()
