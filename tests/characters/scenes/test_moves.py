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
