"""Nobody is asked what its examples answer."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.tools.evaluation.roleplay.assignment import CharacterAssignment, KnownScenes, assign_items
from app.tools.evaluation.roleplay.dataset import Item, read_dataset
from tests.app.tools.evaluation.roleplay.data import FIXTURES, make_item


def known_lines(part: KnownScenes) -> list[str]:
    return [line.render() for scene in part.scenes for line in scene.lines]


def part_of(assignment: CharacterAssignment, number: int) -> KnownScenes:
    return assignment.characters[assignment.character_of[number]]


def test_the_other_dialogues_of_the_role_are_known() -> None:
    items = read_dataset(FIXTURES).items
    assignment = assign_items(items, "others")
    letters, boat = items[1].context.split("\n"), items[3].context.split("\n")
    # Items 1 and 2 are one dialogue, 3 and 4 another; 林澈 is silent in item 5.
    assert known_lines(part_of(assignment, 0)) == known_lines(part_of(assignment, 1)) == boat
    assert known_lines(part_of(assignment, 2)) == known_lines(part_of(assignment, 3)) == letters
    assert sorted(known_lines(part_of(assignment, 4))) == sorted(letters + boat)
    assert [part.role for part in assignment.characters].count("林澈") == 3
    # 老郑 has one dialogue only, so that nothing is left to know.
    assert known_lines(part_of(assignment, 8)) == []
    assert assignment.dialogue_of[0] == assignment.dialogue_of[1] != assignment.dialogue_of[2]


def test_the_profile_alone_is_one_part_a_role() -> None:
    assignment = assign_items(read_dataset(FIXTURES).items, "none")
    assert [(part.role, part.scenes) for part in assignment.characters] == [
        ("林澈", []),
        ("苏禾", []),
        ("老郑", []),
    ]


def test_two_roles_of_one_name_in_two_novels_know_nothing_of_each_other() -> None:
    said = ["甲：今天的雨下得真大啊", "乙：是啊，出不了门了", "甲：那就在家里待着吧"]
    other = ["甲：你见过海吗，说说看", "乙：我从来没有见过海", "甲：以后我带你去看海"]
    items = [make_item("1", "乙", said, "一"), make_item("2", "乙", other, "二")]
    assignment = assign_items(items, "others")
    assert [known_lines(part_of(assignment, number)) for number in (0, 1)] == [[], []]


def test_what_begins_like_two_dialogues_is_asked_of_nobody_who_knows_either() -> None:
    first = ["甲：谁？", "乙：我是新来的邻居呀", "甲：原来是你，请进来坐"]
    second = ["甲：谁？", "乙：送信的，开一下门吧", "甲：把信放在门口就好"]
    third = ["甲：晚饭吃什么好呢", "乙：吃面条吧，热乎的", "甲：那我这就去烧水"]
    items = [
        make_item("1", "乙", first[:1]),
        make_item("2", "乙", first),
        make_item("3", "乙", second),
        make_item("4", "乙", third),
    ]
    assignment = assign_items(items, "others")
    assert known_lines(part_of(assignment, 0)) == []
    assert sorted(known_lines(part_of(assignment, 1))) == sorted(second + third)
    assert sorted(known_lines(part_of(assignment, 2))) == sorted(first + third)


LINES = st.sampled_from(
    ["嗯。", "谁？", "今天的风真大", "我们明天再说吧", "你见过海吗", "不见不散"]
)
DIALOGUES = st.lists(st.lists(LINES, min_size=1, max_size=5), min_size=1, max_size=6)


def cut(dialogues: Sequence[Sequence[str]]) -> list[Item]:
    """Every cut of every dialogue after which the role answers."""
    rows = [
        [f"{'甲乙'[at % 2]}：{line}" for at, line in enumerate(dialogue)] for dialogue in dialogues
    ]
    contexts = [each[:end] for each in rows for end in range(1, len(each) + 1, 2)]
    return [make_item(str(number), "乙", context) for number, context in enumerate(contexts)]


@given(DIALOGUES)
def test_no_part_knows_a_dialogue_that_goes_on_from_what_it_is_asked(
    dialogues: list[list[str]],
) -> None:
    items = cut(dialogues)
    assignment = assign_items(items, "others")
    for number, item in enumerate(items):
        asked = item.context.split("\n")
        for scene in part_of(assignment, number).scenes:
            assert [line.render() for line in scene.lines][: len(asked)] != asked
