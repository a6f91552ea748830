"""Scenes cut into windows, and what collapses."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.passages.duplicates import NEARLY_EQUAL, find_duplicates
from characters.passages.windows import WindowSet, cut_windows, without_directions
from characters.scripts.model import Line, Scene


def scene(*lines: str) -> Scene:
    """``Speaker:text`` each."""
    parts = [line.partition(":") for line in lines]
    return Scene([Line(who, text, n, colon=":") for n, (who, _, text) in enumerate(parts, 1)], 1)


def spans(cut: WindowSet) -> list[tuple[int, int, int]]:
    return [(window.scene, window.start, window.stop) for window in cut.windows]


def test_a_short_scene_stays_whole_up_to_the_last_reply() -> None:
    cut = cut_windows(
        [scene("A:hello", "M:who is it", "A:me", "M:come in", "A:thanks")], ["M"], "M"
    )
    assert spans(cut) == [(0, 0, 4)]
    assert cut.windows[0].key == "user0:hello\nM:who is it\nuser0:me"


def test_a_window_closes_at_the_reply_that_makes_it_long_enough() -> None:
    lines = ["A:1", "M:2", "B:3", "B:4", "M:5", "A:6", "M:7", "A:8", "A:9", "M:10", "A:11"]
    cut = cut_windows([scene(*lines)], ["M"], "M", lines=4)
    assert spans(cut) == [(0, 0, 5), (0, 5, 10)]
    assert cut.windows[0].speakers == ("A", "B")
    assert cut.windows[1].key == "user0:6\nM:7\nuser0:8\nuser0:9"


def test_a_single_line_left_at_the_end_joins_the_window_before() -> None:
    cut = cut_windows([scene("A:1", "M:2", "A:3", "M:4", "M:5")], ["M"], "M", lines=4)
    assert spans(cut) == [(0, 0, 5)]


def test_of_a_long_talk_among_others_only_the_end_is_kept() -> None:
    cut = cut_windows([scene(*(f"A:talk {n}" for n in range(50)), "M:enough")], ["M"], "M", lines=4)
    assert spans(cut) == [(0, 39, 51)]


def test_a_reply_knows_the_line_before_it_also_across_windows() -> None:
    lines = ["A:1", "M:2", "A:3", "M:(laughs) four", "M:five"]
    cut = cut_windows([scene(*lines, "A:6", "M:7")], ["M"], "M", lines=4)
    assert [(r.previous_speaker, r.previous, r.text) for r in cut.replies] == [
        ("A", "1", "2"),
        ("A", "3", "four"),
        ("M", "four", "five"),
        ("A", "6", "7"),
    ]
    assert cut.replies[1].pair == "user0:3\nM:(laughs) four"
    assert cut.replies[2].pair == "M:(laughs) four\nM:five"
    assert cut.replies[2].window == 1
    assert cut.replies[2].span == (3, 4)


def test_a_scene_may_begin_with_a_reply() -> None:
    (reply,) = cut_windows([scene("三三:我先说")], ["三三"], "三三").replies
    assert (reply.previous_speaker, reply.previous, reply.span) == (None, "", (0, 0))
    assert reply.pair == "三三:我先说"


def test_several_speakers_are_one_character_under_its_name() -> None:
    cut = cut_windows([scene("A:hi", "Mask:ho", "M:hu")], ["M", "Mask"], "Marta")
    assert cut.windows[0].key == "user0:hi\nMarta:ho"
    assert cut.windows[0].speakers == ("A",)


def test_what_another_window_contains_is_left_out() -> None:
    long = scene("A:the boat is late", "M:it always is", "A:why", "M:the tide, my dear")
    part = scene("A:The boat is late!", "M:it always is")
    cut = cut_windows([part, long], ["M"], "M")
    assert spans(cut) == [(1, 0, 4)]
    assert cut.collapsed == {(0, 0, 2): 0}
    assert [reply.scene for reply in cut.replies] == [1, 1]


def test_what_is_nearly_equal_is_left_out_and_what_is_merely_alike_stays() -> None:
    first = scene("A:the boat is late again today, captain", "M:it always is, and it will be")
    twin = scene("A:the boat is late again today, captn", "M:it always is, and it will be.")
    other = scene("A:the boat is early today, captain", "M:then it is no boat of ours")
    assert spans(cut_windows([first, twin, other], ["M"], "M")) == [(0, 0, 2), (2, 0, 2)]


def test_short_replies_stay() -> None:
    scenes = [scene("A:is the ferry late again", "M:嗯"), scene("B:was it ever early", "M:oh")]
    assert [reply.text for reply in cut_windows(scenes, ["M"], "M").replies] == ["嗯", "oh"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("（小声）走吧（起身）", "走吧"),
        ("(quietly) Let us go. [exits]", "Let us go."),
        ("*waves* bye", "bye"),
        ("【关门】", "【关门】"),
        ("3 * 4 * 5", "3 * 4 * 5"),
        ("(never closed", "(never closed"),
    ],
)
def test_stage_directions_are_not_said(text: str, said: str) -> None:
    assert without_directions(text) == said


def test_a_window_of_no_lines_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        cut_windows([], ["M"], "M", lines=0)


words = st.lists(
    st.sampled_from(["tide", "boat", "潮水", "late", "灯", "no"]), min_size=1, max_size=4
)
line = st.tuples(st.sampled_from(["M", "A", "B"]), words.map(" ".join))
scripts = st.lists(st.lists(line, min_size=1, max_size=14), max_size=6)


def build(script: Sequence[Sequence[tuple[str, str]]]) -> list[Scene]:
    return [scene(*(f"{who}:{text}" for who, text in lines)) for lines in script]


@settings(deadline=None)
@given(scripts, st.integers(1, 6))
def test_windows_and_what_they_stand_for_hold_every_reply_once(
    script: list[list[tuple[str, str]]], lines: int
) -> None:
    scenes = build(script)
    cut = cut_windows(scenes, ["M"], "M", lines)
    held = [
        (number, at)
        for number, start, stop in [*spans(cut), *cut.collapsed]
        for at in range(start, stop)
        if scenes[number].lines[at].speaker == "M"
    ]
    spoken = [
        (n, at)
        for n, s in enumerate(scenes)
        for at, one in enumerate(s.lines)
        if one.speaker == "M"
    ]
    assert sorted(held) == spoken
    kept = [(r.scene, r.line) for r in cut.replies]
    collapsed = {(n, at) for n, start, stop in cut.collapsed for at in range(start, stop)}
    assert kept == [place for place in spoken if place not in collapsed]
    for reply in cut.replies:
        window = cut.windows[reply.window]
        assert window.scene == reply.scene
        assert window.start <= reply.line < window.stop


@settings(deadline=None)
@given(scripts, st.integers(1, 6))
def test_no_window_contains_another(script: list[list[tuple[str, str]]], lines: int) -> None:
    scenes = build(script)
    cut = cut_windows(scenes, ["M"], "M", lines)
    shown = [
        [f"{one.speaker}:{one.text}" for one in scenes[n].lines[start:stop]]
        for n, start, stop in spans(cut)
    ]
    for number, one in enumerate(shown):
        for other in shown[number + 1 :]:
            short, long = sorted((one, other), key=len)
            runs = [long[at : at + len(short)] for at in range(len(long) - len(short) + 1)]
            assert short not in runs


@settings(deadline=None)
@given(scripts)
def test_the_join_finds_what_comparing_all_pairs_finds(
    script: list[list[tuple[str, str]]],
) -> None:
    dialogues = [each.lines for each in build(script)]
    found = find_duplicates(dialogues)
    assert not set(found) & set(found.values())
    left = [number for number in range(len(dialogues)) if number not in found]
    for place, one in enumerate(left):
        for other in left[place + 1 :]:
            assert _trigram_jaccard(dialogues[one], dialogues[other]) < NEARLY_EQUAL


def _trigram_jaccard(one: Sequence[Line], other: Sequence[Line]) -> float:
    first, second = (
        "\n".join("".join(c for c in f"{x.speaker}{x.text}".lower() if c.isalnum()) for x in each)
        for each in (one, other)
    )
    sets = [
        {text[at : at + 3] for at in range(len(text) - 2)} or {text} for text in (first, second)
    ]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])
