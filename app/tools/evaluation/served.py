"""Measure what the prompts of turns show: packed, laid out and composed as the service does."""

from dataclasses import dataclass, field

from app.engines.port import Limits
from app.likelihood.prompts import history_of
from app.search.benchmark.corpus import Fold
from app.search.benchmark.fold_index import fold_index
from app.search.benchmark.modes import Calibrations, Packed, Shown
from app.search.reply_indexes import ReplyIndex
from app.search.reply_texts import candidates
from app.search.retriever import CANDIDATES, RankedReplies
from app.settings import PromptSettings, RetrievalSettings
from app.turns.dialogue_context import DialogueContext
from app.turns.packing import block_span
from app.turns.prompt_budget import budget_of
from app.turns.prompt_context import open_context
from app.turns.prompt_draft import draft_prompt
from app.turns.shown_examples import earlier_examples, pack_beside
from app.turns.token_counts import TokenCounts
from characters.language import detect_language
from characters.prompting import SEPARATOR, Persona
from retrieval.ranking.weights import Weights

SERVED = ("served", "served_later")
"""Modes of this module: the first prompt of a conversation, and the prompts of one that goes on
through the questions of a scene."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """Hold the settings and the engine's limits that decide what a prompt shows."""

    limits: Limits
    retrieval: RetrievalSettings
    prompt: PromptSettings


class Served:
    """Select what a turn's prompt shows in the mode ``selector`` with the settings' layout.

    The budget is the setting ``retrieval.example_tokens``. In a conversation that goes on, each
    question finds the examples of the one before it in the scene in their places.
    """

    def __init__(self, options: ServiceOptions, weights: Weights, *, continues: bool) -> None:
        self._options = options
        self._weights = weights
        self._continues = continues
        self._calibrations = Calibrations()
        self._ranker = Packed("selector", weights, self._calibrations)
        self._stores: dict[Fold, _Store] = {}

    def __call__(self, fold: Fold, question: int, budget: int) -> Shown:
        asked = fold.questions[question]
        store = self._stores.get(fold)
        if store is None:
            calibration = self._calibrations.of(fold, self._weights)
            store = _Store(fold_index(fold, calibration), _persona(fold))
            self._stores[fold] = store
        key = asked.scene, budget
        order = store.orders.get(key, []) if self._continues else []
        store.orders[key] = order = self._examples(fold, question, budget, store, order)
        spans = filter(None, map(block_span, order))
        shown = filter(None, map(fold.shown, spans))
        return frozenset().union(*map(fold.own, shown))

    def _examples(
        self, fold: Fold, question: int, budget: int, store: "_Store", order: list[int]
    ) -> list[int]:
        """Return the ids of the examples that the prompt shows, in its order."""
        limits, layout = self._options.limits, self._options.prompt.layout
        settings = self._options.retrieval.model_copy(update={"example_tokens": budget})
        allotted = budget_of(limits, limits.sampling, 1.0)
        dialogue = DialogueContext(
            persona=store.persona,
            history=history_of(fold.questions[question].dialogue, fold.subject),
        )
        context = open_context(dialogue, (), allotted)
        frame = draft_prompt(limits, context)
        counts = store.counts(fold, frame.pieces())
        ranked = self._ranked(fold, question, store)
        kept = order if layout == "cached" else []
        packed = pack_beside(frame, ranked, counts, allotted, limits, settings, kept)
        earlier = None
        if layout == "cached":
            earlier = earlier_examples(kept, packed.found, packed, settings)
        draft = draft_prompt(
            limits, context, packed.found, earlier, best_last=layout == "best_last"
        )
        counts |= store.counts(fold, [text for text in draft.pieces() if text not in counts])
        prompt = draft.fit(counts.__getitem__, allotted.unreserved)
        offered = [*packed.found.examples, *packed.found.others]
        return [offered[number].id for number in prompt.examples_shown]

    def _ranked(self, fold: Fold, question: int, store: "_Store") -> RankedReplies:
        ranking = self._ranker.ranking(fold, question)
        return RankedReplies(
            reply_index=store.index,
            ranking=ranking,
            candidates=candidates(fold.cut, ranking, CANDIDATES),
            mode="selector",
            until_scene=None,
            lines=store.index.lines,
            overheard=(),
        )


@dataclass(frozen=True, slots=True)
class _Store:
    """Hold a fold's reply index, as a turn finds it, and the previous prompts of conversations."""

    index: ReplyIndex
    persona: Persona
    orders: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    """Ids of the examples of the newest prompt, by scene and budget."""
    lines: TokenCounts = field(default_factory=dict)

    def counts(self, fold: Fold, texts: list[str]) -> TokenCounts:
        """Return the tokens of these texts, of the separator and of every line."""
        if not self.lines:
            every = [f"{line}\n" for lines in self.index.scenes.values() for line in lines]
            self.lines.update((text, fold.costs.of(text)) for text in (*every, SEPARATOR))
        fold.costs.add(texts)
        return self.lines | {text: fold.costs.of(text) for text in texts}


def _persona(fold: Fold) -> Persona:
    language = detect_language(line.text for scene in fold.scenes for line in scene.lines)
    return Persona(fold.subject.name, fold.subject.profile, language)
