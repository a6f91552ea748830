"""Compose the prompt before a held-out reply, exactly as a turn would."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from app.db.models import Character
from app.engines.port import EnginePrompt, Limits, ScoringEngine
from app.likelihood.contexts import ContextName, FoldContexts
from app.search.benchmark.corpus import BenchmarkCharacter
from app.search.index_draft import MOST_OTHERS
from app.search.retriever import RankedReplies, SceneHits
from app.search.scene_memories import SceneMemoryHits
from app.settings import PromptSettings, RetrievalSettings
from app.turns.dialogue_context import DialogueContext
from app.turns.prepared_prompt import PreparedPrompt, PromptMaterial
from app.turns.prompt_composer import PromptComposer
from characters.language import Language, detect_language
from characters.prompting import Persona, Utterance, join_neighbours

HISTORY_LINES = 16
"""Most lines of the scene before the reply: longer scenes would cost the examples no more."""


class ReplyPrompts:
    """Compose the prompts of one fold's questions at one budget of example tokens."""

    def __init__(
        self,
        contexts: FoldContexts,
        engine: ScoringEngine,
        limits: Limits,
        budget: int | None,
        retrieval: RetrievalSettings,
        layout: PromptSettings,
    ) -> None:
        """Take the engine that counts tokens.

        ``budget``: tokens of examples, for a model that is not limited otherwise; None composes
        what the service sends with these settings.
        """
        self._contexts = contexts
        self._sends = budget is None
        self._top_k = retrieval.top_k
        if budget is not None:
            retrieval = retrieval.model_copy(update={"example_tokens": budget})
            limits = replace(limits, max_examples=None, profile_length=None)
        self._limits = limits
        self._composer = PromptComposer(engine, retrieval, layout)
        subject = contexts.fold.subject
        self._language = language_of(subject)
        self._characters = {
            is_other: _character(subject, self._language) for is_other in (False, True)
        }

    async def compose(self, name: ContextName, question: int) -> tuple[EnginePrompt, list[str]]:
        """Return the prompt of a context, and the examples that it shows."""
        # Ranking and, once a fold, calibrating take longer than turns may wait for the loop.
        lines = await asyncio.to_thread(self._choose, name, question)
        return await self.compose_with(lines, question, of_another=name == "other")

    async def compose_with(
        self, lines: RankedReplies | SceneHits, question: int, *, of_another: bool = False
    ) -> tuple[EnginePrompt, list[str]]:
        """Return the prompt with these lines, and the examples that it shows.

        ``of_another``: they are another speaker's.
        """
        prepared = await self.prepare(lines, question, of_another=of_another)
        return prepared.prompt, [example.render() for example in prepared.shown]

    async def prepare_context(
        self,
        name: ContextName,
        question: int,
        *,
        share: float = 1.0,
        wanted: Mapping[str, object] | None = None,
    ) -> PreparedPrompt:
        """Return the prompt of a context with all that a turn needs to generate a reply.

        ``share`` and ``wanted`` as of :meth:`~app.turns.prompt_composer.PromptComposer.prepare`.
        """
        lines = await asyncio.to_thread(self._choose, name, question)
        return await self.prepare(lines, question, share=share, wanted=wanted)

    def dialogue(self, question: int) -> DialogueContext:
        """Return what was said before a question's reply, as a turn has it."""
        fold = self._contexts.fold
        return dialogue_before(fold.questions[question].dialogue, fold.subject, self._language)

    async def prepare(
        self,
        lines: RankedReplies | SceneHits,
        question: int,
        *,
        of_another: bool = False,
        instructions: str = "",
        share: float = 1.0,
        wanted: Mapping[str, object] | None = None,
    ) -> PreparedPrompt:
        """Return the prompt with these lines, and all that an engine needs to answer it.

        ``instructions``: further ones, as a client of the OpenAI API sends them. ``share`` and
        ``wanted`` as of :meth:`~app.turns.prompt_composer.PromptComposer.prepare`.
        """
        dialogue = self.dialogue(question)
        if instructions:
            persona = replace(dialogue.persona, instructions=instructions)
            dialogue = replace(dialogue, persona=persona)
        return await self._composer.prepare(
            self._characters[of_another],
            dialogue,
            PromptMaterial(lines=lines, books=(), scene_memories=SceneMemoryHits()),
            share=share,
            wanted=wanted,
            limits=self._limits,
        )

    def _choose(self, name: ContextName, question: int) -> RankedReplies | SceneHits:
        if self._sends:
            return self._contexts.sent(name, question, self._top_k)
        return self._contexts.choose(name, question)


def dialogue_before(
    lines: Sequence[tuple[str, str]], subject: BenchmarkCharacter, language: Language
) -> DialogueContext:
    """Return the lines before a reply as a conversation with the last speaker beside it."""
    lines = lines[-HISTORY_LINES:]
    others = [who for who, _ in lines if who not in subject.own]
    persona = Persona(
        name=subject.name,
        profile=subject.profile,
        language=language,
        user_name=others[-1] if others else "user",
    )
    return DialogueContext(persona=persona, history=history_of(lines, subject))


def history_of(lines: Sequence[tuple[str, str]], subject: BenchmarkCharacter) -> list[Utterance]:
    """Return (speaker, text) as a conversation of the character with a single user."""
    return join_neighbours(
        Utterance("character" if who in subject.own else "user", text) for who, text in lines
    )


def language_of(subject: BenchmarkCharacter) -> Language:
    """Return the language of the prompts: the character's, or the script's own."""
    if subject.language is not None:
        return subject.language
    said = [line.text for scene in subject.scenes for line in scene.lines]
    return detect_language([subject.name, subject.profile, *said])


def _character(subject: BenchmarkCharacter, language: Language) -> Character:
    """Return a character that is in no database; its id keys the cache of counted lines."""
    return Character(
        id=uuid4(),
        name=subject.name,
        nickname="",
        profile=subject.profile,
        language=language,
        speakers=sorted(subject.own),
        others=_others(subject),
        sampling={},
        card=None,
    )


def _others(subject: BenchmarkCharacter) -> list[str]:
    """Return the other speakers, whose names stop a reply, as publishing an index stores them."""
    said = Counter(
        line.speaker
        for scene in subject.scenes
        for line in scene.lines
        if line.speaker not in subject.own
    )
    return [who for who, _ in said.most_common(MOST_OTHERS)]
