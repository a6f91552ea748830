"""Schedule when a line comes back, by FSRS (the library ``fsrs``).

A line that was not remembered comes back after 10 minutes; one that was, after two days at first
(FSRS's default parameters, at which nine of ten lines are remembered when they are due), and then
ever later. Nothing is drawn at random.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fsrs import Card, Scheduler, State
from fsrs import Rating as FsrsRating

from characters.rehearsal.rating import Rating

_STEP = timedelta(minutes=10)
_SCHEDULER = Scheduler(
    learning_steps=(_STEP,),
    relearning_steps=(_STEP,),
    maximum_interval=365,
    enable_fuzzing=False,
)
_RATINGS: dict[Rating, FsrsRating] = {
    "again": FsrsRating.Again,
    "hard": FsrsRating.Hard,
    "good": FsrsRating.Good,
}


@dataclass(frozen=True, slots=True)
class Remembered:
    """Hold how well a line is known; the fields are those of a card of FSRS."""

    state: int
    step: int | None
    stability: float
    difficulty: float
    due_at: datetime
    reviewed_at: datetime


def is_known(state: int) -> bool:
    """Return whether a line counts as known: remembered, and not missed since."""
    return state == State.Review.value


def review(before: Remembered | None, rating: Rating, now: datetime) -> Remembered:
    """Return how well a line is known after an attempt; ``before`` None: it is the first."""
    # With an id of its own choice, a card waits for the next millisecond.
    card = Card(card_id=0, due=now)
    if before is not None:
        card = Card(
            card_id=0,
            state=State(before.state),
            step=before.step,
            stability=before.stability,
            difficulty=before.difficulty,
            due=before.due_at,
            last_review=before.reviewed_at,
        )
    after, _ = _SCHEDULER.review_card(card, _RATINGS[rating], now)
    assert after.stability is not None  # noqa: S101 (every reviewed card has both)
    assert after.difficulty is not None  # noqa: S101
    return Remembered(
        state=after.state.value,
        step=after.step,
        stability=after.stability,
        difficulty=after.difficulty,
        due_at=after.due,
        reviewed_at=now,
    )
