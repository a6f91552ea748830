"""What is told between the lines stays with its scene."""

from characters.scripts.directions import DIRECTION_ROWS
from characters.scripts.model import Direction, NonDialogue
from tests.characters.scripts.reading import open_script, read


def test_directions_keep_their_places() -> None:
    script = (
        "# One\n(Rain.)\nBev: Tea?\n[A bell.]\nKit: Cake.\n(She eats.)\n\n(Later.)\nBev: More?\n"
    )
    scenes, rejections = read(script)
    assert not rejections
    assert [list(scene.directions) for scene in scenes] == [
        [Direction(0, "(Rain.)"), Direction(1, "[A bell.]")],  # nothing is heard after the last one
        [Direction(0, "(Later.)")],
    ]


def test_rows_of_a_paragraph_are_one_and_a_heading_forgets_them() -> None:
    script = (
        "INT. HALL - DAY\n\nAmbrose sits by the stove,\nmending a boot.\n\nKit hums.\n\n"
        "BEV\nTea?\n\nNobody answers.\n\nINT. YARD - DAY\n\nBEV\nHello?\n"
    )
    scenes, _ = read(script, "screenplay")
    assert [list(scene.directions) for scene in scenes] == [
        [Direction(0, "Ambrose sits by the stove, mending a boot."), Direction(0, "Kit hums.")],
        [],
    ]


def test_a_row_that_may_be_speech_is_uncertain() -> None:
    scenes, rejections = read("Bev: Tea?\nKit leaves the room\nBev: No?\n")
    assert [rejection.code for rejection in rejections] == ["no_colon"]
    assert list(scenes[0].directions) == [Direction(1, "Kit leaves the room", certain=False)]


def test_more_than_is_kept_is_said_to_be_more() -> None:
    rows = "\n".join(f"(Direction {n}.)" for n in range(DIRECTION_ROWS + 1))
    scenes, _ = read(f"Bev: Tea?\n{rows}\nKit: No.\n")
    assert list(scenes[0].directions) == [Direction(1, "")]
    scenes, _ = read(f"Bev: Tea?\n({'long ' * 300})\nKit: No.\n")
    assert list(scenes[0].directions) == [Direction(1, "")]


def test_a_list_of_a_scenes_cast_is_nobodys_line() -> None:
    script = "第一场 茶馆\n人物：老周、三三\n老周：坐。\n在场：我叫在场。\n"
    assert NonDialogue(2, "cast") in list(open_script(script, format="text"))
    scenes, _ = read(script)
    assert list(scenes[0].directions) == [Direction(0, "人物：老周、三三")]
    assert [line.speaker for line in scenes[0].lines] == ["老周", "在场"]  # not below the heading
