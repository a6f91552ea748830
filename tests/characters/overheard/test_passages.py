"""Which lines of a script a silent character hears."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.overheard import OverheardSpan, find_overheard
from characters.overheard.passages import PASSAGE_LINES
from characters.scripts.model import Direction, Line, Scene
from tests.characters.scripts.reading import read

SCREENPLAY = """\
INT. KITCHEN - DAY

Ambrose sits by the stove,
mending a boot.

BEV
The advert never mentioned a horse.

KIT
(whispering)
He snores, you know.

PRIYA
Places in five minutes.

Ambrose leaves.

BEV
He is slower every year.

INT. HALL - DAY

BEV
Where is Ambrose?
"""


def heard(text: str, *names: str, format: str = "text") -> list[str]:
    """What the character of these names hears, line by line."""
    scenes, _ = read(text, format)
    return [
        scenes[glimpse.scene].lines[at].text
        for glimpse in find_overheard(scenes, names[:1], names)
        for at in range(glimpse.start, glimpse.stop)
    ]


def scene(*lines: str, **told: str) -> Scene:
    """A scene of lines ``Name: text``; ``at2="…"`` is told before the third."""
    parts = [line.partition(": ") for line in lines]
    spoken = [Line(speaker, text, row) for row, (speaker, _, text) in enumerate(parts, 1)]
    directions = [Direction(int(at[2:]), text) for at, text in told.items()]
    return Scene(spoken, 1, directions=directions)


@pytest.mark.parametrize("format", ["screenplay", "fountain"])
def test_in_a_screenplay_it_hears_from_the_action_on(format: str) -> None:
    assert heard(SCREENPLAY, "Ambrose", format=format) == [
        "The advert never mentioned a horse.",
        "Places in five minutes.",  # what is whispered is not heard, nor what follows the exit
    ]


def test_in_a_chinese_screenplay() -> None:
    script = """\
第1场 内景 茶馆 日
人物：老周、老李、三三

老周
今年的茶贵了。

老李
再贵也得喝。

△三三起身走了出去。

老周
他怎么走了？

第2场 外景 码头 夜

△老周提着灯。

老李
三三呢？
"""
    assert heard(script, "三三", format="screenplay") == ["今年的茶贵了。", "再贵也得喝。"]


def test_in_plain_text_a_scene_lists_its_cast_below_its_heading() -> None:
    script = """\
第一场 茶馆
人物：老周、三三

老周：今年的茶贵了。
老李：再贵也得喝。

第二场 码头
人物：老周、老李

老周：船来了，三三呢？
老李：没看见。
"""
    assert heard(script, "三三") == ["今年的茶贵了。", "再贵也得喝。"]


def test_remarks_beside_lines_and_a_narrator_tell_too() -> None:
    script = """\
Narrator: Ambrose sat in the corner.
Bev: Nobody pays us before Friday.
Kit: (as Ambrose leaves) Good night.
Bev: Now he is gone.
Kit: (to Ambrose) There you are again!
Bev: (aside) He has been drinking.
Bev: We open on Saturday.
"""
    assert heard(script, "Ambrose") == [
        "Nobody pays us before Friday.",
        "(to Ambrose) There you are again!",
        "We open on Saturday.",
    ]


def test_a_scene_it_speaks_in_is_none_of_these() -> None:
    assert heard("Present: Ambrose, Bev\nBev: Tea?\nAmbrose: In a saucer.\n", "Ambrose") == []


def test_an_alias_is_enough_and_a_mention_is_not() -> None:
    script = "# One\nPresent: Bev, Mr. Pettifer\nBev: Mind the step.\nKit: Where is Ambrose?\n"
    assert heard(script, "Ambrose", "Mr. Pettifer") == ["Mind the step.", "Where is Ambrose?"]
    assert heard(script, "Ambrose") == []
    assert heard("Bev: Ambrose stands by the door.\nKit: Enter Ambrose.\n", "Ambrose") == []


def test_a_row_that_may_be_speech_brings_nobody_and_takes_everybody() -> None:
    script = """\
# One
(Ambrose sits by the stove.)
Bev: Mind the step.
Ambrose goes out.
Kit: He did not say good night.
Ambrose comes in.
Bev: Now what?
"""
    assert heard(script, "Ambrose") == ["Mind the step."]


def test_passages_are_cut_and_say_why() -> None:
    told = "Ambrose sits by the stove."
    lines = [f"Bev: Line {n}." for n in range(2 * PASSAGE_LINES + 1)]
    assert find_overheard([scene("Bev: Hm."), scene(*lines, at0=told)], ["Ambrose"], []) == [
        OverheardSpan(1, 0, PASSAGE_LINES, told),
        OverheardSpan(1, PASSAGE_LINES, 2 * PASSAGE_LINES + 1, told),
    ]


directions = st.sampled_from(
    ["Ambrose enters.", "Ambrose leaves.", "Bev leaves.", "He goes out.", "Later.", "Rain.", ""]
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["Bev", "Kit", "Ambrose"]), st.lists(directions, max_size=2)),
        min_size=1,
        max_size=12,
    )
)
def test_it_hears_only_between_coming_and_going(told: list[tuple[str, list[str]]]) -> None:
    """Beside a simulation that knows the seven directions by heart."""
    lines = [Line(speaker, "Well.", row) for row, (speaker, _) in enumerate(told, 1)]
    between = [Direction(at, text) for at, (_, texts) in enumerate(told) for text in texts]
    present, expected = False, []
    for at, (_, texts) in enumerate(told):
        for text in texts:
            others = {"Bev", "Kit"} & {speaker for speaker, _ in told}
            if text == "Ambrose enters.":
                present = True
            elif text != "Rain." and not (text == "Bev leaves." and "Bev" in others):
                present = False
        if present:
            expected.append(at)
    if any(speaker == "Ambrose" for speaker, _ in told):
        expected = []
    found = find_overheard([Scene(lines, 1, directions=between)], ["Ambrose"], [])
    assert [at for each in found for at in range(each.start, each.stop)] == expected
    assert all(each.reason == "Ambrose enters." for each in found)


def test_a_wall_of_text_is_read_in_no_time() -> None:
    """Longest directions of what regular expressions dislike."""
    for wall in ("三三和" * 330, "Ambrose, " * 110, "Bev and Kit, " * 76, "在" * 998 + "三三"):
        assert find_overheard([scene("Bev: Hm.", at0=wall)], ["Ambrose"], ["三三"]) == []


def test_final_draft_lists_a_scenes_cast() -> None:
    paragraphs = [
        ("Scene Heading", "INT. KITCHEN - DAY"),
        ("Cast List", "(Bev, Ambrose)"),
        ("Character", "BEV"),
        ("Dialogue", "Mind the step."),
        ("Action", "Ambrose exits."),
        ("Character", "BEV"),
        ("Dialogue", "Gone."),
    ]
    body = "".join(
        f'<Paragraph Type="{kind}"><Text>{text}</Text></Paragraph>' for kind, text in paragraphs
    )
    script = f"<FinalDraft><Content>{body}</Content></FinalDraft>"
    assert heard(script, "Ambrose", format="fdx") == ["Mind the step."]


def test_a_table_tells_in_rows_without_a_speaker() -> None:
    rows = ["speaker,line", ",Ambrose stands by the door.", "Bev,Mind the step."]
    rows += [",Ambrose leaves.", "Kit,Gone."]
    assert heard("\n".join(rows), "Ambrose", format="table") == ["Mind the step."]
