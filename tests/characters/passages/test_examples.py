import csv
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.passages.examples import Drop, Example, build_examples, build_query
from characters.scripts.model import Line, Scene
from tests.characters.reference import GOLDEN_RETRIEVAL, SANSAN, needs_reference
from tests.characters.scripts.reading import open_script

LONG = "这句话足足有十个字以上呢"


def scene(*rows: str) -> Scene:
    lines = []
    for number, row in enumerate(rows, start=1):
        match = re.fullmatch("(.*?)([:：] ?)(.*)", row)
        assert match
        lines.append(Line(match[1], match[3], number, colon=match[2]))
    return Scene(lines, 1)


def only(*rows: str, speakers: frozenset[str] = frozenset({"三三"})) -> Example:
    [example] = build_examples([scene(*rows)], speakers, "三三").examples
    return example


def test_a_scene_is_cut_after_the_last_line_of_the_character() -> None:
    example = only("二二：一", "三三：二", "二二：三", "三三：四", "二二：五")
    assert example.lines == ("二二：一", "三三：二", "二二：三", "三三：四")
    assert example.render() == "二二：一\n三三：二\n二二：三\n三三：四"


def test_the_key_is_all_but_the_last_line_with_others_numbered_in_order() -> None:
    example = only("二二：一", "路人: 二", "三三：二二三", "二二:四", "三三：五")
    assert example.key == "user0：一\nuser1: 二\n三三：二二三\nuser0:四"
    assert example.speakers == ("二二", "路人")


def test_the_key_of_a_one_line_scene_is_that_line() -> None:
    assert only("三三：喂").key == "三三：喂"
    assert only("三三：喂", "二二：嗯").key == "三三：喂"


def test_all_speakers_a_character_plays_count_and_bear_its_name_in_the_key() -> None:
    example = only(
        "小三：一",
        "二二：二",
        "三三：三",
        "小三：四",
        "二二：五",
        speakers=frozenset({"三三", "小三"}),
    )
    assert example.lines == ("小三：一", "二二：二", "三三：三", "小三：四")
    assert example.key == "三三：一\nuser0：二\n三三：三"


def test_names_are_compared_whole() -> None:
    """The reference compares beginnings, and cuts here after 三三的妈."""
    assert only("三三：一", "三三的妈：二").lines == ("三三：一",)


def test_what_is_dropped_and_why() -> None:
    scenes = [
        scene("二二：无人"),
        scene("二二：一", f"三三：{LONG}", "二二：尾"),
        scene("二二：一", f"三三：{LONG}"),
        scene("二二:一", f"三三：{LONG}"),
        scene("二二：一", "三三：短"),
    ]
    scenes += [scene(f"二二：{number}", f"三三：{LONG}") for number in range(18)]
    found = build_examples(scenes, {"三三"}, "三三")
    assert found.dropped == [
        Drop(0, "without_character"),
        Drop(2, "duplicate"),
        Drop(4, "short_replies"),
    ]
    assert [example.scene for example in found.examples] == [1, 3, *range(5, 23)]
    assert found.count_dropped() == {"without_character": 1, "duplicate": 1, "short_replies": 1}
    assert found.short_kept == 0


def test_short_replies_stay_when_fewer_than_twenty_examples_would_be_left() -> None:
    scenes = [scene(f"二二：{number}", f"三三：{LONG}") for number in range(19)]
    scenes.insert(5, scene("三三：短"))
    found = build_examples(scenes, {"三三"}, "三三")
    assert [example.scene for example in found.examples] == list(range(20))
    assert (found.dropped, found.short_kept) == ([], 1)


def test_duplicates_do_not_count_towards_the_twenty() -> None:
    scenes = [scene(f"二二：{number}", f"三三：{LONG}") for number in range(19)]
    scenes += [scenes[0], scene("三三：短")]
    found = build_examples(scenes, {"三三"}, "三三")
    assert len(found.examples) == 20
    assert found.count_dropped() == {"duplicate": 1}


def test_ten_characters_on_average_are_enough() -> None:
    full = [scene(f"二二：{number}", f"三三：{LONG}") for number in range(20)]
    ten = scene("三三：" + "字" * 15, "三三：" + "字" * 5)
    nine = scene("三三：" + "字" * 14, "三三：" + "字" * 5)
    found = build_examples([*full, ten, nine], {"三三"}, "三三")
    assert found.dropped == [Drop(21, "short_replies")]


