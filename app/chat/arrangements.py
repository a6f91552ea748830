"""Which examples stand behind the newest reply, in the order of its prompt."""

from collections import OrderedDict
from collections.abc import Sequence
from uuid import UUID

from app.conversations.repository import ConversationRepository
from app.db.models import Message

_REMEMBERED = 2_000


class Arrangements:
    """Known of replies that this process wrote lately, and read of all others.

    Another process may have gone on with a reply since: then its examples keep their places a
    little less well, which costs the engine's cache a little and nothing else.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[UUID, list[int]] = OrderedDict()

    def keep(self, reply_id: UUID, ids: list[int]) -> None:
        """Of a reply that is being stored."""
        self._known[reply_id] = ids
        self._known.move_to_end(reply_id)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def of(self, repository: ConversationRepository, branch: Sequence[Message]) -> list[int]:
        """Ids of the examples behind the newest reply of a branch."""
        reply = next((said for said in reversed(branch) if said.role == "assistant"), None)
        if reply is None:
            return []
        if (known := self._known.get(reply.id)) is not None:
            return known
        await repository.load_records(reply)
        examples = [used for used in reply.examples if used.get("kind", "example") == "example"]
        return [used["id"] for used in sorted(examples, key=lambda used: used.get("place", 0))]
