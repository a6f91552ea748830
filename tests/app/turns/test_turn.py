"""The state of a running turn, and what its listener gets of it."""

from hypothesis import given
from hypothesis import strategies as st

from app.db.ids import new_id
from app.observability import Metrics
from app.turns.events import DeltaEvent, TurnEvent, WaitingEvent
from app.turns.pending_prompt import PendingPrompt
from app.turns.prompt_builder import PromptBuilder
from app.turns.reply_times import ReplyTimes
from app.turns.turn import TEXT_READY, Turn
from tests.app.turns.prompts import character, dialogue


def new_turn() -> Turn:
    talk = dialogue("Hi.")
    return Turn(
        id=new_id(),
        conversation_id=new_id(),
        dialogue=talk,
        pending=PendingPrompt(object.__new__(PromptBuilder), character(), talk),
        parent_id=new_id(),
        times=ReplyTimes(Metrics(), 0.0),
    )


def queued(turn: Turn) -> list[TurnEvent | None]:
    events = []
    while not turn.events.empty():
        events.append(turn.events.get_nowait())
    return events


def test_a_slow_listener_gets_all_that_came_in_one_piece() -> None:
    turn = new_turn()
    for piece in ("The ", "lamp ", "灯"):
        turn.append(piece)
    assert queued(turn) == [TEXT_READY]
    assert turn.take_text() == DeltaEvent("The lamp 灯")
    turn.append(".")
    assert queued(turn) == [TEXT_READY]
    assert turn.take_text() == DeltaEvent(".")
    assert turn.text == "The lamp 灯."


def test_no_text_is_no_event() -> None:
    turn = new_turn()
    turn.append("")
    assert queued(turn) == []
    assert not turn.started.is_set()


def test_the_place_in_the_queue_is_reported() -> None:
    turn = new_turn()
    turn.wait_at(2)
    turn.wait_at(1)
    assert queued(turn) == [WaitingEvent(2), WaitingEvent(1)]


def test_a_turn_that_ends_without_text_waits_for_none() -> None:
    turn = new_turn()
    turn.end()
    assert (turn.started.is_set(), turn.ended.is_set(), turn.generating) == (True, True, False)
    begun = new_turn()
    begun.append("x")
    assert (begun.started.is_set(), begun.ended.is_set(), begun.generating) == (True, False, True)


@given(st.lists(st.one_of(st.text(max_size=3), st.none()), max_size=20))
def test_whenever_the_listener_comes_nothing_is_lost_or_said_twice(
    course: list[str | None],
) -> None:
    """None is the listener, who takes every event that waits."""
    turn = new_turn()
    heard = ""
    for step in [*course, None]:
        if step is not None:
            turn.append(step)
            continue
        for event in queued(turn):
            assert event is TEXT_READY
            piece = turn.take_text().text
            assert piece
            heard += piece
    assert heard == turn.text == "".join(filter(None, course))
