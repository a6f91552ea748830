"""The last exchange of an example, and what the inputs of a prompt do to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.prompting.exchanges import PromptExchange, last_exchange
from characters.prompting.prompt import Persona, Utterance, join_neighbours


@pytest.mark.parametrize(
    ("lines", "said", "reply"),
    [
        (["二二：在吗", "三三：我在修东西"], "二二：在吗", "我在修东西"),
        (["Kit: Now?", "Bev:Not: yet."], "Kit: Now?", "Not: yet."),
        # Lines of others since the character last spoke; lines of its own since then.
        (
            ["二二：一", "三三：早说过了", "二二：二", "路人：三", "三三：四是", "三三：四个"],
            "二二：二\n路人：三",
            "四是\n四个",
        ),
        (["二二：几点", "三三： 时间是3:20 "], "二二：几点", "时间是3:20"),
    ],
)
def test_what_was_said_and_what_was_answered(lines: list[str], said: str, reply: str) -> None:
    assert last_exchange(lines, "三三") == PromptExchange(said, reply)


def test_the_character_may_have_another_name_in_the_scene_or_two() -> None:
    lines = ["Kit: Where to?", "Bev: Skelby.", "Driver: The depot."]
    assert last_exchange(lines, "Bev") == PromptExchange("Kit: Where to?", "Skelby.\nThe depot.")
    assert last_exchange(lines, "Elise") == PromptExchange(
        "Kit: Where to?\nBev: Skelby.", "The depot."
    )


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["三三：自言自语的话"],
        ["三三：自言自语的话", "三三：还是自言自语"],
        ["二二：寻宝去", "三三：三个字"],
        ["二二：寻宝去", "三三"],
        ["二二：寻宝去", "三三：   "],
    ],
)
def test_scenes_from_which_no_reply_can_be_learned(lines: list[str]) -> None:
    assert last_exchange(lines, "三三") is None


def test_four_characters_are_a_reply() -> None:
    assert last_exchange(["二二：寻宝去", "三三：四个字吗"], "三三") == PromptExchange(
        "二二：寻宝去", "四个字吗"
    )


speakers = st.sampled_from(["三三", "二二", "Kit"])
scene_lines = st.lists(
    st.builds("{}{}{}".format, speakers, st.sampled_from("：:"), st.text("好a:：", max_size=6)),
    max_size=7,
)


@given(scene_lines, speakers)
def test_an_exchange_is_a_part_of_its_scene_in_which_only_others_speak_first(
    lines: list[str], name: str
) -> None:
    exchange = last_exchange(lines, name)
    if exchange is None:
        return
    said = exchange.line.split("\n")
    start = len(lines) - len(exchange.reply.split("\n")) - len(said)
    assert lines[start : start + len(said)] == said
    assert not any(line.startswith((name, lines[-1][:2])) for line in said)


def test_neighbours_of_one_role_become_one() -> None:
    lines = [
        Utterance("user", "一"),
        Utterance("user", "二\n三"),
        Utterance("character", "四"),
        Utterance("user", ""),
        Utterance("user", "五"),
    ]
    joined = [
        Utterance("user", "一\n二\n三"),
        Utterance("character", "四"),
        Utterance("user", "\n五"),
    ]
    assert join_neighbours(lines) == joined
    assert join_neighbours(joined) == joined
    assert join_neighbours([]) == []


@pytest.mark.parametrize(
    ("profile", "instructions", "filled"),
    [
        (" Drives.\n", "Be brief. ", "Drives.\n\nBe brief."),
        ("", "Be brief.", "Be brief."),
        ("Drives.", " ", "Drives."),
        ("{name} likes {0}", "{user}", "{name} likes {0}\n\n{user}"),
    ],
)
def test_instructions_follow_the_profile(profile: str, instructions: str, filled: str) -> None:
    persona = Persona("Bev", profile, "en", "Sam", instructions)
    assert persona.fill("{user}>{name}: {profile}") == f"Sam>Bev: {filled}"
