"""Make pairs with what the model writes: a true line or an instructed reply over its own."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from app.engines.port import ChatEngine, Limits
from app.tools.bench.in_process import Say
from app.tools.datasets.asking import Answers
from app.tools.datasets.composing import Composed
from app.tools.datasets.plan import DatasetPlan
from app.tools.datasets.rows import Row, Side

_REPORTED_EVERY = 20
"""Answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairMaker:
    """Let the engine answer prompts."""

    plan: DatasetPlan
    engine: ChatEngine
    limits: Limits
    """Of the engine that answers."""
    answers: Answers
    say: Say

    async def over_own(self, composed: Composed) -> Row:
        """Return the true line over the model's own reply. Raises the engine's errors."""
        own = await self._reply(composed)
        return composed.row("model", composed.answer, own)

    async def instructed(self, composed: Composed) -> Row:
        """Return the reply that the instruction shapes over the bare one, to the bare prompt.

        Raises the engine's errors.
        """
        shaped = await composed.instructed(self.plan.instruction)
        chosen = await self._reply(replace(composed, prepared=shaped))
        return composed.row("instruction", chosen, await self._reply(composed))

    async def of_questions(self, asked: Sequence[Composed]) -> AsyncIterator[Row]:
        """Yield the pairs of an operator's questions; the same question is on one side for all."""
        for composed, question in zip(asked, self.plan.questions, strict=True):
            asking = replace(composed, side=self._side(question), scene=f"question {question}")
            yield await self.instructed(asking)

    def _side(self, question: str) -> Side:
        drawn = random.Random(f"{self.plan.seed} {question}").random()  # noqa: S311
        return "validation" if drawn < self.plan.validation else "train"

    async def _reply(self, composed: Composed) -> str:
        before = self.answers.asked
        reply = await self.answers.reply(
            self.engine, self.limits, composed.prepared, composed.character, self.plan.seed
        )
        if self.answers.asked > before and self.answers.asked % _REPORTED_EVERY == 0:
            self.say(
                f"{self.answers.asked} answers written; they are kept, also if this is stopped."
            )
        return reply
