"""From a stream's events to the deltas of a reply."""

from collections.abc import Sequence

from app.engines.metering import ReplyMeter
from app.engines.openai_answers import StreamEvent
from app.engines.port import Delta, FinishReason, Usage
from app.engines.stops import CharacterJoiner, StopFilter


class TextAssembler:
    """Collects a stream's events into text: whole characters, up to a stop or a bound."""

    def __init__(self, stop: Sequence[str], meter: ReplyMeter) -> None:
        self._joiner = CharacterJoiner()
        self._filter = StopFilter(stop)
        self._meter = meter
        self._finish: FinishReason | None = None
        self._usage: Usage | None = None

    @property
    def cut_off(self) -> bool:
        """Whether a stop string or a length came through that the engine did not stop at."""
        return self._meter.exhausted or (self._filter.stopped and self._finish is None)

    def feed(self, event: StreamEvent) -> str:
        """What can be shown now."""
        self._finish = event.finish_reason or self._finish
        self._usage = event.usage or self._usage
        return self._filter.feed(self._joiner.feed(self._meter.take(event.text)))

    def last(self) -> Delta:
        """What was held back, with the reason and the usage."""
        rest = self._filter.feed(self._joiner.flush()) + self._filter.flush()
        finish: FinishReason = self._finish or "stop"
        if self._filter.stopped:
            finish = "stop"
        elif self._meter.exhausted:
            finish = "length"
        return Delta(rest, finish_reason=finish, usage=self._usage)
