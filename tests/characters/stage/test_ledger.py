"""Who witnesses what on a stage, for scenes worked out by hand."""

import pytest

from characters.stage.ledger import Ledger, StageEvent


def line(
    id: int, speaker: str | None = None, circle: set[str] | None = None, **fields: object
) -> StageEvent:
    return StageEvent(
        id=id,
        speaker=speaker,
        circle=None if circle is None else frozenset(circle),
        **fields,  # type: ignore[arg-type]  # the fields of an event
    )


def known(ledger: Ledger, who: str) -> list[object]:
    return [each.event.id for each in ledger.known_to(who)]


def test_all_on_stage_hear_a_line() -> None:
    ledger = Ledger(["bev", "kit"], [line(1, "bev"), line(2)])
    assert ledger.who_knows(1) == {"bev": "said", "kit": "present"}
    assert ledger.who_knows(2) == {"bev": "present", "kit": "present"}
    assert ledger.who_knows(9) == {}


def test_who_enters_knows_nothing_of_before_and_who_leaves_nothing_of_after() -> None:
    ledger = Ledger(
        ["bev"],
        [
            line(1, "bev"),
            line(2, "kit", kind="enters"),
            line(3, "bev"),
            line(4, "bev", kind="leaves"),
            line(5, "kit"),
        ],
    )
    assert known(ledger, "kit") == [2, 3, 4, 5]
    assert known(ledger, "bev") == [1, 2, 3, 4]
    assert [*ledger.on_stage] == ["kit"]


def test_who_speaks_is_on_stage_from_then_on() -> None:
    ledger = Ledger(["bev"], [line(1, "bev"), line(2, "kit"), line(3, "bev"), line(4)])
    assert known(ledger, "kit") == [2, 3, 4]
    assert [*ledger.on_stage] == ["bev", "kit"]


def test_a_whisper_reaches_its_circle_alone_and_only_on_stage() -> None:
    events = [line(1, "bev", {"kit", "ambrose"}), line(2, None, {"ambrose"})]
    ledger = Ledger(["bev", "kit", "priya"], events)
    assert ledger.who_knows(1) == {"bev": "said", "kit": "whispered"}
    assert ledger.who_knows(2) == {}
    assert known(ledger, "priya") == []


def test_telling_reaches_its_circle_wherever_it_is_and_no_one_else() -> None:
    events = [line(1, "bev", {"kit"}), line(2, None, {"priya"}, kind="told", about=1), line(3)]
    ledger = Ledger(["bev", "kit"], events)
    assert ledger.who_knows(1) == {"bev": "said", "kit": "whispered", "priya": "told"}
    assert known(ledger, "priya") == [2]
    assert known(ledger, "kit") == [1, 3]


def test_who_was_there_is_not_told_again() -> None:
    ledger = Ledger(["bev"], [line(1), line(2, None, {"bev"}, kind="told", about=1)])
    assert known(ledger, "bev") == [1]
    assert ledger.who_knows(1) == {"bev": "present"}


def test_telling_of_nothing_known_tells_nothing() -> None:
    ledger = Ledger(["bev"], [line(1, None, {"kit"}, kind="told", about=7)])
    assert ledger.who_knows(7) == {}


def test_those_met_are_those_seen_first_seen_first() -> None:
    events = [line(1), line(2, "kit", kind="enters"), line(3, "bev", kind="leaves"), line(4)]
    ledger = Ledger(["bev", "priya"], events)
    assert ledger.met_by("kit") == ["bev", "priya"]
    assert ledger.met_by("bev") == ["priya", "kit"]
    assert ledger.met_by("nobody") == []


@pytest.mark.parametrize("times", [1, 3])
def test_entering_again_brings_back_nothing_that_was_missed(times: int) -> None:
    events: list[StageEvent] = []
    for at in range(times):
        events += [
            line(10 * at + 1, "kit", kind="leaves"),
            line(10 * at + 2, "bev"),
            line(10 * at + 3, "kit", kind="enters"),
        ]
    ledger = Ledger(["bev", "kit"], events)
    assert known(ledger, "kit") == [10 * at + n for at in range(times) for n in (1, 3)]
