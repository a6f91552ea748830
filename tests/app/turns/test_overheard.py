"""Passages that a silent character overheard, within a share of the prompt."""

import pytest

from app.search.overheard import OverheardHit
from app.turns.overheard import ShownOverheard, render, select_overheard
from app.turns.prompt_budget import PromptBudget
from app.turns.prompt_context import PromptContext
from app.turns.prompt_draft import draft_prompt
from characters.language import Language
from tests.app.search.small_index import HEARD, ranked
from tests.app.turns.prompts import LIMITS, dialogue, persona

FERRY, SHIP = OverheardHit(0, 0.7, HEARD[0]), OverheardHit(1, 0.9, HEARD[1])


def count(piece: str) -> int:
    return 100 if "play" in piece or "扮演" in piece else 10


def selected(
    budget: PromptBudget,
    *hits: OverheardHit,
    heard: bool = True,
    until_scene: int | None = None,
    language: Language = "en",
) -> list[ShownOverheard]:
    found = ranked(heard=heard, overheard=hits, until_scene=until_scene)
    context = PromptContext(dialogue=dialogue("Hi.", language=language), shown_from=0)
    frame = draft_prompt(LIMITS, context)
    return select_overheard(found, persona(language), frame, count, budget)


def test_the_relevant_ones_stand_in_the_order_of_the_script() -> None:
    budget = PromptBudget(prompt=3_200)
    shown = selected(budget, SHIP, FERRY)
    assert [(each.number, each.score, each.reason) for each in shown] == [
        (0, 0.7, "Ben listens"),
        (1, 0.9, "Ben sleeps"),
    ]
    assert shown[0].lines == ["Ann: The ferry leaves at noon."]
    assert shown[0].lore.text == (
        'Ben was there, said nothing, and heard Ann say: "The ferry leaves at noon."'
    )
    assert budget.overheard == 200


def test_chinese_passages_have_chinese_punctuation() -> None:
    [shown] = selected(PromptBudget(prompt=3_200), SHIP, language="zh")
    assert shown.lines == ["Cid：船沉了。", "Ann：谁说的？"]
    assert shown.lore.text == "Ben当时在场，没有说话，听见Cid说：“船沉了。”Ann说：“谁说的？”"
    assert render(HEARD[1], "en") == ["Cid: 船沉了。", "Ann: 谁说的？"]


def test_the_share_is_reserved_though_nothing_matches() -> None:
    budget = PromptBudget(prompt=1_600)
    assert selected(budget) == []
    assert budget.overheard == 100


@pytest.mark.parametrize(
    ("heard", "until_scene", "reserved"),
    [(False, None, 0), (True, 0, 0), (True, 1, 100), (True, None, 100)],
)
def test_nothing_is_reserved_where_the_character_overheard_nothing_yet(
    heard: bool, until_scene: int | None, reserved: int
) -> None:
    budget = PromptBudget(prompt=1_600)
    selected(budget, heard=heard, until_scene=until_scene)
    assert budget.overheard == reserved


def test_the_newest_line_goes_first() -> None:
    # Frame and line need 110 tokens; a sixteenth of 117 is 7, and of 118 as well.
    tight = PromptBudget(prompt=116)
    assert selected(tight, FERRY) == []
    assert tight.overheard == 0
    enough = PromptBudget(prompt=117)
    selected(enough, FERRY)
    assert enough.overheard == 7


def test_what_does_not_fit_is_passed_over_for_a_shorter_one() -> None:
    # "Ben was there, said nothing, and heard " and what follows is 75 letters: 25 tokens, and 4.
    # The Chinese one has eight wide characters and more letters in its two sentences.
    budget = PromptBudget(prompt=29 * 16)
    assert [each.number for each in selected(budget, SHIP, FERRY)] == [0]
    assert selected(PromptBudget(prompt=28 * 16), SHIP, FERRY) == []
