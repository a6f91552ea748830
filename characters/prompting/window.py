"""Which lines of a dialogue stay in sight, before anything is looked for to stand beside them."""

from dataclasses import dataclass

from characters.prompting.prompt import CountTokens, PromptDraft, PromptTooLongError


@dataclass(frozen=True, slots=True)
class Window:
    """How many of the oldest lines are out of sight, and the tokens that the others leave."""

    dropped: int
    free: int


def open_window(draft: PromptDraft, count: CountTokens, budget: int, reserve: int) -> Window:
    """What of the dialogue fits; ``draft`` has no examples, for lines go before those.

    Where any line goes, ``reserve`` tokens are kept free for what may then be told of them: always
    as many, so that the cut does not move with what is told at one turn and not at the next, and
    an engine finds the lines in its cache. Raises :class:`PromptTooLongError` where the newest
    line does not fit.
    """
    prompt = draft.fit(count, budget)
    if prompt.history_dropped:
        try:
            prompt = draft.fit(count, budget - reserve)
        except PromptTooLongError:
            return Window(prompt.history_dropped, 0)
    return Window(prompt.history_dropped, budget - prompt.tokens)
