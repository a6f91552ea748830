"""Whether to ask a server that failed, by a clock of the test's own."""

from app.moderation.circuit import Circuit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Circuit:
    """Open for two seconds from now."""
    circuit = Circuit(2.0, clock)
    for _ in range(3):
        assert circuit.admits()
        circuit.begin()
        circuit.fail()
    return circuit


def test_three_failures_in_a_row_open_it() -> None:
    circuit = Circuit(2.0, Clock())
    for outcome in (circuit.fail, circuit.fail, circuit.succeed, circuit.fail, circuit.fail):
        outcome()
    assert circuit.admits()
    assert circuit.closed
    circuit.fail()
    assert not circuit.admits()


def test_after_its_rest_one_attempt_is_made_at_a_time() -> None:
    circuit = opened(clock := Clock())
    clock.now = 1.99
    assert not circuit.admits()
    clock.now = 2.0
    assert circuit.admits()
    circuit.begin()
    assert not circuit.admits()
    circuit.abandon()
    assert circuit.admits()
    circuit.begin()
    circuit.succeed()
    assert circuit.closed
    assert circuit.admits()


def test_every_failed_attempt_doubles_the_rest_up_to_half_a_minute() -> None:
    circuit = opened(clock := Clock())
    rests = []
    for _ in range(6):
        before = clock.now
        while not circuit.admits():
            clock.now += 1.0
        rests.append(clock.now - before)
        circuit.begin()
        circuit.fail()
    assert rests == [2, 4, 8, 16, 30, 30]


def test_a_server_that_came_back_is_tried_at_once() -> None:
    circuit = opened(Clock())
    circuit.half_open()
    assert circuit.admits()
    assert not circuit.closed
    closed = Circuit(2.0)
    closed.half_open()
    assert closed.closed
