"""What a prompt shows, as the API and the stored reply describe it."""

from app.turns.prompt_sources import prompt_sources_of
from tests.app.turns.prompts import example, lore, memory, overheard, prepared


def test_examples_are_best_first_and_know_their_place_in_the_prompt() -> None:
    shown = prepared(
        shown=[example(7, 0.98765, "Ann: 早。", "Ben: 早。"), example(-4, 0.5, "Ben: Hm.")],
        example_order=[-4, 7],
    )
    assert [each.model_dump() for each in prompt_sources_of(shown)] == [
        {
            "id": 7,
            "score": 0.9877,
            "lines": ["Ann: 早。", "Ben: 早。"],
            "place": 1,
            "kind": "example",
            "name": "",
            "key": "",
            "scene": None,
            "start": 0,
            "cut": 0,
        },
        {
            "id": -4,
            "score": 0.5,
            "lines": ["Ben: Hm."],
            "place": 0,
            "kind": "example",
            "name": "",
            "key": "",
            "scene": None,
            "start": 0,
            "cut": 0,
        },
    ]


def test_lore_memories_and_overheard_passages_follow_each_counted_from_nought() -> None:
    shown = prepared(
        lore=[lore("灯塔\n很旧。", 3, "Tower", "灯"), lore("Salt.", 0)],
        memories=[memory(12, "user: bees", "Winter", score=0.12345)],
        overheard=[overheard(5, "Ann: noon", "Ben listens", score=0.66666)],
    )
    assert [
        (each.kind, each.place, each.id, each.name, each.key, each.score, each.lines)
        for each in prompt_sources_of(shown)
    ] == [
        ("lore", 0, 3, "Tower", "灯", 0, ["灯塔", "很旧。"]),
        ("lore", 1, 0, "", "", 0, ["Salt."]),
        ("memory", 0, 12, "Winter", "", 0.1235, ["user: bees"]),
        ("witnessed", 0, 5, "Ben listens", "", 0.6667, ["Ann: noon"]),
    ]


def test_a_prompt_that_shows_nothing() -> None:
    assert prompt_sources_of(prepared()) == []
