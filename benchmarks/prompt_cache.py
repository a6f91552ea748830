"""Measure how much of a prompt an engine has read already, turn after turn of a conversation.

The replies are scripted, so that both layouts meet the same dialogue; no text is generated.
Prompts are compared by characters.
"""

import asyncio
import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from app.tools.bench.corpus import Corpus
from app.tools.bench.figures import Figure
from characters.language import reading_length
from characters.passages.examples import Example, build_examples, build_query
from characters.prompting import CompletionDraft, Persona, PreviousExamples, Prompt, Utterance
from characters.scripts.model import Scene
from retrieval.embedding.factory import create_embedder
from retrieval.vector_index.exact import ExactIndex
from retrieval.vector_index.retriever import retrieve

_TALK = Path(__file__).with_name("talk.json")
_BUDGET = 4_096 - 512 - 16
"""Index's context, less the reply and tokens that differ where texts are joined."""
_TOKENS_PER_CHARACTER = 0.6
"""Of Chinese text; measured with the demo model's tokenizer."""
_TOP_K = 20
_QUERY_LENGTH = 64
_MANY = 1_000


@dataclass(frozen=True, slots=True)
class Turn:
    """Hold one prompt, and the share of the best examples that it shows."""

    prompt: Prompt
    in_common: float


async def shared_prefixes(corpus: Corpus, long: Corpus) -> list[Figure]:
    """Measure the character of ``corpus``, and one with a thousand examples out of ``long``."""
    own = build_examples(list(corpus.scenes()), [corpus.name], corpus.name).examples
    figures: list[Figure] = []
    for examples, goal in ((own, ">= 85"), (_many(list(long.scenes()), corpus.name), ">= 60")):
        ranked = await asyncio.to_thread(_rankings, examples, corpus.name)
        for layout in ("reference", "cached"):
            turns = _lay_out(corpus, examples, ranked, cached=layout == "cached")
            what = f"{len(examples)} examples, {layout} layout"
            figures += _figures(what, turns, goal if layout == "cached" else "")
    return figures


def dialogue_prompts(corpus: Corpus, mark: str) -> list[str]:
    """Return the prompts of one dialogue, a turn each; ``mark`` tells it from other dialogues."""
    examples = build_examples(list(corpus.scenes()), [corpus.name], corpus.name).examples
    turns = _lay_out(corpus, examples, _rankings(examples, corpus.name), cached=True)
    texts = [str(turn.prompt.content) for turn in turns]
    for said, _ in _talk():
        texts = [text.replace(said, f"{mark}{said}") for text in texts]
    return texts


def _many(scenes: Sequence[Scene], name: str) -> list[Example]:
    """Cut passages of two to five lines out of all scenes, each ending with a line of ``name``."""
    cuts = []
    for scene in scenes:
        for end in range(2, len(scene.lines) + 1):
            for start in range(max(0, end - 5), end - 1):
                last = scene.lines[end - 1].speaker
                cuts.append(
                    [
                        line._replace(speaker=name if line.speaker == last else line.speaker)
                        for line in scene.lines[start:end]
                    ]
                )
    random.Random(7).shuffle(cuts)  # noqa: S311 (the same order in every run)
    passages = [replace(scenes[0], lines=tuple(lines)) for lines in cuts]
    return build_examples(passages, [name], name).examples[:_MANY]


def _tokens(text: str) -> int:
    return math.ceil(_TOKENS_PER_CHARACTER * len(text))


def _talk() -> list[tuple[str, str]]:
    return [(said, reply) for said, reply in json.loads(_TALK.read_text(encoding="utf-8"))]


def _rankings(examples: Sequence[Example], name: str) -> list[list[int]]:
    """Return the numbers of the best examples of each turn, best first."""
    embedder = create_embedder("bundled")
    index = ExactIndex(embedder.dimension)
    index.add(range(len(examples)), embedder.embed_keys([example.key for example in examples]))
    dialogue: list[tuple[str, str]] = []
    rankings = []
    for said, reply in _talk():
        dialogue.append(("user", said))
        query = build_query(dialogue, name, _QUERY_LENGTH, reading_length)
        [vector] = embedder.embed_queries([query])
        rankings.append([hit.id for hit in retrieve(index, vector, _TOP_K).hits])
        dialogue.append((name, reply))
    return rankings


def _lay_out(
    corpus: Corpus, examples: Sequence[Example], rankings: Sequence[list[int]], *, cached: bool
) -> list[Turn]:
    persona = Persona(corpus.name, corpus.profile, "zh")
    history: list[Utterance] = []
    example_order: list[int] = []
    turns = []
    for ranked, (said, reply) in zip(rankings, _talk(), strict=True):
        history.append(Utterance("user", said))
        others = [number for number in example_order if number not in ranked]
        known = [*ranked, *others]
        positions = [known.index(number) for number in example_order]
        earlier = PreviousExamples([examples[number].lines for number in others], positions)
        draft = CompletionDraft(
            persona,
            [examples[number].lines for number in ranked],
            history,
            earlier=earlier if cached else None,
        )
        prompt = draft.fit(_tokens, _BUDGET)
        example_order = [known[at] for at in prompt.examples_shown]
        turns.append(Turn(prompt, len(set(example_order) & set(ranked)) / len(ranked)))
        history.append(Utterance("character", reply))
    return turns


def _figures(what: str, turns: Sequence[Turn], goal: str) -> list[Figure]:
    texts = [str(turn.prompt.content) for turn in turns]
    shared = sum(characters_shared(*pair) for pair in pairwise(texts))
    whole = sum(len(text) for text in texts[1:])
    least = min(turn.in_common for turn in turns)
    read = (whole - shared) / (len(texts) - 1)
    return [
        Figure(f"{what}: shared with the turn before", 100 * shared / whole, "%", goal),
        Figure(f"{what}: read anew a turn", read, "chars"),
        Figure(f"{what}: in common with the top {_TOP_K}, least", 100 * least, "%", ">= 90"),
    ]


def characters_shared(one: str, other: str) -> int:
    """Return the number of characters that both texts begin with."""
    pairs = zip(one, other, strict=False)
    differing = (at for at, (a, b) in enumerate(pairs) if a != b)
    return next(differing, min(len(one), len(other)))
