"""Draft prompts in the engine's style, and turn them into what the engine takes."""

from app.engines.port import ChatMessage, EnginePrompt, Limits
from app.search.retriever import SceneHits
from app.turns.prompt_context import PromptContext
from characters.prompting import ChatDraft, CompletionDraft, PreviousExamples, Prompt, PromptDraft

_NO_EXAMPLES = SceneHits([], [], 0.0, 0.0)


def draft_prompt(
    limits: Limits,
    context: PromptContext,
    found: SceneHits = _NO_EXAMPLES,
    earlier: PreviousExamples | None = None,
    *,
    best_last: bool = False,
) -> PromptDraft:
    """Return the draft of a prompt with these examples; without any, its frame.

    ``earlier`` and ``best_last`` as of :class:`~characters.prompting.CompletionDraft`.
    """
    dialogue, lore = context.dialogue, context.inserted
    examples = [example.lines for example in found.examples]
    lines = (dialogue.persona, examples, context.history, dialogue.continued)
    most = limits.max_examples
    if limits.prompt_style == "chat":  # which has the best last in any case
        opening = limits.profile_length
        return ChatDraft(*lines, most=most, opening=opening, earlier=earlier, lore=lore)
    return CompletionDraft(*lines, most=most, earlier=earlier, lore=lore, best_last=best_last)


def to_engine(prompt: Prompt) -> EnginePrompt:
    """Return the prompt's content as the engine takes it."""
    if isinstance(prompt.content, str):
        return prompt.content
    return [ChatMessage(message.role, message.content) for message in prompt.content]
