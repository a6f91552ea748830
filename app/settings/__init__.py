"""Hold all settings: the only reader of the environment.

A setting is ``OFFBOOK_`` plus its path with double underscores, for instance
``OFFBOOK_ENGINE__BASE_URL``. Command-line options of ``offbook serve`` win over the environment.
"""

from app.settings.adapters import AdapterSettings
from app.settings.audit import AuditSettings
from app.settings.blobs import BlobSettings, Place
from app.settings.conversations import ConversationSettings
from app.settings.engine import EngineSettings, JudgeSettings
from app.settings.environment import DatabaseSettings, Settings
from app.settings.learning import LearningSettings, SignalRule
from app.settings.limits import LimitSettings
from app.settings.moderation import ModerationSettings
from app.settings.openai_api import OpenAIApiSettings
from app.settings.openid import OpenIDSettings
from app.settings.quotas import QUOTA_NAMES, Quota, QuotaName, QuotaSettings
from app.settings.search import (
    EmbedderSettings,
    PromptSettings,
    RetrievalMode,
    RetrievalSettings,
)
from app.settings.server import AccessSettings, Role, ServerSettings
from app.settings.turn import TurnSettings

__all__ = [
    "QUOTA_NAMES",
    "AccessSettings",
    "AdapterSettings",
    "AuditSettings",
    "BlobSettings",
    "ConversationSettings",
    "DatabaseSettings",
    "EmbedderSettings",
    "EngineSettings",
    "JudgeSettings",
    "LearningSettings",
    "LimitSettings",
    "ModerationSettings",
    "OpenAIApiSettings",
    "OpenIDSettings",
    "Place",
    "PromptSettings",
    "Quota",
    "QuotaName",
    "QuotaSettings",
    "RetrievalMode",
    "RetrievalSettings",
    "Role",
    "ServerSettings",
    "Settings",
    "SignalRule",
    "TurnSettings",
]
