"""Decide whether an adapter may speak for a character: only one that beats what is in force."""

from app.adapters.schemas import AdapterResult, FailedFigure, IntervalOut


def failed_figures(result: AdapterResult, most_copying: float) -> list[FailedFigure]:
    """Return the figures with which an adapter does not beat what was in force.

    The true replies must be likelier, with the whole interval of the difference above zero. The
    replies that it writes must be recognised as the character's no worse, as far as the interval
    can say, and must not copy more than ``most_copying`` of the lines that they are shown.
    """
    differences = result.differences
    failed = []
    if differences.nats_a_token.low <= 0:
        failed.append(_failed("likelihood", differences.nats_a_token, 0.0))
    if differences.right.high < 0:
        failed.append(_failed("speakers", differences.right, 0.0))
    if result.adapter.copied.value > most_copying:
        failed.append(_failed("copying", result.adapter.copied, most_copying))
    return failed


def describe_failed(failed: list[FailedFigure]) -> str:
    """Return a sentence on the figures that failed."""
    return " ".join(_SENTENCES[each.figure].format(each) for each in failed)


_SENTENCES = {
    "likelihood": "True replies are not shown to be likelier: {0.value:+.3f} nats a token, "
    "between {0.low:+.3f} and {0.high:+.3f}.",
    "speakers": "Its replies are recognised worse: {0.value:+.3f}, between {0.low:+.3f} and "
    "{0.high:+.3f}.",
    "copying": "It copies {0.value:.0%} of what it says from the lines it is shown; {0.bound:.0%} "
    "is the most it may.",
}


def _failed(figure: str, interval: IntervalOut, bound: float) -> FailedFigure:
    return FailedFigure.model_validate({"figure": figure, **interval.model_dump(), "bound": bound})
