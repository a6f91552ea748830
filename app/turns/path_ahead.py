"""Read the path of a stage before the turn has the conversation, and once only.

Who speaks is chosen from it, and the prompt is made of it, unless it changed in between.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.conversations.branch_path import BranchPath
from app.conversations.branch_repository import BranchRepository
from app.db.models import Conversation
from app.turns.store import Claim


class PathAhead(NamedTuple):
    """Hold a path, and what shows whether it is still the same."""

    path: BranchPath
    leaf: UUID | None
    at: datetime | None
    """When the conversation had changed last; None while a turn ran, which changes its reply."""


async def read_path(
    session: AsyncSession, conversation: Conversation, leaf: UUID | None
) -> PathAhead:
    """Return the path from the root to ``leaf``."""
    path = await BranchRepository(session, conversation.id).path(leaf, None)
    at = conversation.updated_at if conversation.turn_id is None else None
    return PathAhead(path, leaf, at)


async def path_now(claim: Claim, read: PathAhead, leaf: UUID | None) -> BranchPath:
    """Return the path to ``leaf``, read again only where it may have changed.

    Whatever changes a text notes the time in the conversation, or is a turn.
    """
    if (read.leaf, read.at) == (leaf, claim.conversation.updated_at):
        return read.path
    return await claim.branches.path(leaf, None)
