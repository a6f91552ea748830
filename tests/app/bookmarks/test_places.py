"""Chapters and minutes name scenes."""

import pytest

from app.bookmarks.places import (
    Chapter,
    OutlinedScene,
    chapters_of,
    minutes_of,
    scene_at_chapter,
    scene_at_minutes,
)
from app.errors import InvalidError


def outline(*scenes: tuple[str | None, str | None, int | None]) -> list[OutlinedScene]:
    """Scenes by heading, episode and end in milliseconds."""
    return [
        OutlinedScene(number, None, heading, episode, ends)
        for number, (heading, episode, ends) in enumerate(scenes, 1)
    ]


PLAY = outline(
    (None, None, None),
    ("Act One", None, None),
    (None, None, None),
    ("Act Two", None, None),
    ("Act Two", None, None),
    ("Act One", None, None),
)
FILM = outline((None, None, 60_000), (None, None, 90_000), (None, None, 300_000))


def test_a_chapter_is_what_stands_below_a_heading() -> None:
    assert chapters_of(PLAY) == [
        Chapter("Act One", 3),
        Chapter("Act Two", 5),
        Chapter("Act One", 6),
    ]


def test_episodes_are_chapters_where_there_are_any() -> None:
    series = outline(("A", "Pilot", None), ("B", "Pilot", None), ("C", "Finale", None))
    assert chapters_of(series) == [Chapter("Pilot", 2), Chapter("Finale", 3)]


@pytest.mark.parametrize(
    ("chapter", "scene"), [(1, 3), (2, 5), (3, 6), ("Act Two", 5), (" act two ", 5), ("Act One", 3)]
)
def test_a_chapter_is_read_to_its_end(chapter: int | str, scene: int) -> None:
    assert scene_at_chapter(PLAY, chapter) == scene


@pytest.mark.parametrize("chapter", [4, "Act Three"])
def test_an_unknown_chapter_says_how_many_there_are_and_not_what_they_are_called(
    chapter: int | str,
) -> None:
    with pytest.raises(InvalidError) as refused:
        scene_at_chapter(PLAY, chapter)
    assert refused.value.code == "unknown_chapter"
    assert "It has 3" in refused.value.message
    assert "Act" not in refused.value.message


def test_a_script_without_headings_has_no_chapters() -> None:
    with pytest.raises(InvalidError) as refused:
        scene_at_chapter(FILM, 1)
    assert refused.value.code == "no_chapters"


@pytest.mark.parametrize(
    ("minutes", "scene"),
    [(0, 0), (0.99, 0), (1, 1), (1.49, 1), (1.5, 2), (4.99, 2), (5, 3), (99, 3)],
)
def test_a_scene_of_a_film_is_read_once_it_is_over(minutes: float, scene: int) -> None:
    assert scene_at_minutes(FILM, minutes) == scene


def test_several_films_have_no_minutes() -> None:
    several = [each._replace(part=f"{each.number}.srt") for each in FILM]
    assert minutes_of(FILM) == 5
    assert minutes_of(several) is None
    for none in (several, PLAY):
        with pytest.raises(InvalidError) as refused:
            scene_at_minutes(none, 3)
        assert refused.value.code == "no_minutes"
