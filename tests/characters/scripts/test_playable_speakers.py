"""Who of a script is worth playing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.scripts.collective_names import Voice, voice_of
from characters.scripts.model import Line, Scene
from characters.scripts.playable_speakers import Role, RoleRanking, SpeakerTotals

LONG = "I have kept this lamp for thirty years, and no ship was lost."
ZH = "我守了这盏灯三十年，没有一条船在这里出过事。"


def cast(*scenes: list[tuple[str, str]]) -> dict[str, Role]:
    """The roles of a whole script, by name, in their order."""
    spoken = [name for scene in scenes for name, _ in scene]
    parts = [
        SpeakerTotals(name, spoken.count(name), sum(name in dict(scene) for scene in scenes))
        for name in dict.fromkeys(spoken)
    ]
    ranking = RoleRanking(parts)
    ranking.read(Scene([Line(name, text, 1) for name, text in scene], row=1) for scene in scenes)
    return {role.name: role for role in ranking.roles(len(spoken), len(scenes))}


def test_shares_lengths_and_languages_are_those_of_the_speaker() -> None:
    roles = cast(
        [("Ben", "abcdefghij"), ("Anna", LONG)],
        [("Ben", "abcdefghijklmnopqrst"), ("Ben", ZH), ("Anna", LONG), ("Anna", LONG)],
    )
    ben = roles["Ben"]
    assert (ben.lines, ben.scenes, ben.share, ben.scene_share) == (3, 2, 0.5, 1.0)
    assert ben.mean_characters == (10 + 20 + len(ZH)) / 3
    assert (ben.languages, roles["Anna"].languages) == (["en", "zh"], ["en"])


def test_leads_first_then_those_of_many_scenes_then_the_rest() -> None:
    story = [[("Anna", LONG), ("Anna", LONG), ("Ben", LONG)] for _ in range(60)]
    for scene in story[:20]:
        scene.append(("Cook", LONG))
    for scene in story[:19]:
        scene.append(("Boy", LONG))
    story[0] += [("Cat", "Mew.")] * 25 + [("Guest", LONG)] * 2 + [("众人", LONG)] * 40
    roles = cast(*story)  # 286 lines
    assert [(role.name, role.verdict) for role in roles.values()] == [
        ("Anna", "lead"),
        ("Ben", "lead"),
        ("Cook", "supporting"),
        ("Boy", "minor"),
        ("Guest", "minor"),
        ("Cat", "short_lines"),
        ("众人", "group"),
    ]
    assert [role.name for role in roles.values() if role.recommended] == ["Anna", "Ben", "Cook"]
    assert roles["Anna"].reason == (
        "Speaks 42% of the lines (120), in 60 scenes, 61 characters at a time: "
        "a voice to learn from."
    )


def test_samples_are_lines_that_show_a_voice_and_each_only_once() -> None:
    lines = ["No.", "Aye.", LONG, LONG, ZH, "x" * 5_000]
    (ben,) = cast([("Ben", line) for line in lines]).values()
    assert ben.samples == [ZH, LONG, "Aye."]


def test_who_was_not_heard_is_still_counted() -> None:
    (role,) = RoleRanking([SpeakerTotals("Ben", 40, 30)]).roles(100, 50)
    assert (role.mean_characters, role.samples, role.verdict) == (None, [], "lead")


@pytest.mark.parametrize(
    ("name", "voice"),
    [
        ("旁白", "narrator"),
        ("NARRATOR", "narrator"),
        ("Narrator (V.O.)", "narrator"),
        ("众人", "group"),
        ("众官兵", "group"),
        ("孩子们", "group"),
        ("小兵等人", "group"),
        ("ALL", "group"),
        ("All.", "group"),
        ("MARY AND JOHN", "group"),
        ("唐僧、悟空", "group"),
        ("Rosencrantz & Guildenstern", "group"),
        ("???", "nameless"),
        ("？？", "nameless"),
        ("1", "nameless"),
        ("三三", "person"),
        ("和珅", "person"),
        ("MARY (V.O.)", "person"),
        ("Andy Anderson", "person"),
        ("Allan", "person"),
        ("合川", "person"),
    ],
)
def test_names_that_stand_for_nobody(name: str, voice: Voice) -> None:
    assert voice_of(name) == voice


@given(st.text(max_size=200))
def test_any_name_stands_for_something(name: str) -> None:
    assert voice_of(name) in {"person", "group", "narrator", "nameless"}
