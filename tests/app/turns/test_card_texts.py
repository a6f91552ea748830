"""Macros of a card, in what a prompt shows of it."""

from app.search.retriever import SceneHits
from app.turns.card_texts import expand_examples, expand_lines, expand_lore
from characters.macros import MacroValues
from tests.app.turns.prompts import lore, retrieved

MARA = MacroValues("本", "Mara", "conversation")


def test_lore_is_expanded_and_what_comes_out_empty_is_left_out() -> None:
    found = [lore(" {{char}} knows {{user}}. "), lore("{{// a note}}", 1), lore("灯。", 2)]
    assert [(each.number, each.text) for each in expand_lore(found, MARA)] == [
        (0, "本 knows Mara."),
        (2, "灯。"),
    ]


def test_examples_chosen_and_kept_are_expanded_alike() -> None:
    hits = SceneHits(
        [retrieved(3, 0.9, "{{user}}: Hi.", "{{char}}: 早。")],
        [retrieved(4, 0.2, "<USER>")],
        1.0,
        2.0,
    )
    found = expand_examples(hits, MARA)
    assert [each.lines for each in found.examples] == [["Mara: Hi.", "本: 早。"]]
    assert [each.lines for each in found.others] == [["Mara"]]
    assert (found.examples[0].score, found.embed_ms, found.search_ms) == (0.9, 1.0, 2.0)


def test_chance_picks_the_same_for_an_example_at_every_turn() -> None:
    numbers = ["{{roll:999999}}"] * 4
    once = expand_lines(numbers, MARA, 3)
    assert once == expand_lines(numbers, MARA, 3)
    assert len(set(once)) > 1  # each line has a number of its own
    assert once != expand_lines(numbers, MARA, 4)
    assert once != expand_lines(numbers, MacroValues("本", "Mara", "another"), 3)
