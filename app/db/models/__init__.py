"""Define every table; importing this package completes the metadata."""

from app.db.models.adapter import Adapter, AdapterAudition
from app.db.models.audit import AuditEntry, Erasure
from app.db.models.audition import Audition
from app.db.models.blob import Blob
from app.db.models.bookmark import Bookmark
from app.db.models.card import Avatar, CardFile, Picture, StoredCard
from app.db.models.character import (
    Character,
    CharacterGuest,
    CharacterScript,
    Example,
    IndexJob,
    KeyVector,
    UncheckedVector,
)
from app.db.models.character_text import CharacterText
from app.db.models.conversation import Conversation, Message, MessagePrompt
from app.db.models.count import ConversationCount, CountChange, KeptCount
from app.db.models.favourite import Favourite
from app.db.models.followed_turn import FollowedTurn
from app.db.models.key import ApiKey, Login, ServerSecret
from app.db.models.likelihood_audition import LikelihoodAudition
from app.db.models.lorebook import StoredLorebook
from app.db.models.memory import StoredMemory
from app.db.models.milestone import Milestone
from app.db.models.openid import OpenIDFlow, PersonLink, SignUpCount
from app.db.models.person import Invitation, Person
from app.db.models.quota import QuotaAccount, QuotaReservation, UsageDay
from app.db.models.rehearsed_line import RehearsedLine
from app.db.models.reply_index import (
    ExampleIndex,
    IndexSpace,
    LegacyReplyIndex,
    StoredReplyIndex,
)
from app.db.models.report import ModerationFinding, Report, ReportEntry, WithheldText
from app.db.models.scene_memory import SceneMemoryJob, StoredSceneMemory
from app.db.models.script import Script, SpeakerLines, StoredScene, speaker_lines
from app.db.models.signal import Signal, SignalConsent
from app.db.models.stage import Participant, StagedScene, StageLine
from app.db.models.user_persona import UserPersona

__all__ = [
    "Adapter",
    "AdapterAudition",
    "ApiKey",
    "AuditEntry",
    "Audition",
    "Avatar",
    "Blob",
    "Bookmark",
    "CardFile",
    "Character",
    "CharacterGuest",
    "CharacterScript",
    "CharacterText",
    "Conversation",
    "ConversationCount",
    "CountChange",
    "Erasure",
    "Example",
    "ExampleIndex",
    "Favourite",
    "FollowedTurn",
    "IndexJob",
    "IndexSpace",
    "Invitation",
    "KeptCount",
    "KeyVector",
    "LegacyReplyIndex",
    "LikelihoodAudition",
    "Login",
    "Message",
    "MessagePrompt",
    "Milestone",
    "ModerationFinding",
    "OpenIDFlow",
    "Participant",
    "Person",
    "PersonLink",
    "Picture",
    "QuotaAccount",
    "QuotaReservation",
    "RehearsedLine",
    "Report",
    "ReportEntry",
    "SceneMemoryJob",
    "Script",
    "ServerSecret",
    "SignUpCount",
    "Signal",
    "SignalConsent",
    "SpeakerLines",
    "StageLine",
    "StagedScene",
    "StoredCard",
    "StoredLorebook",
    "StoredMemory",
    "StoredReplyIndex",
    "StoredScene",
    "StoredSceneMemory",
    "UncheckedVector",
    "UsageDay",
    "UserPersona",
    "WithheldText",
    "speaker_lines",
]
