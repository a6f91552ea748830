"""Make the rows of a dataset: of scripts, then of signals, a row at a time."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID

from app.engines.port import ChatEngine, Limits, ScoringEngine
from app.search.benchmark.folds import LEAST_LETTERS, spoken_letters
from app.settings import Settings
from app.tools.bench.in_process import Say
from app.tools.datasets.asking import Answers
from app.tools.datasets.composing import Composed, Composing, SourceComposer
from app.tools.datasets.errors import DatasetError
from app.tools.datasets.filters import Repeats, is_pair, is_plausible
from app.tools.datasets.folder import DatasetFolder
from app.tools.datasets.from_signals import SignalPlan, signal_rows
from app.tools.datasets.pairs import PairMaker
from app.tools.datasets.plan import DatasetPlan
from app.tools.datasets.replies import choose_replies
from app.tools.datasets.rewards import RewardFilter
from app.tools.datasets.rows import OF_LINES, Row, Source
from app.tools.datasets.sources import ScriptSource
from app.tools.datasets.splitting import Split
from app.tools.datasets.tally import REASONS, Tally
from app.turns.prompt_sources import outline_of

_OF_SIGNALS: tuple[Source, ...] = ("edits", "choices", "good")


@dataclass(slots=True, kw_only=True)
class Maker:
    """Make the rows of scripts and signals, write them, and count them."""

    plan: DatasetPlan
    settings: Settings
    say: Say
    composing: Composing
    engine: ChatEngine | None
    answering: Limits
    """Of the engine that counts, scores and answers."""
    answers: Answers
    folder: DatasetFolder
    reward: RewardFilter | None = None
    tally: Tally = field(default_factory=Tally)
    repeats: Repeats = field(default_factory=Repeats)
    signal_models: set[str] = field(default_factory=set)
    people: int = 0

    @property
    def counter(self) -> ScoringEngine:
        return self.composing.engine

    async def add_source(self, source: ScriptSource, split: Split, number: int) -> None:
        """Write the rows of one character's lines."""
        plan, subject = self.plan, source.subject
        drop = partial(self.tally.drop, _source_of_lines(plan))
        composer = SourceComposer(source, self.composing, self.tally, drop, self.say)
        if plan.kind == "dpo" and "instruction" in plan.sources and plan.questions:
            await self._add_questions(composer, split, number)
        wanted = {*plan.sources} & {*OF_LINES}
        if plan.questions:
            wanted.discard("instruction")
        if not wanted or (plan.kind == "dpo" and not plan.generate):
            return
        bounds = plan.bounds if plan.kind == "sft" else replace(plan.bounds, most=plan.generate)
        replies = await choose_replies(subject, bounds, self.counter, drop)
        self.say(f"{subject.name}: {len(replies)} lines answer another's; composing their prompts.")
        async for composed in composer.compose(split, number, replies):
            async for row in self._rows(composed):
                await self._add(row)
            self.tally.measure("prompt", outline_of(composed.prepared).tokens)

    async def add_signals(self, sources: Sequence[ScriptSource], split: Split | None) -> None:
        """Write the rows of people's signals."""
        wanted = [each for each in self.plan.sources if each in _OF_SIGNALS]
        if not wanted:
            return
        if self.settings.learning.signals == "off":
            self.say("OFFBOOK_LEARNING__SIGNALS is off: no signals are read.")
            return
        ids = [source.character_id for source in sources if source.character_id is not None]
        if self.plan.wanted.what and not ids:
            if sources:
                self.say("Characters of files have no conversations: no signals are read.")
            return
        plan = SignalPlan(
            kind=self.plan.kind,
            sources=wanted,
            layout=self.composing.layout,
            validation=self.plan.validation,
            seed=self.plan.seed,
            characters=ids or None,
            held_out=_held_out_lines(sources, split) if split is not None else {},
        )
        async for row in signal_rows(self.settings, plan, self.tally, self.signal_models):
            self.people += await self._add(row)

    def check_not_empty(self) -> None:
        """Raise :class:`~app.tools.datasets.errors.DatasetError` without a row to train on."""
        if self.tally.of_side("train"):
            return
        reasons = [
            f"{number} {source}: {REASONS[reason]}"
            for (source, reason), number in self.tally.drops.most_common()
        ]
        why = "; ".join(reasons) if reasons else "nothing was found in the sources"
        raise DatasetError(f"There is no row to train on. {why[0].upper()}{why[1:]}.")

    async def _rows(self, composed: Composed) -> AsyncIterator[Row]:
        """Yield the rows of a line of the script."""
        plan = self.plan
        if plan.kind == "sft":
            if await self._is_plausible(composed):
                yield composed.row("scripts", composed.answer)
            return
        pairs = self._pairs()
        if "model" in plan.sources:
            yield await pairs.over_own(composed)
        if "instruction" in plan.sources and not plan.questions:
            yield await pairs.instructed(composed)

    async def _add_questions(self, composer: SourceComposer, split: Split, number: int) -> None:
        asked = await composer.ask(split, number, self.plan.questions)
        if not asked:
            self.tally.drop("instruction", "no_other_scene", len(self.plan.questions))
            return
        async for row in self._pairs().of_questions(asked):
            await self._add(row)

    async def _is_plausible(self, composed: Composed) -> bool:
        least = self.plan.least_likelihood
        if least is None or self.engine is None:
            return True
        return await is_plausible(
            composed, least, self.answers, self.engine, self.answering, self.tally
        )

    def _pairs(self) -> PairMaker:
        if self.engine is None:
            raise DatasetError("An engine is needed for the model's own answers.")
        return PairMaker(
            plan=self.plan,
            engine=self.engine,
            limits=self.answering,
            answers=self.answers,
            say=self.say,
        )

    async def _add(self, row: Row) -> bool:
        """Write a row if it teaches anything; return whether it was written."""
        if not is_pair(row, self.tally):
            return False
        if not self.repeats.is_new(row):
            self.tally.drop(row.source, "duplicate")
            return False
        if self.reward is not None and not await self.reward.passes(row, self.tally):
            return False
        self.folder.add(row)
        self.tally.count(row)
        return True


def _source_of_lines(plan: DatasetPlan) -> Source:
    """Return the source that lines of scripts are counted under."""
    return next((source for source in OF_LINES if source in plan.sources), "scripts")


def _held_out_lines(sources: Sequence[ScriptSource], split: Split) -> Mapping[UUID, frozenset[str]]:
    """Return the letters of each character's held-out lines that the training does not have."""
    found: dict[UUID, frozenset[str]] = {}
    for number, source in enumerate(sources):
        if source.character_id is None:
            continue
        said = {
            side: {
                spoken_letters(line.text)
                for at in split.scenes_of(number, side)
                for line in source.subject.scenes[at].lines
            }
            for side in ("train", "validation")
        }
        lines = said["validation"] - said["train"]
        found[source.character_id] = frozenset(each for each in lines if len(each) >= LEAST_LETTERS)
    return found
