"""Lists of characters: before a play, and below the heading of a scene."""

import pytest

from characters.scripts.text.cast_list import find_cast_list, lists_cast


@pytest.mark.parametrize(
    "name",
    ["人物", "出场人物", "本場人物", "在场", "角色", "Present", "Characters present", "ONSTAGE"],
)
def test_what_announces_who_is_in_a_scene(name: str) -> None:
    assert lists_cast(name)


@pytest.mark.parametrize("name", ["三三", "人物表达", "本場", "Casting", "Characters of old", ""])
def test_names_that_only_begin_like_it(name: str) -> None:
    assert not lists_cast(name)


def find(*rows: str, double_spaced: bool = False) -> tuple[int, int] | None:
    found = find_cast_list(rows, double_spaced=double_spaced)
    return (found.start, found.stop) if found else None


def test_a_list_ends_before_a_blank_row() -> None:
    assert find("The pier", "", "Cast", "Anna: keeper", "Bob", "", "Anna: Hi.") == (2, 5)


def test_blank_rows_above_its_first_name_do_not_end_it() -> None:
    assert find("人物表", "", "", "三三：船夫", "", "三三：好") == (0, 4)


def test_in_a_double_spaced_script_it_takes_two() -> None:
    rows = ("Cast", "", "Anna: keeper", "", "Bob: pilot", "", "", "Anna: Hi.")
    assert find(*rows, double_spaced=True) == (0, 5)
    assert find(*rows) == (0, 3)


def test_it_ends_before_a_heading_and_before_a_name_comes_again() -> None:
    assert find("Cast", "Anna", "第一场", "Anna: Hi.") == (0, 2)
    assert find("Cast", "- Anna — keeper", "- Bob (pilot)", "Anna: Hi.") == (0, 3)
    assert find("演员表", "三三，船夫", "二二\t渔夫", "三三：好") == (0, 3)


def test_a_list_may_stand_in_the_row_that_announces_it() -> None:
    assert find("人物：三三、二二", "三三：好") == (0, 1)
    assert find("# Harbour", "Characters: Anna, Bob", "Anna: Hi.") == (1, 2)


def test_right_below_a_heading_it_is_the_scenes() -> None:
    assert find("第一场", "人物：三三、二二", "三三：好") is None
    assert find("第一场", "", "人物：三三、二二", "三三：好") is None


@pytest.mark.parametrize("row", ["Castaway: hi", "Cast of thousands", "角色扮演", "Anna: Cast"])
def test_a_row_that_only_mentions_it_announces_none(row: str) -> None:
    assert find(row, "Anna", "Bob") is None


def test_it_is_sought_in_the_first_sixty_rows() -> None:
    assert find(*["x"] * 59, "Cast", "Anna") == (59, 61)
    assert find(*["x"] * 60, "Cast", "Anna") is None


def test_it_has_at_most_two_hundred_rows() -> None:
    assert find("Cast", *(f"Guard {number}" for number in range(300))) == (0, 201)


def test_an_announcement_without_names_is_all_there_is() -> None:
    assert find("Dramatis Personæ") == (0, 1)
