"""Small books, and what enters the prompt from them."""

from collections.abc import Sequence
from typing import Any

from characters.lorebooks.activation import Activation, LoreDialogue, activate
from characters.lorebooks.reader import read_book


def entry(content: str, *keys: str, **fields: Any) -> dict[str, Any]:
    return {"keys": list(keys), "content": content, "enabled": True, "extensions": {}, **fields}


def run(
    entries: Sequence[dict[str, Any]],
    *messages: str,
    budget: int = 1_000,
    greeting: int = 0,
    seed: str = "",
    **book: Any,
) -> Activation:
    """What enters after ``messages``; a text costs as many tokens as it has words."""
    dialogue = LoreDialogue(messages, greeting, seed)
    lorebook = read_book({"entries": list(entries), **book})
    return activate(lorebook, dialogue, lambda text: len(text.split()), budget)


def entered(entries: Sequence[dict[str, Any]], *messages: str, **options: Any) -> list[str]:
    return [active.entry.content for active in run(entries, *messages, **options).entries]
