"""Keep which of several replies a user went on from."""

import structlog

from app.conversations.ratings import followed_choice, keep_choice
from app.db.errors import DATABASE_ERRORS, reason_of
from app.db.session import Database
from app.settings import SignalRule
from app.turns.turn import Turn

log = structlog.get_logger(__name__)


class Choices:
    """Notice choices after turns, while no listener waits."""

    def __init__(self, database: Database, rule: SignalRule) -> None:
        self._database = database
        self._rule = rule

    async def notice(self, turn: Turn) -> None:
        """Keep what the user chose by the message that a turn answered.

        A choice that cannot be stored is logged and lost: it delays no reply.
        """
        if self._rule == "off" or turn.continues is not None or turn.follows_choice is False:
            return
        try:
            async with self._database.read() as session:
                choice = await followed_choice(
                    session, self._rule, turn.conversation_id, turn.parent_id
                )
            if choice is None:
                return
            owner, reply = choice
            async with self._database.write() as session:
                await keep_choice(session, self._rule, turn.conversation_id, owner, reply)
        except DATABASE_ERRORS as error:
            log.warning("choice_not_kept", reason=reason_of(error))
