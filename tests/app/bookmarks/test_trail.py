"""A bookmark is found again in another version of its script, and never later than it was."""

import pytest

from app.bookmarks.trail import fingerprint, follow, lay

OLD = list("abcdefghij")
"""Ten scenes, by their fingerprints."""


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("abcdefghij", 4),  # unchanged
        ("xyabcdefghij", 6),  # two scenes were put before it
        ("cdefghij", 2),  # two were taken away
        ("abcdxefghij", 4),  # what was put right behind it is not read yet
        ("abcXefghij", 4),  # its last scene was edited
        ("abXYefghij", 4),  # the last two were
        ("abcXYefghij", 3),  # one became two: which of them is new is unknown
        ("abcefghij", 3),  # its last scene is gone
        ("efghij", 0),  # all that was read is gone
        ("vwxyzefghij", 4),  # everything before was rewritten: not later than it was
        ("qrstuvw", 4),
        ("qr", 2),
        ("", 0),
    ],
)
def test_a_bookmark_behind_the_fourth_scene(new: str, expected: int) -> None:
    assert follow(lay(OLD[:4], "e"), 4, list(new)) == expected


def test_of_equal_scenes_the_nearest_counts() -> None:
    assert follow(lay(list("abca"), "d"), 4, list("abcabcad")) == 4
    assert follow(lay(["a"], "b"), 1, list("abcabca")) == 1


def test_the_beginning_and_the_end() -> None:
    assert follow(lay([], "a"), 0, list("xab")) == 0
    assert follow(lay(OLD, ""), 10, [*OLD, "k", "l"]) == 10


def test_a_scene_is_known_by_what_is_said_in_it() -> None:
    scene = [["Ben", "Hello.", 1, ": ", None], ["Anna", "Yes?", 2, ": ", None]]
    moved = [["Ben", "Hello.", 7, "：", None], ["Anna", "Yes?", 8, ": ", "waves"]]
    assert fingerprint(scene) == fingerprint(moved)
    assert fingerprint(scene) != fingerprint(scene[:1])
    assert fingerprint(scene) != fingerprint([["Anna", "Hello."], ["Anna", "Yes?"]])
