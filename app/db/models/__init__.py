"""Every table; importing this package completes the metadata."""

from app.db.models.admin_key import AdminKey
from app.db.models.character import Character, CharacterScript, Example, IndexJob, KeyVector
from app.db.models.conversation import Conversation, Message
from app.db.models.milestone import Milestone
from app.db.models.script import Script, StoredScene

__all__ = [
    "AdminKey",
    "Character",
    "CharacterScript",
    "Conversation",
    "Example",
    "IndexJob",
    "KeyVector",
    "Message",
    "Milestone",
    "Script",
    "StoredScene",
]