@needs_reference
def test_the_examples_of_the_reference_corpus() -> None:
    """88 scenes: all have 三三 in them, no two cut scenes are equal, 39 average under ten."""
    reading = open_script(SANSAN.read_bytes(), "三三.csv")
    scenes = [item for item in reading if isinstance(item, Scene)]
    found = build_examples(scenes, {"三三"}, "三三")
    assert (len(found.examples), found.count_dropped()) == (49, {"short_replies": 39})

    # The same, worked out without any of our code.
    with SANSAN.open(encoding="utf-8", newline="") as file:
        cells = [row[1].split("\n") for row in csv.reader(file)][1:]
    expected = []
    for lines in cells:
        mine = [number for number, line in enumerate(lines) if line.startswith("三三：")]
        lengths = [len(lines[number].removeprefix("三三：")) for number in mine]
        cut = tuple(lines[: mine[-1] + 1])
        if sum(lengths) >= 10 * len(lengths) and cut not in expected:
            expected.append(cut)
    assert [example.lines for example in found.examples] == expected


@needs_reference
def test_all_that_the_reference_retrieved_is_among_the_examples() -> None:
    reading = open_script(SANSAN.read_bytes(), "三三.csv")
    scenes = [item for item in reading if isinstance(item, Scene)]
    examples = {example.lines for example in build_examples(scenes, {"三三"}, "三三").examples}
    [golden] = json.loads(GOLDEN_RETRIEVAL.read_text(encoding="utf-8"))
    retrieved = [tuple(lines) for _, lines in golden["retrieve_results"]]
    assert len(retrieved) == 20
    assert examples.issuperset(retrieved)


others = ["二二", "路人", "Anna", "三三的妈"]
lines_of_dialogue = st.builds(
    Line,
    speaker=st.sampled_from(["三三", "小三", *others]),
    text=st.text("一二a，", min_size=1, max_size=25),
    row=st.just(1),
    colon=st.sampled_from(["：", ":", ": "]),
)
some_scenes = st.lists(
    st.lists(lines_of_dialogue, min_size=1, max_size=4).map(lambda lines: Scene(lines, 1)),
    max_size=40,
)


@given(some_scenes)
def test_what_holds_for_every_example(scenes: list[Scene]) -> None:
    found = build_examples(scenes, {"三三", "小三"}, "三三")
    for example in found.examples:
        assert example.lines[-1].startswith(("三三", "小三"))
        for row in example.key.split("\n"):
            assert re.match(r"(三三|user\d)(：|:)", row)
        assert example.key.count("\n") == max(0, len(example.lines) - 2)
        source = scenes[example.scene].lines
        assert example.lines == tuple(line.render() for line in source[: len(example.lines)])
    assert len({example.lines for example in found.examples}) == len(found.examples)
    numbers = [example.scene for example in found.examples] + [drop.scene for drop in found.dropped]
    assert sorted(numbers) == list(range(len(scenes)))


def test_a_query_is_the_dialogue_with_the_others_renamed() -> None:
    dialogue = [("user", "你是谁"), ("三三", "我是三三"), ("阿明", "你好"), ("user", "user 是我")]
    assert (
        build_query(dialogue, "三三", 400)
        == "user0:你是谁\n三三:我是三三\nuser1:你好\nuser0:user 是我"
    )
    assert build_query([], "三三", 400) == ""


def test_a_query_keeps_the_newest_whole_lines_that_fit() -> None:
    dialogue = [("user", "一" * 10), ("三三", "二" * 10), ("user", "三" * 10)]
    both = "三三:" + "二" * 10 + "\nuser0:" + "三" * 10
    assert build_query(dialogue, "三三", len(both)) == both
    assert build_query(dialogue, "三三", len(both) - 1) == "user0:" + "三" * 10


def test_the_newest_line_is_cut_to_its_end() -> None:
    assert build_query([("user", "0123456789")], "三三", 10) == "user0:6789"
    assert build_query([("user", "0123456789")], "三三", 4) == "6789"
    with pytest.raises(ValueError, match="at least 1"):
        build_query([], "三三", 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["user", "三三", "x"]), st.text(max_size=30)),
        min_size=1,
        max_size=5,
    ),
    st.integers(1, 100),
)
def test_a_query_is_never_longer_than_asked(dialogue: list[tuple[str, str]], limit: int) -> None:
    query = build_query(dialogue, "三三", limit)
    whole = build_query(dialogue, "三三", 1_000_000)
    assert len(query) <= limit
    assert whole.endswith(query) or query.startswith(("user", "三三"))
    assert len(whole) > limit or query == whole
