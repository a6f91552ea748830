"""Lines to open a conversation with: said to the character, answered, short, always the same."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.language import reading_length
from characters.openers import Opener, SpokenScene, choose_openers, situation
from characters.passages.duplicates import letters
from characters.passages.windows import without_directions

OWN = frozenset({"Ben", "Benny"})

speakers = st.sampled_from(["Ben", "Benny", "Anna", "Clara", "卫兵", ""])
texts = st.one_of(
    st.sampled_from(
        [
            "Where did you put the key, and who saw you?",
            "Did you bring the letter?",
            "你把钥匙放在哪儿了？",
            "(turning) Are you coming back to the lighthouse?",
            "No.",
            "And then?",
            "I never…",
            "",
            "（沉默）",
        ]
    ),
    st.text(max_size=150),
)
scene_lists = st.lists(st.lists(st.tuples(speakers, texts), max_size=8), max_size=12).map(
    lambda found: [SpokenScene(at, lines) for at, lines in enumerate(found)]
)


def said_to_ben(scene: SpokenScene) -> set[str]:
    """Return what others say right before the character's own lines."""
    pairs = zip(scene.lines, scene.lines[1:], strict=False)
    return {
        " ".join(without_directions(text).split())
        for (speaker, text), (answering, _) in pairs
        if answering in OWN and speaker not in OWN and speaker
    }


@given(scene_lists, st.sampled_from([None, "Anna", "Ben", "nobody"]), st.integers(0, 12))
def test_whatever_the_script_openers_keep_the_rules(
    scenes: Sequence[SpokenScene], plays: str | None, until: int
) -> None:
    known = scenes[:until]
    found = choose_openers(known, OWN, plays=plays)
    assert len(found) <= 3
    assert found == choose_openers([*known], OWN, plays=plays), "always the same"
    assert [each.scene for each in found] == sorted(each.scene for each in found)
    for each in found:
        assert each.scene < until, "nothing of later scenes"
        assert each.text in said_to_ben(scenes[each.scene]), "said to the character, and answered"
        assert each.speaker not in OWN
        assert "\n" not in each.text
        assert 3 <= reading_length(each.text) <= 36
        assert any(map(str.isalpha, each.text))
    plain = [letters(each.text) for each in found]
    assert len({*plain}) == len(plain), "no line twice"


def scene(position: int, *lines: str) -> SpokenScene:
    return SpokenScene(position, [tuple(line.split(": ", 1)) for line in lines])  # type: ignore[misc]  # two parts


LONG = "Ben: I have kept that lamp for thirty years, and never once let it go out."


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ("The nets are dry now.", "Are the nets dry now?"),
        ("Is the harbour deep here?", "Do you fear the harbour here?"),
        ("And is the harbour deep here?", "Is the harbour deep here?"),
        ("Is the harbour deep and -", "Is the harbour deep enough"),
        ("My name is Anna, is it not?", "My name is lost, is it not?"),
    ],
)
def test_of_two_lines_the_one_that_opens_better_comes_first(worse: str, better: str) -> None:
    for lines in ((worse, better), (better, worse)):
        scenes = [scene(at, f"Anna: {text}", LONG) for at, text in enumerate(lines)]
        assert [each.text for each in choose_openers(scenes, OWN, most=1)] == [better]


def test_they_are_spread_over_the_script() -> None:
    words = ["anchors", "barrels", "candles", "donkeys", "eggcups", "fiddles", "gulls", "herrings"]
    words.append("irons")
    questions = [f"{word}, {word[::-1]}, you?" for word in words]
    scenes = [scene(at, f"Anna: {text}", LONG) for at, text in enumerate(questions)]
    assert [each.scene // 3 for each in choose_openers(scenes, OWN)] == [0, 1, 2]


def test_a_speaker_that_the_user_plays_comes_first() -> None:
    scenes = [
        scene(0, "Anna: Did you ever read the letter I wrote?", LONG),
        scene(1, "Clara: Close the door behind the dog", LONG),
    ]
    assert choose_openers(scenes, OWN, most=1)[0].speaker == "Anna"
    assert choose_openers(scenes, OWN, most=1, plays="Clara")[0].speaker == "Clara"


def test_what_nobody_answered_is_never_offered() -> None:
    scenes = [
        scene(0, "Anna: Where did you hide the gold?", "Clara: Hush, he is near the door.", LONG)
    ]
    assert [each.text for each in choose_openers(scenes, OWN)] == ["Hush, he is near the door."]
    assert choose_openers([scene(0, LONG)], OWN) == []


@pytest.mark.parametrize(
    ("heading", "chinese", "text"),
    [
        (
            "SCENE 13 - Plimley Assembly Rooms, the wings",
            False,
            "(Plimley Assembly Rooms, the wings)",
        ),
        ("INT. KITCHEN - NIGHT", False, "(INT. KITCHEN - NIGHT)"),
        ("第十三场 两面崖 雨夜", True, "（两面崖 雨夜）"),
        ("Scene 4", False, None),
        ("第4场", True, None),
        ("1", False, None),
        ("", False, None),
        ("a\nb  c of the long road", False, "(a b c of the long road)"),
    ],
)
def test_a_heading_becomes_a_situation(heading: str, chinese: bool, text: str | None) -> None:
    found = situation(heading, 7, chinese=chinese)
    assert found == (None if text is None else Opener(text, None, 7))


@given(st.text(max_size=400), st.booleans())
def test_any_heading_is_a_short_situation_or_none(heading: str, chinese: bool) -> None:
    found = situation(heading, 0, chinese=chinese)
    assert found is None or (reading_length(found.text) <= 40 and "\n" not in found.text)
