"""What counts as a leak."""

from app.tools.evaluation.timeline.leaks import Leak, Point, TimelineQuestion, spread_points
from characters.scripts.model import Line, Scene


def scene(*said: tuple[str, str]) -> Scene:
    return Scene([Line(who, text, row) for row, (who, text) in enumerate(said, start=1)], row=1)


SCENES = [
    scene(("Ann", "Is the harbour frozen already?"), ("Ben", "Not before the new year.")),
    scene(("Ann", "Who took the silver lantern?"), ("Ben", "I sold the silver lantern.")),
    scene(("Ann", "Why?"), ("Ben", "Not before the new year."), ("Cy", "Because of the debt!")),
    scene(("Ben", "I shall pay it back."), ("Ann", "When will you?"), ("Ben", "In spring, Ann.")),
]
NOTHING = TimelineQuestion("Ann", "Well?")


def leaked(known: int, text: str, question: TimelineQuestion = NOTHING) -> list[tuple[int, str]]:
    point = Point(SCENES, {"Ben"}, known)
    return [(leak.scene, leak.text) for leak in point.leaks(text, question)]


def test_a_later_line_is_found_however_it_is_written() -> None:
    text = "Ben: I SOLD the silver lantern … because of the debt"
    assert leaked(1, text) == [(2, "I sold the silver lantern."), (3, "Because of the debt!")]
    assert leaked(2, text) == [(3, "Because of the debt!")]
    assert leaked(3, text) == []


def test_short_lines_and_those_said_before_are_nobodys_secret() -> None:
    # "Why?" is short; the answer in the third scene was given in the first one, too.
    assert leaked(1, "Why? Not before the new year.") == []
    assert leaked(0, "Not before the new year.") == [(1, "Not before the new year.")]


def test_what_was_asked_does_not_count() -> None:
    question = TimelineQuestion("Ann", "Who took the silver lantern?")
    assert leaked(1, "Ann: Who took the silver lantern?", question) == []


def test_a_leak_says_where_it_comes_from() -> None:
    (leak,) = Point(SCENES, {"Ben"}, 1).leaks("i sold the silver lantern", NOTHING)
    assert leak == Leak(2, "Ben", "I sold the silver lantern.", "Well?")


def test_questions_are_lines_that_the_character_answers_later() -> None:
    point = Point(SCENES, {"Ben"}, 1)
    assert point.questions(10) == [
        TimelineQuestion("Ann", "Who took the silver lantern?"),
        TimelineQuestion("Ann", "Why?"),
        TimelineQuestion("Ann", "When will you?"),
    ]
    assert point.questions(2) == [point.questions(3)[0], point.questions(3)[1]]
    assert Point(SCENES, {"Ben"}, 4).questions(3) == []


def test_points_lie_between_the_first_scene_and_the_last() -> None:
    assert spread_points(12, 5) == [2, 4, 6, 8, 10]
    assert spread_points(3, 5) == [1, 2]
