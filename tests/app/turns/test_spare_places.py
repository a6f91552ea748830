"""What can wait takes a place that no turn wants, and leaves as soon as one does."""

import pytest

from app.cpu_gate import CpuGate
from app.errors import TooManyTurnsError
from app.observability import Metrics
from app.turns.admission import Admission, Slot

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]


class Aside:
    """Something that can wait, and whether it was asked to leave."""

    def __init__(self, door: Admission) -> None:
        self.asked = False
        self.ticket = door.try_background_slot("somebody", self.leave)

    def leave(self) -> None:
        self.asked = True
        if self.ticket:
            self.ticket.leave()


def admission(running: int, waiting: int, *, shared: bool = False) -> Admission:
    cpu_gate = CpuGate(shared_processor=shared)
    return Admission(Metrics(), cpu_gate, running=running, waiting=waiting)


def enter(door: Admission, user: str = "a") -> Slot:
    with door.enter(user) as ticket:
        return ticket


async def test_a_turn_that_would_wait_for_it_gets_its_place() -> None:
    door = admission(2, 4)
    first, aside = enter(door), Aside(door)
    assert not aside.asked
    second = enter(door)
    assert aside.asked
    assert first.admitted.is_set()
    assert second.admitted.is_set()


async def test_beside_turns_it_stays_where_the_engine_has_its_own_processor() -> None:
    door = admission(3, 4)
    aside = Aside(door)
    enter(door)
    enter(door)
    assert not aside.asked


async def test_it_leaves_to_any_turn_where_the_processor_is_shared() -> None:
    door = admission(3, 4, shared=True)
    aside = Aside(door)
    enter(door)
    assert aside.asked
    assert Aside(door).ticket is None  # nor does it begin beside one


async def test_it_gets_none_while_turns_have_them_all() -> None:
    door = admission(1, 1)
    running = enter(door)
    assert Aside(door).ticket is None
    enter(door)
    running.leave()  # the place is the waiting one's
    assert Aside(door).ticket is None


async def test_nobody_is_refused_because_of_it() -> None:
    door = admission(1, 0)
    aside = Aside(door)
    turn = enter(door)
    assert aside.asked
    assert turn.admitted.is_set()
    with pytest.raises(TooManyTurnsError):
        enter(door)
