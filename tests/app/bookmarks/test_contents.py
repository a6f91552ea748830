"""Where a text is first said, whether it is a line, a part of one, or quotes one."""

import pytest

from app.bookmarks.contents import ScriptContents

SCENES = [
    [["Ben", "Good morning."], ["Anna", "(waves) The lamp is burning, is it not?"]],
    [["Clara", "The letter has burnt in the stove."], ["Ben", "Good morning."]],
    [["Ben", "灯塔的灯今晚不会亮了。"], ["Anna", "The lamp is burning, is it not?"]],
]


@pytest.fixture
def contents() -> ScriptContents:
    found = ScriptContents()
    found.add(SCENES)
    return found


@pytest.mark.parametrize(
    ("text", "scene"),
    [
        ("Good morning.", 0),
        ("The letter has burnt in the stove.", 1),
        ("THE LETTER HAS BURNT!", 1),  # a part of a line
        ("The lamp is burning, is it not?", 0),  # without its direction
        ("*sighs* The letter has burnt in the stove. Who did it?", 1),  # quotes a line
        ("Good morning. The letter has burnt in the stove.", 1),  # the later one counts
        ("她说：灯塔的灯今晚不会亮了。", 2),
        ("I keep the lamp.", None),
        ("", None),
        ("(waves)", None),
    ],
)
def test_a_text_is_found_where_it_is_first_said(
    contents: ScriptContents, text: str, scene: int | None
) -> None:
    assert contents.first_said(text) == scene
    assert contents.first_said(text) == scene  # as remembered


def test_a_speaker_is_met_in_the_first_scene_with_a_line(contents: ScriptContents) -> None:
    assert [contents.first_of(name) for name in ("Ben", "Clara", "Dora")] == [0, 1, None]
    assert len(contents.prints) == len(SCENES)
    assert contents.complete
