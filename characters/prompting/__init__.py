"""Compose prompts from persona, examples and history, within a token budget.

Two layouts. ``completion`` is the text Index-1.9B-Character was trained with (bilibili/Index-1.9B,
``roleplay/``), kept byte for byte, and its English counterpart; ``chat`` is for instruct models:
a system text, then examples and dialogue as messages.

Composing takes two steps, so that an engine can count tokens in one round trip in between: a draft
lists its ``pieces``, and ``fit`` assembles the prompt, asking for the counts of just those pieces.
History takes precedence over examples: it is shortened from its oldest line, a block at a time,
only when it does not fit by itself, and the newest line always stays; examples fill the rest.
"""

from characters.prompting.chat import ChatDraft
from characters.prompting.completion import SEPARATOR, CompletionDraft
from characters.prompting.derived_lore import (
    memory_lore,
    overheard_lore,
    scene_memory_lore,
    summary_lore,
)
from characters.prompting.lore import Lore
from characters.prompting.prompt import (
    CountTokens,
    Persona,
    PreviousExamples,
    Prompt,
    PromptDraft,
    PromptMessage,
    PromptTooLongError,
    Role,
    Segment,
    Utterance,
    join_neighbours,
)
from characters.prompting.stops import profile_labels, stop_strings
from characters.prompting.window import HistoryWindow, open_window

__all__ = [
    "SEPARATOR",
    "ChatDraft",
    "CompletionDraft",
    "CountTokens",
    "HistoryWindow",
    "Lore",
    "Persona",
    "PreviousExamples",
    "Prompt",
    "PromptDraft",
    "PromptMessage",
    "PromptTooLongError",
    "Role",
    "Segment",
    "Utterance",
    "join_neighbours",
    "memory_lore",
    "open_window",
    "overheard_lore",
    "profile_labels",
    "scene_memory_lore",
    "stop_strings",
    "summary_lore",
]
