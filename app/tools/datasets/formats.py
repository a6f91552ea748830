"""Write rows in TRL's formats, and in the seed's.

TRL's are those of "Dataset formats and types" in its documentation. A ``chat`` prompt makes a
conversational row of ``prompt`` and ``completion``, or ``prompt``, ``chosen`` and ``rejected``,
each a list of messages. A ``completion`` prompt makes a standard row with the same fields as texts:
a chat template around it would make another prompt of it. The seed's (bilibili/Index-1.9B,
``finetune``) are ``system``, ``query`` and ``response``; pairs have ``rejected`` as well.

TRL leaves out the further field ``scene``, by which losses on held-out rows are resampled.
"""

from collections.abc import Sequence

from app.engines.port import EnginePrompt
from app.tools.datasets.rows import Row, SeedPrompt
from app.turns.prepared_prompt import PreparedPrompt

Message = dict[str, str]
Content = str | list[Message]

_DIALOGUE = ("history", "reply")
"""Parts of Index's prompt that are the query."""


def trl_row(row: Row) -> dict[str, Content]:
    """Return a row as TRL's trainers take it."""
    is_chat = not isinstance(row.prompt, str)
    prompt, answer = _prompt(row.prompt), _answer(row.answer, is_chat=is_chat)
    if row.rejected is None:
        return {"prompt": prompt, "completion": answer, "scene": row.scene}
    rejected = _answer(row.rejected, is_chat=is_chat)
    return {"prompt": prompt, "chosen": answer, "rejected": rejected, "scene": row.scene}


def seed_row(row: Row) -> dict[str, str] | None:
    """Return a row in the seed's form; None for one whose prompt is not known in it."""
    if row.seed is None:
        return None
    seed = {"system": row.seed.system, "query": row.seed.query, "response": row.answer}
    return seed if row.rejected is None else {**seed, "rejected": row.rejected}


def seed_prompt(prepared: PreparedPrompt) -> SeedPrompt:
    """Return a prompt of the style ``completion`` in two."""
    return split_parts([(each.part, each.text) for each in prepared.composition.segments])


def split_parts(parts: Sequence[tuple[str, str]]) -> SeedPrompt:
    """Return the parts of a ``completion`` prompt, (kind, text), in two."""
    start = next(
        (at for at, (kind, _) in enumerate(parts) if kind in _DIALOGUE),
        len(parts),
    )
    texts = [text for _, text in parts]
    return SeedPrompt("".join(texts[:start]), "".join(texts[start:]))


def dialogue_of(row: Row) -> str:
    """Return the lines before the answer, as Index's prompt has them."""
    query = row.seed.query if row.seed else ""
    return query.rpartition("\n")[0].strip()


def said(row: Row) -> str:
    """Return all the text of a row."""
    prompt = _prompt(row.prompt)
    if not isinstance(prompt, str):
        prompt = "\n".join(each["content"] for each in prompt)
    return "\n\n".join((prompt, row.answer, row.rejected or ""))


def _prompt(prompt: EnginePrompt) -> Content:
    if isinstance(prompt, str):
        return prompt
    return [{"role": each.role, "content": each.content} for each in prompt]


def _answer(text: str, *, is_chat: bool) -> Content:
    return [{"role": "assistant", "content": text}] if is_chat else text
