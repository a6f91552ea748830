"""Which lines of a dialogue stay in sight, before anything is looked for to stand beside them."""

from dataclasses import dataclass

from characters.prompting.prompt import CountTokens, PromptDraft, PromptTooLongError


@dataclass(frozen=True, slots=True)
class HistoryWindow:
    """How many of the oldest lines are out of sight, and the tokens kept free for them."""

    dropped: int
    reserved: int


def open_window(
    draft: PromptDraft, count: CountTokens, budget: int, reserve: int, *, always: bool = False
) -> HistoryWindow:
    """What of the dialogue fits; ``draft`` has no examples, for lines go before those.

    Where any line goes, or ``always``, ``reserve`` tokens are kept free for what may be told of
    those out of sight: as many whether or not anything is, so that neither the cut nor the
    examples change with it, and an engine finds them in its cache. Raises
    :class:`PromptTooLongError` where the newest line does not fit.
    """
    dropped = draft.fit(count, budget).history_dropped
    if not dropped and not always:
        return HistoryWindow(0, 0)
    try:
        return HistoryWindow(draft.fit(count, budget - reserve).history_dropped, reserve)
    except PromptTooLongError:
        return HistoryWindow(dropped, 0)
