"""Who comes and who goes by the directions of a scene."""

import pytest

from characters.scenes.moves import Move, moves

NAMES = {"bev": ["Bev Ruddock", "Bev"], "kit": ["Kit"], "qi": ["三三"]}


@pytest.mark.parametrize(
    ("direction", "on_stage", "found"),
    [
        ("Kit enters with a lamp.", {"bev"}, [Move("enters", "kit")]),
        ("Enter Bev and Kit.", set(), [Move("enters", "bev"), Move("enters", "kit")]),
        ("Kit enters with a lamp.", {"bev", "kit"}, []),
        ("Kit leaves.", {"bev", "kit"}, [Move("leaves", "kit")]),
        ("Bev thinks of Kit.", {"bev"}, []),
        ("The lights fade.", {"bev", "kit"}, []),
        ("三三上场。", {"bev"}, [Move("enters", "qi")]),
        ("三三下场。", {"qi"}, [Move("leaves", "qi")]),
        ("Kitchen noises.", {"bev"}, []),
    ],
)
def test_a_direction_moves_those_it_names(
    direction: str, on_stage: set[str], found: list[Move[str]]
) -> None:
    assert [*moves(direction, NAMES, on_stage)] == found


ALIKE = {
    "kit": ["Kit"],
    "carson": ["Kit Carson"],
    "a": ["A"],
    "b": ["B"],
    "kai": ["凯"],
    "wen": ["凯文"],
    "jia": ["甲"],
}


@pytest.mark.parametrize(
    ("direction", "whose"),
    [
        ("Kit Carson leaves.", ["carson"]),
        ("KIT CARSON exits.", ["carson"]),
        ("Kit leaves.", ["kit"]),
        ("A leaves.", ["a"]),
        ("A and B leave.", ["a", "b"]),
        ("Exit B.", ["b"]),
        ("A man leaves.", []),
        ("The leaves fall.", []),
        ("凯下场。", ["kai"]),
        ("凯文下场。", ["wen"]),
        ("凯和凯文下场。", ["kai", "wen"]),
        ("甲提着灯走了出去。", ["jia"]),
    ],
)
def test_names_of_one_letter_and_names_in_other_names(direction: str, whose: list[str]) -> None:
    gone = [Move("leaves", who) for who in whose]
    assert [*moves(direction, ALIKE, [*ALIKE])] == gone


@pytest.mark.parametrize(
    ("direction", "whose"),
    [
        ("Kit Carson enters.", ["carson"]),
        ("Enter A and B.", ["a", "b"]),
        ("A man enters.", []),
        ("凯上场。", ["kai"]),
        ("凯文上场。", ["wen"]),
        ("甲、凯上场。", ["kai", "jia"]),
    ],
)
def test_names_alike_come_as_they_are_named(direction: str, whose: list[str]) -> None:
    assert [*moves(direction, ALIKE, [])] == [Move("enters", who) for who in whose]
