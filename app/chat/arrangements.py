"""Which examples prompts lately showed, in which order: those keep their places."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence

from app.conversations.repository import ConversationRepository
from app.db.models import Message

_REMEMBERED = 2_000


class Arrangements:
    """Of the prompts of this process, by what tells the next turn that it follows on one."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, list[int]] = OrderedDict()

    def keep(self, key: Hashable, ids: list[int]) -> None:
        """Ids of the examples, in the order of the prompt."""
        self._known[key] = ids
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def get(self, key: Hashable) -> list[int] | None:
        """None of a prompt that nobody remembers."""
        return self._known.get(key)


async def arranged_behind(
    branch: Sequence[Message], known: Arrangements, repository: ConversationRepository
) -> list[int]:
    """Ids of the examples behind the newest reply: known, or read where it was stored.

    Another process may have gone on with a reply since: then its examples keep their places a
    little less well, which costs the engine's cache a little and nothing else.
    """
    reply = next((said for said in reversed(branch) if said.role == "assistant"), None)
    if reply is None:
        return []
    if (ids := known.get(reply.id)) is not None:
        return ids
    await repository.load_records(reply)
    examples = [used for used in reply.examples if used.get("kind", "example") == "example"]
    return [used["id"] for used in sorted(examples, key=lambda used: used.get("place", 0))]
