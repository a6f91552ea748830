"""A prepared prompt that shows nothing, and what may be put into it."""

from typing import Any

from app.db.models import Character
from app.engines.port import Limits, Sampling
from app.lorebooks.activation import ActiveLore
from app.search.example_index import RetrievedExample
from app.search.retriever import SceneHits
from app.search.scene_memories import SceneMemoryHits
from app.turns.dialogue_context import DialogueContext
from app.turns.memory import RecalledExchange
from app.turns.overheard import ShownOverheard
from app.turns.prepared_prompt import Composition, PreparedPrompt, PromptMaterial
from app.turns.prompt_budget import PromptBudget
from app.turns.prompt_context import PromptContext
from app.turns.shown_examples import ShownExample
from characters.language import Language
from characters.lorebooks.model import Placement
from characters.prompting import Lore, Persona, Utterance

LIMITS = Limits("scripted", 4_096, "completion")


def persona(language: Language = "en") -> Persona:
    return Persona("Ben", "Ben keeps the lighthouse.", language)


def lines(*said: str) -> list[Utterance]:
    """A dialogue that ends with the user's line."""
    first = len(said) % 2
    return [
        Utterance("user" if at % 2 != first else "character", text) for at, text in enumerate(said)
    ]


def dialogue(*said: str, language: Language = "en", **fields: Any) -> DialogueContext:
    return DialogueContext(persona=persona(language), history=lines(*said), **fields)


def character(**fields: Any) -> Character:
    """Ben, outside of any database."""
    known: dict[str, Any] = {"name": "Ben", "slug": "ben", "profile": "", "sampling": {}}
    return Character(**known | {"nickname": "", "language": "en"} | fields)


def retrieved(id: int, score: float, *found: str, scene: int | None = None) -> RetrievedExample:
    return RetrievedExample(id, score, list(found), "", scene)


def example(
    id: int, score: float, *found: str, scene: int | None = None, cut: int = 0
) -> ShownExample:
    return ShownExample(retrieved(id, score, *found, scene=scene), cut)


def lore(text: str, number: int = 0, name: str = "", key: str = "") -> ActiveLore:
    return ActiveLore(number, name, key, Lore(text, Placement("after_char")))


def memory(number: int, text: str, conversation: str = "", score: float = 0.5) -> RecalledExchange:
    return RecalledExchange(
        number=number,
        conversation=conversation,
        score=score,
        lines=[text],
        lore=Lore(text, Placement("depth", 1)),
    )


def overheard(number: int, text: str, reason: str = "", score: float = 0.5) -> ShownOverheard:
    return ShownOverheard(
        number=number,
        score=score,
        reason=reason,
        lines=[text],
        lore=Lore(text, Placement("depth", 1)),
    )


def composition(**changes: Any) -> Composition:
    found = SceneHits([], [], 0.0, 0.0)
    fields: dict[str, Any] = {
        "segments": [],
        "counts": {},
        "context": PromptContext(dialogue=dialogue("Hello?"), shown_from=0),
        "material": PromptMaterial(lines=found, books=(), scene_memories=SceneMemoryHits()),
        "found": found,
        "budget": PromptBudget(prompt=3_568),
        "context_length": 4_096,
        "as_sent": lambda prompt: prompt,
        "lore_left_out": [],
        "memories_left_out": [],
        "macros": None,
        "is_recorded": True,
    }
    return Composition(**fields | changes)


def prepared(**changes: Any) -> PreparedPrompt:
    fields: dict[str, Any] = {
        "prompt": "Ben:",
        "sampling": Sampling(),
        "stops": [],
        "shown": [],
        "example_order": [],
        "lore": [],
        "memories": [],
        "overheard": [],
        "scene_memories": [],
        "unknown": [],
        "shown_from": 0,
        "one_paragraph": False,
        "most_examples": None,
        "model": "scripted",
        "adapter": None,
        "packed": None,
        "embed_ms": 0.0,
        "search_ms": 0.0,
        "composition": composition(),
    }
    return PreparedPrompt(**fields | changes)
