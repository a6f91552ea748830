"""Act as one user of the load, with resources of its own and one request at a time."""

import time
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import TypeVar

from fuzz.kills.api import Answer, Api, Upload
from fuzz.kills.facts import CharacterFact, ConversationFact, Fact, Key, Kind, MessageFact
from fuzz.kills.ledger import Ledger, Operation

F = TypeVar("F", bound=Fact)

_BUSY = {429, 503}
"""Statuses of an overloaded service; the client tries again later."""
NO_REPLY_YET = {"character_indexing", "character_changed"}
"""Codes of turns and completions to retry later: the index is being built."""
_HARMLESS = {"nothing_to_summarize"}
"""Codes of legitimate refusals: the visible branch may be short."""


class Client:
    """Hold the state that a client's actions share."""

    def __init__(self, number: int, seed: int, ledger: Ledger) -> None:
        self.mark = f"c{number}-"
        self.random = Random(f"{seed} {number}")
        self.ledger = ledger
        self._marks = 0
        self._api: Api | None = None

    @property
    def api(self) -> Api:
        """Return the API of the running service; it changes with every start."""
        assert self._api is not None  # noqa: S101 (actions run between starts and kills)
        return self._api

    def use(self, api: Api) -> None:
        """Switch to the API of a service that was started again."""
        self._api = api

    def next_mark(self) -> str:
        """Return a new mark, which makes the next text unique."""
        self._marks += 1
        return f"{self.mark}{self._marks}"

    def own(self, kind: Kind) -> list[str]:
        """Return the names of the client's resources of a kind."""
        return self.ledger.present(kind, self.mark)

    def pick(self, names: Sequence[str]) -> str | None:
        """Return a random name; None without any."""
        return self.random.choice(names) if names else None

    def fact(self, key: Key, kind: type[F]) -> F:
        """Return the fact of a resource that exists."""
        fact = self.ledger.facts[key]
        assert isinstance(fact, kind)  # noqa: S101 (keys and facts come in pairs)
        return fact

    def scripts(self, *, played: bool) -> list[str]:
        """Return the client's scripts that a character uses, or the others."""
        used = {
            title
            for name in self.own("character")
            for title in self.fact(("character", name), CharacterFact).scripts
        }
        return [title for title in self.own("script") if (title in used) == played]

    def conversations(self, *, deleted: bool = False) -> list[str]:
        """Return conversations that can go on and whose messages are all known.

        With ``deleted``, return deleted ones instead.
        """
        found = []
        for name in self.own("conversation"):
            fact = self.fact(("conversation", name), ConversationFact)
            character = self.fact(("character", fact.character), CharacterFact)
            known = not self.ledger.unseen.get(name)
            if fact.deleted == deleted and character.published and known:
                found.append(name)
        return found

    async def change(
        self,
        what: str,
        changes: Mapping[Key, Fact | None],
        request: tuple[str, str],
        *,
        body: object = None,
        form: Mapping[str, str | Upload] | None = None,
        unnamed: tuple[str, ...] = (),
    ) -> Answer | None:
        """Request ``changes``, note the outcome, and return the answer; None where refused.

        Raises :class:`~fuzz.kills.api.ServiceGoneError`, which leaves the outcome open.
        """
        operation = self.ledger.begin(what, changes, unnamed)
        answer = await self.api.call(*request, json=body, form=form)
        if not answer.ok:
            self.refused(operation, answer)
            return None
        self.ledger.acknowledge(operation)
        return answer

    def refused(self, operation: Operation, answer: Answer) -> None:
        """Note the refusal of an operation."""
        self.ledger.refuse(operation, answer.code or str(answer.status))
        conversations = {self._conversation_of(*change) for change in operation.changes.items()}
        self.judge_refusal(operation.what, conversations, answer)

    def judge_refusal(self, what: str, conversations: Iterable[str], answer: Answer) -> None:
        """Note a fault where a refusal, about these conversations, is not legitimate."""
        if answer.status in _BUSY or answer.code in _HARMLESS | NO_REPLY_YET:
            return
        if answer.code == "turn_in_progress" and any(map(self._may_be_locked, conversations)):
            return
        names = ", ".join(filter(None, conversations))
        text = f"{what} ({names or self.mark}): {answer.status} {answer.body}"
        self.ledger.blame("refused", text[:500])

    def _may_be_locked(self, conversation: str) -> bool:
        """Return whether an interrupted turn may still hold the conversation."""
        return time.monotonic() < self.ledger.interrupted.get(conversation, 0.0)

    def _conversation_of(self, key: Key, fact: Fact | None) -> str:
        known = fact or self.ledger.facts.get(key)
        if isinstance(known, MessageFact):
            return known.conversation
        return key[1] if key[0] == "conversation" else ""
