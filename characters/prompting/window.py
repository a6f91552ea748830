"""Find the lines of a dialogue that fit, before retrieval for the lines that do not."""

from dataclasses import dataclass

from characters.prompting.prompt import CountTokens, PromptDraft, PromptTooLongError


@dataclass(frozen=True, slots=True)
class HistoryWindow:
    """Hold how many of the oldest lines are dropped, and the tokens reserved for recalling them."""

    dropped: int
    reserved: int


def open_window(
    draft: PromptDraft, count: CountTokens, budget: int, reserve: int, *, always: bool = False
) -> HistoryWindow:
    """Return the window that fits; ``draft`` has no examples, which give way to lines.

    Where any line is dropped, or ``always``, ``reserve`` tokens are kept free for text about the
    dropped lines. The reserve is the same even when none is used, so that neither the cut nor the
    examples change and the prompt prefix stays cacheable. Raises :class:`PromptTooLongError`
    where the newest line does not fit.
    """
    dropped = draft.fit(count, budget).history_dropped
    if not dropped and not always:
        return HistoryWindow(0, 0)
    try:
        return HistoryWindow(draft.fit(count, budget - reserve).history_dropped, reserve)
    except PromptTooLongError:
        return HistoryWindow(dropped, 0)
