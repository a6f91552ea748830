"""What is told of a dialogue's older lines, and the room that is kept for it."""

import pytest

from characters.lorebooks.model import Placement
from characters.prompting import (
    ChatDraft,
    CompletionDraft,
    HistoryWindow,
    Lore,
    Persona,
    PromptTooLongError,
    Utterance,
    memory_lore,
    open_window,
    overheard_lore,
    summary_lore,
)
from tests.characters.test_prompting import Make, both, fit, text_of

SANSAN = Persona("三三", "话不多。", "zh", "小明")
BEV = Persona("Bev", "Drives a horse.", "en", "Sam")
TALK = [
    Utterance("user", "第一句"),
    Utterance("character", "第一答"),
    Utterance("user", "第二句"),
    Utterance("character", "第二答"),
    Utterance("user", "第三句"),
]


@both
def test_a_memory_stands_before_the_newest_line_and_a_summary_before_all(make: Make) -> None:
    lore = [memory_lore(SANSAN, "二二", "猫\n呢？", "睡了。"), summary_lore("zh", "他们见过面。")]
    text = text_of(fit(make(SANSAN, [], TALK, lore=lore)))
    memory = "三三想起以前的对话，二二说：“猫 呢？”三三答：“睡了。”"
    places = [
        text.index(each)
        for each in ("此前的经过：他们见过面。", "第一句", "第二答", memory, "第三句")
    ]
    assert places == sorted(places)


def test_both_are_told_in_english() -> None:
    assert memory_lore(BEV, "Sam", "Where?", "Here.").text == (
        'Bev remembers that Sam once said: "Where?", and Bev answered: "Here."'
    )
    assert summary_lore("en", "They met.").text == "What happened so far: They met."


@both
def test_memories_give_way_to_lore_and_a_summary_to_nothing(make: Make) -> None:
    lore = [
        memory_lore(SANSAN, "小明", "甲" * 20, "乙" * 20),
        Lore("灯塔。" * 20, Placement("after_char"), importance=-5),
        summary_lore("zh", "经过。" * 20),
    ]
    draft = make(SANSAN, [], TALK[:1], lore=lore)
    budgets = range(fit(draft).tokens, fit(make(SANSAN, [], TALK[:1])).tokens, -1)
    told = list(dict.fromkeys(fit(draft, budget).lore_shown for budget in budgets))
    assert told[:3] == [(0, 1, 2), (1, 2), (2,)]


def counted(draft: CompletionDraft | ChatDraft) -> dict[str, int]:
    return {piece: len(piece) for piece in draft.pieces()}


@pytest.mark.parametrize("make", [CompletionDraft, ChatDraft])
def test_room_is_kept_only_where_lines_go(make: type[CompletionDraft] | type[ChatDraft]) -> None:
    draft = make(SANSAN, [], TALK)
    count = counted(draft).__getitem__
    everything = draft.fit(count, 10_000).tokens
    assert open_window(draft, count, everything, 8) == HistoryWindow(0, 0)
    assert open_window(draft, count, everything, 8, always=True).reserved == 8
    window = open_window(draft, count, everything - 1, 8)
    assert window.reserved == 8
    assert window.dropped == draft.fit(count, everything - 9).history_dropped > 0


@pytest.mark.parametrize("make", [CompletionDraft, ChatDraft])
def test_none_is_kept_where_hardly_the_newest_line_fits(
    make: type[CompletionDraft] | type[ChatDraft],
) -> None:
    draft = make(SANSAN, [], TALK)
    count = counted(draft).__getitem__
    least = make(SANSAN, [], TALK[-1:]).fit(count, 10_000).tokens
    assert open_window(draft, count, least, 8) == HistoryWindow(4, 0)
    with pytest.raises(PromptTooLongError):
        open_window(draft, count, least - 1, 8)


def test_what_was_heard_is_told_as_hearsay_where_a_memory_stands() -> None:
    heard = [("Kit", "Mind\nthe step."), ("Priya", "Five minutes.")]
    assert overheard_lore(BEV, heard).text == (
        'Bev was there, said nothing, and heard Kit say: "Mind the step.", and Priya say: '
        '"Five minutes."'
    )
    told = overheard_lore(SANSAN, [("老周", "茶贵了。"), ("老李", "喝。")])
    assert told.text == "三三当时在场，没有说话，听见老周说：“茶贵了。”老李说：“喝。”"
    memory = memory_lore(SANSAN, "小明", "猫呢？", "睡了。")
    assert (told.placement, told.importance) == (memory.placement, memory.importance)
