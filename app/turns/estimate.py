"""Estimate what a turn may take of the engine before its prompt is prepared."""

from collections.abc import Mapping

from app.db.models import Character
from app.engines.port import Limits
from app.engines.tokens import estimate_tokens
from app.settings import RetrievalSettings
from app.turns.dialogue_context import DialogueContext
from app.turns.sampling import sampling_of

_LAYOUT_TOKENS = 300
"""Instructions, names, and the seams of a prompt."""
_SHARES = 1 / 4 + 1 / 12 + 1 / 16
"""Of the context, for lore, scene memories and overheard lines; see :mod:`app.turns.prompt_budget`.
"""


def most_tokens(
    character: Character,
    dialogue: DialogueContext,
    limits: Limits,
    retrieval: RetrievalSettings,
    wanted: Mapping[str, object] | None = None,
) -> int:
    """Return an upper estimate of the tokens of a prompt and its reply.

    What is known is estimated from its length, which errs upwards; what will be retrieved counts as
    much as it may take. Neither exceeds the engine's context.
    """
    reply = sampling_of(limits, character, wanted).max_tokens
    context = limits.context_length
    persona = dialogue.persona
    prompt = _LAYOUT_TOKENS + retrieval.memory_tokens + int(context * _SHARES)
    # In the mode ``reference`` examples have no bound of their own.
    prompt += context if retrieval.mode == "reference" else retrieval.example_tokens
    for text in (persona.profile, persona.user_description, persona.instructions, dialogue.summary):
        prompt += estimate_tokens(text)
    for line in reversed(dialogue.history):
        if prompt + reply >= context:
            return context
        prompt += estimate_tokens(line.text)
    return min(context, prompt + reply + estimate_tokens(dialogue.continued))
