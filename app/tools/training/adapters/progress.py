"""Report a running training, line by line."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from app.tools.durations import duration
from app.tools.training.adapters.extras import load

Say = Callable[[str], None]
Measure = Callable[[int], None]
"""Gets the number of finished steps."""


class Reporter:
    """Write a line at each of the trainer's logs, and measure at even distances."""

    def __init__(
        self,
        say: Say,
        measure: Measure,
        evaluations: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say = say
        self._measure = measure
        self._evaluations = evaluations
        self._clock = clock
        self._began = 0.0
        self._first_step = 0
        self.tokens = 0
        """Read in this process, prompts too."""

    @property
    def seconds(self) -> float:
        """Since the training began in this process."""
        return self._clock() - self._began

    def begin(self, step: int, steps: int) -> None:
        """Begin at a step; 0 for a new training."""
        self._began = self._clock()
        self._first_step = step
        self._say(f"Training: {steps} steps." if not step else f"Going on at step {step}.")

    def end_step(self, step: int, steps: int) -> None:
        """Measure where it is time to; the last step is measured by who runs the training."""
        every = -(-steps // max(1, self._evaluations))
        if step % every == 0 and step < steps:
            self._measure(step)

    def log(self, step: int, steps: int, logs: Mapping[str, float]) -> None:
        """Report a log of the trainer's."""
        self.tokens = int(logs.get("num_tokens", self.tokens))
        if "loss" not in logs:
            return
        done, seconds = step - self._first_step, max(self.seconds, 1e-9)
        left = seconds / max(1, done) * (steps - step)
        self._say(
            f"Step {step} of {steps}: loss {logs['loss']:.3f}, {self.tokens / seconds:,.0f} "
            f"tokens/s, {duration(left)} left."
        )


def callback(reporter: Reporter) -> Any:
    """Return a callback of transformers' trainer that reports."""

    def on_train_begin(_: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        reporter.begin(state.global_step, state.max_steps)

    def on_step_end(_: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        reporter.end_step(state.global_step, state.max_steps)

    def on_log(_: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        reporter.log(state.global_step, state.max_steps, kwargs.get("logs") or {})

    methods = {each.__name__: each for each in (on_train_begin, on_step_end, on_log)}
    return type("ReporterCallback", (load("transformers").TrainerCallback,), methods)()
