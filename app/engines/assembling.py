"""Assemble a stream's events into the text of a reply."""

from collections.abc import Sequence

from app.engines.metering import ReplyMeter
from app.engines.openai_answers import StreamEvent
from app.engines.port import Delta, FinishReason, Usage
from app.engines.stops import CharacterJoiner, StopFilter
from characters.prompting.thoughts import ThoughtFilter, ThoughtTags


class TextAssembler:
    """Collect a stream's events into text of whole characters, up to a stop string or a bound.

    The model's thoughts count towards the bounds, and are not part of the text: a stop string in
    one does not end the reply.
    """

    def __init__(
        self, stop: Sequence[str], meter: ReplyMeter, thought_tags: Sequence[ThoughtTags] = ()
    ) -> None:
        self._joiner = CharacterJoiner()
        self._thoughts = ThoughtFilter(thought_tags)
        self._filter = StopFilter(stop)
        self._meter = meter
        self._finish: FinishReason | None = None
        self._usage: Usage | None = None

    @property
    def cut_off(self) -> bool:
        """Whether the engine continued past a stop string or a length bound."""
        return self._meter.exhausted or (self._filter.stopped and self._finish is None)

    def feed(self, event: StreamEvent) -> str:
        """Return the text that can be shown now."""
        self._finish = event.finish_reason or self._finish
        self._usage = event.usage or self._usage
        text = self._joiner.feed(self._meter.take(event.text))
        return self._filter.feed(self._thoughts.feed(text))

    def last(self) -> Delta:
        """Return the text held back, with the finish reason and the usage."""
        rest = self._thoughts.feed(self._joiner.flush()) + self._thoughts.flush()
        rest = self._filter.feed(rest) + self._filter.flush()
        finish: FinishReason = self._finish or "stop"
        if self._filter.stopped:
            finish = "stop"
        elif self._meter.exhausted:
            finish = "length"
        return Delta(rest, finish_reason=finish, usage=self._usage)
