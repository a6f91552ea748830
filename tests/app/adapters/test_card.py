"""Which scenes an adapter was not trained on, by its card."""

from app.adapters.card import held_out_scenes
from characters.scripts.model import Line, Scene
from characters.scripts.scene_hashes import scene_hash
from tests.app.adapters.making import trained_on


def scene(number: int) -> Scene:
    row = 10 * number + 1
    return Scene(
        [Line("Anna", f"Question {number}?", row), Line("Ben", f"{number}.", row + 1)], row
    )


SCENES = [scene(number) for number in range(4)]
TITLES = ["The Lamp"]


def test_scenes_are_recognised_by_what_is_said_in_them() -> None:
    card = {"data": trained_on(SCENES[:3], SCENES[3:])}
    assert held_out_scenes(card, SCENES, TITLES) == frozenset({3})
    # Whatever the script is called now, and wherever its scenes are.
    assert held_out_scenes(card, SCENES[::-1], ["Renamed"]) == frozenset({0})


def test_a_scene_that_was_trained_on_as_well_is_not_held_out() -> None:
    card = {"data": trained_on(SCENES[:3], SCENES[2:])}
    assert held_out_scenes(card, SCENES, TITLES) == frozenset({3})


def test_an_unknown_scene_is_not_held_out() -> None:
    card = {"data": trained_on(SCENES[:1], SCENES[1:2])}
    assert held_out_scenes(card, SCENES, TITLES) == frozenset({1})


def test_one_of_other_scripts_was_trained_on_none() -> None:
    card = {"data": trained_on([scene(9)], [scene(8)])}
    assert held_out_scenes(card, SCENES, TITLES) is None


def test_a_card_without_data_holds_nothing_out() -> None:
    cards: list[dict[str, object]] = [{}, {"data": {}}, {"data": {"split": None}}, {"data": []}]
    for card in cards:
        assert held_out_scenes(card, SCENES, TITLES) == frozenset()


def test_without_hashes_a_scene_is_found_by_script_number_and_row() -> None:
    held_out = [
        {"script": "the lamp.txt", "scene": 2, "row": 11},
        {"script": "the lamp.txt", "scene": 3, "row": 99},  # the script was changed since
        {"script": "another.txt", "scene": 1, "row": 1},
        "nonsense",
    ]
    licences = [{"of": "the lamp.txt", "what": "script", "licence": "CC0"}]
    card = {"data": {"split": {"held_out": held_out}, "licences": licences}}
    assert held_out_scenes(card, SCENES, TITLES) == frozenset({1})
    assert held_out_scenes(card, SCENES, ["Another Play"]) is None


def test_a_hash_is_of_speakers_and_lines() -> None:
    assert scene_hash(SCENES[0]) == scene_hash(Scene(SCENES[0].lines, 77))
    assert scene_hash(SCENES[0]) != scene_hash(SCENES[1])
