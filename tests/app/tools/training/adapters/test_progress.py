"""What is said while a training runs."""

import pytest

from app.tools.durations import duration
from app.tools.training.adapters.progress import Reporter


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_lines_have_the_loss_the_speed_and_the_time_left() -> None:
    said: list[str] = []
    clock = Clock()
    reporter = Reporter(said.append, lambda _: None, evaluations=4, clock=clock)
    reporter.begin(0, 40)
    clock.now += 20
    reporter.log(10, 40, {"loss": 2.31456, "num_tokens": 5_000.0})
    reporter.log(10, 40, {"train_runtime": 3.0})
    assert said == [
        "Training: 40 steps.",
        "Step 10 of 40: loss 2.315, 250 tokens/s, 1 min 0 s left.",
    ]
    assert reporter.tokens == 5_000


def test_a_resumed_training_counts_its_own_steps() -> None:
    said: list[str] = []
    clock = Clock()
    reporter = Reporter(said.append, lambda _: None, evaluations=4, clock=clock)
    reporter.begin(30, 40)
    clock.now += 5
    reporter.log(35, 40, {"loss": 1.0, "num_tokens": 100})
    assert said == ["Going on at step 30.", "Step 35 of 40: loss 1.000, 20 tokens/s, 5 s left."]


@pytest.mark.parametrize(
    ("steps", "evaluations", "expected"),
    [(10, 4, [3, 6, 9]), (8, 4, [2, 4, 6]), (3, 10, [1, 2]), (5, 1, [])],
)
def test_measurements_are_at_even_distances(
    steps: int, evaluations: int, expected: list[int]
) -> None:
    measured: list[int] = []
    reporter = Reporter(lambda _: None, measured.append, evaluations)
    for step in range(1, steps + 1):
        reporter.end_step(step, steps)
    assert measured == expected


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(59.6, "1 min 0 s"), (5, "5 s"), (200, "3 min 20 s"), (7_500, "2 h 5 min")],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said
