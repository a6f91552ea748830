import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.language import Language
from characters.prompting import (
    SEPARATOR,
    ChatDraft,
    CompletionDraft,
    Persona,
    Prompt,
    PromptDraft,
    PromptMessage,
    PromptTooLongError,
    Utterance,
    profile_labels,
    stop_strings,
)
from characters.prompting.prompt import UNNAMED
from tests.characters.reference import GOLDEN_RETRIEVAL, REFERENCE, needs_reference

SANSAN = Persona("三三", "话不多。", "zh", "小明")
BEV = Persona("Bev", "Drives a horse.", "en", "Sam")
ASKED = [Utterance("user", "你是谁")]
EXAMPLES = [
    ["二二：三三，怎么啦？", "三三：太忙了，没说上话"],
    ["路人：走啦", "三三：新年快乐哦，再见"],
    ["二二：看不懂", "三三：其实有一套公式"],
]

Make = Callable[..., PromptDraft]
both = pytest.mark.parametrize("make", [CompletionDraft, ChatDraft])


def fit(draft: PromptDraft, budget: int = 10_000) -> Prompt:
    """With a token for each character, and counts for nothing but the draft's own pieces."""
    counts = {piece: len(piece) for piece in draft.pieces()}
    return draft.fit(counts.__getitem__, budget)


def text_of(prompt: Prompt) -> str:
    if isinstance(prompt.content, str):
        return prompt.content
    return "\n".join(message.content for message in prompt.content)


def messages(draft: ChatDraft) -> list[PromptMessage]:
    content = fit(draft).content
    assert isinstance(content, list)
    return content


def exactly(draft: PromptDraft) -> int:
    """The smallest budget that everything fits."""
    return fit(draft).tokens


class TestBothLayouts:
    @both
    def test_a_prompt_holds_persona_examples_and_dialogue(self, make: Make) -> None:
        history = [*ASKED, Utterance("character", "三三。"), Utterance("user", "然后呢")]
        prompt = fit(make(SANSAN, EXAMPLES, history))
        text = text_of(prompt)
        for part in ("三三", "小明", "话不多。", "太忙了", "新年快乐", "你是谁", "然后呢"):
            assert part in text
        assert (set(prompt.examples_shown), prompt.history_dropped) == ({0, 1, 2}, 0)

    @both
    def test_an_english_character_gets_english_instructions(self, make: Make) -> None:
        text = text_of(fit(make(BEV, [["Kit: Who are you?", "Bev: The front."]], ASKED[:0])))
        assert "Bev" in text
        assert "Sam" in text
        assert text.isascii()

    @both
    def test_examples_give_way_before_history_and_the_best_go_last(self, make: Make) -> None:
        history = [*ASKED, Utterance("character", "三三。"), Utterance("user", "然后呢")]
        draft = make(SANSAN, EXAMPLES, history)
        shown = []
        for budget in range(exactly(draft), 0, -1):
            try:
                prompt = fit(draft, budget)
            except PromptTooLongError:
                break
            assert prompt.tokens <= budget
            shown.append((len(prompt.examples_shown), -prompt.history_dropped))
            assert sorted(prompt.examples_shown) == list(range(len(prompt.examples_shown)))
        assert shown[0] == (3, 0)
        assert (0, 0) in shown
        assert {0, -2} <= {dropped for _, dropped in shown} <= {0, -1, -2}

    @both
    def test_the_first_example_that_does_not_fit_ends_the_list(self, make: Make) -> None:
        long = ["二二：说", "三三：" + "很" * 300]
        draft = make(SANSAN, [EXAMPLES[0], long, EXAMPLES[1]], ASKED)
        prompt = fit(draft, exactly(draft) - 1)
        assert set(prompt.examples_shown) == {0, 1}
        assert fit(draft, exactly(draft) - 100).examples_shown == (0,)

    @both
    def test_history_goes_from_its_oldest_line_and_never_the_newest(self, make: Make) -> None:
        history = [Utterance("user", f"第{n}句" + "话" * 50) for n in range(5)]
        draft = make(SANSAN, [], history)
        prompt = fit(draft, exactly(draft) - 70)
        text = text_of(prompt)
        assert 2 <= prompt.history_dropped < 5
        for n in range(5):
            assert (f"第{n}句" in text) == (n >= prompt.history_dropped)

    @both
    def test_history_is_cut_in_blocks_so_that_its_beginning_stays_for_turns(
        self, make: Make
    ) -> None:
        said = [Utterance("user", f"第{n}句" + "话" * 20) for n in range(200)]
        budget = exactly(make(SANSAN, [], said[:40]))
        cuts = [
            fit(make(SANSAN, [], said[:lines]), budget).history_dropped for lines in range(1, 200)
        ]
        # Everything is kept while it fits; then a quarter of the forty lines goes at once.
        assert cuts[:40] == [0] * 40
        assert cuts == sorted(cuts)
        moves = [turn for turn, (one, other) in enumerate(pairwise(cuts)) if one < other]
        assert min(b - a for a, b in pairwise(moves)) >= 8

    @both
    def test_a_newest_line_that_does_not_fit_is_refused(self, make: Make) -> None:
        draft = make(SANSAN, EXAMPLES, [*ASKED, Utterance("user", "长" * 500)])
        with pytest.raises(PromptTooLongError, match="too long") as caught:
            fit(draft, 400)
        assert caught.value.budget == 400
        assert caught.value.needed > 500

    @both
    def test_what_is_continued_ends_the_prompt(self, make: Make) -> None:
        assert text_of(fit(make(SANSAN, EXAMPLES, ASKED, "我是三"))).endswith("我是三")

    @both
    def test_at_most_so_many_examples_are_shown(self, make: Make) -> None:
        prompt = fit(make(SANSAN, EXAMPLES, ASKED, most=2))
        assert set(prompt.examples_shown) == {0, 1}
        assert "公式" not in text_of(prompt)

    @both
    def test_braces_are_text_and_not_placeholders(self, make: Make) -> None:
        odd = Persona("{user}", "喜欢 {name} 和 {profile}{0}{", "zh", "{profile}")
        text = text_of(fit(make(odd, [["a：{x}吗", "{user}：{name}又来了"]], ASKED)))
        assert "喜欢 {name} 和 {profile}{0}{" in text
        assert "{name}又来了" in text
        assert text.count("喜欢") == 1

    @both
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_nothing_but_persona_and_line_is_needed(self, make: Make, language: Language) -> None:
        prompt = fit(make(Persona("三三", "", language), [], ASKED))
        assert prompt.examples_shown == ()
        assert "你是谁" in text_of(prompt)

    @both
    @given(
        lengths=st.lists(st.integers(1, 60), min_size=1, max_size=6),
        examples=st.integers(0, 3),
        budget=st.integers(1, 1_200),
    )
    def test_a_prompt_stays_within_its_budget(
        self, make: Make, lengths: list[int], examples: int, budget: int
    ) -> None:
        history = [Utterance("user", "话" * length) for length in lengths]
        draft = make(SANSAN, EXAMPLES[:examples], history)
        try:
            prompt = fit(draft, budget)
        except PromptTooLongError:
            return
        assert prompt.tokens <= budget
        # Examples never cost a line of the dialogue.
        assert prompt.history_dropped == fit(make(SANSAN, [], history), budget).history_dropped
        assert "话" * lengths[-1] in text_of(prompt)


class TestCompletion:
    def test_the_best_examples_may_stand_last(self) -> None:
        examples = [["甲：一", "三三：壹"], ["乙：二", "三三：贰"], ["丙：三", "三三：叁"]]
        said = [Utterance("user", "你好")]
        persona = Persona("三三", "", "zh")
        draft = CompletionDraft(persona, examples, said, most=2, best_last=True)
        prompt = draft.fit(len, 10_000)
        assert prompt.examples_shown == (1, 0)
        assert isinstance(prompt.content, str)
        assert f"乙：二\n三三：贰\n{'-' * 20}\n甲：一\n三三：壹\n" in prompt.content

    @needs_reference
    def test_the_golden_prompt_byte_for_byte(self) -> None:
        [golden] = json.loads(GOLDEN_RETRIEVAL.read_text(encoding="utf-8"))
        [expected] = json.loads((REFERENCE / "golden_prompt.json").read_text(encoding="utf-8"))
        persona = Persona(golden["role_name"], golden["role_info"], "zh", golden["user_name"])
        examples = [text.split("\n") for text in golden["simi_dialogs"].split(SEPARATOR)]
        prompt = fit(CompletionDraft(persona, examples, ASKED))
        assert prompt.content == expected["input_text"]

    def test_examples_keep_their_colons_and_the_dialogue_has_half_width_ones(self) -> None:
        history = [*ASKED, Utterance("character", "三三。"), Utterance("user", "哦")]
        text = text_of(fit(CompletionDraft(SANSAN, EXAMPLES[:2], history)))
        assert SEPARATOR.join("\n".join(lines) for lines in EXAMPLES[:2]) in text
        assert text.endswith("小明:你是谁\n三三:三三。\n小明:哦\n\n三三:")


class TestChat:
    def test_an_example_is_an_exchange_and_the_best_comes_last(self) -> None:
        sent = messages(ChatDraft(SANSAN, EXAMPLES[:2], ASKED))
        assert [message.role for message in sent] == ["system", *["user", "assistant"] * 3, "user"]
        assert [message.content for message in sent[1:5]] == [
            "路人：走啦",
            "新年快乐哦，再见",
            "二二：三三，怎么啦？",
            "太忙了，没说上话",
        ]

    def test_the_character_gives_its_name_before_the_dialogue(self) -> None:
        asked, answered, newest = messages(ChatDraft(SANSAN, EXAMPLES, ASKED))[-3:]
        assert asked.content.startswith("小明：")
        assert (answered.role, "三三" in answered.content) == ("assistant", True)
        assert newest.content.startswith("小明：你是谁")

    def test_a_user_without_a_name_has_no_label(self) -> None:
        unnamed = replace(SANSAN, user_name=UNNAMED)
        asked, _, newest = messages(ChatDraft(unnamed, EXAMPLES, ASKED))[-3:]
        assert asked.content == "你好，你叫什么名字？"
        assert newest.content.startswith("你是谁\n")

    def test_of_a_scene_its_last_exchange_is_shown(self) -> None:
        scene = [
            "二二：一",
            "三三：早就说过了",
            "二二：二",
            "路人：三",
            "三三:四是",
            "三三: 四个字",
        ]
        sent = messages(ChatDraft(SANSAN, [scene], ASKED))
        assert [message.content for message in sent[1:3]] == ["二二：二\n路人：三", "四是\n四个字"]

    def test_a_character_may_bear_another_name_in_its_script(self) -> None:
        persona = Persona("Bev Ruddock", "Drives.", "en", "Sam")
        sent = messages(ChatDraft(persona, [["Kit: Where to?", "Bev: Skelby: the depot."]], ASKED))
        assert [each.content for each in sent[1:3]] == ["Kit: Where to?", "Skelby: the depot."]

    @pytest.mark.parametrize(
        "useless", [["三三：自言自语的话"], ["二二：寻宝去", "三三：嗯。"], []], ids=str
    )
    def test_scenes_that_show_no_reply_are_left_out(self, useless: Sequence[str]) -> None:
        prompt = fit(ChatDraft(SANSAN, [EXAMPLES[0], useless, EXAMPLES[1]], ASKED, most=2))
        assert prompt.examples_shown == (2, 0)

    def test_turns_alternate_even_after_a_greeting(self) -> None:
        history = [Utterance("character", "欢迎光临。"), *ASKED]
        for dialogue in (history, ASKED):
            roles = [message.role for message in messages(ChatDraft(SANSAN, EXAMPLES, dialogue))]
            assert roles[1:] == ["user", "assistant"] * (len(roles) // 2 - 1) + ["user"]

    def test_what_is_continued_is_the_characters_last_message(self) -> None:
        sent = messages(ChatDraft(SANSAN, EXAMPLES, ASKED, "我是三"))
        assert sent[-1] == PromptMessage("assistant", "我是三")
        assert sent[-2].role == "user"

    def test_only_the_newest_line_bears_the_reminder(self) -> None:
        history = [*ASKED, Utterance("character", "三三。"), Utterance("user", "哦")]
        first, _, newest = messages(ChatDraft(SANSAN, [], history))[-3:]
        assert first.content == "小明：你是谁"
        assert newest.content.startswith("小明：哦\n")

    def test_the_beginning_stays_the_same_from_turn_to_turn(self) -> None:
        earlier = messages(ChatDraft(SANSAN, EXAMPLES[:1], ASKED))
        later = messages(ChatDraft(SANSAN, EXAMPLES[1:], [*ASKED, Utterance("user", "哦")]))
        assert earlier[0] == later[0]
        assert "话不多。" in earlier[0].content


class TestStops:
    def test_everybody_stops_a_reply_with_either_colon(self) -> None:
        stops = stop_strings(SANSAN, ["二二", "三三", "路人"])
        for name in ("小明", "三三", "二二", "路人"):
            assert {f"\n{name}:", f"\n{name}："} <= set(stops)
        assert len(stops) == len(set(stops))
        assert any(SEPARATOR.startswith(stop) for stop in stops)

    def test_there_are_only_so_many(self) -> None:
        stops = stop_strings(SANSAN, [f"路人{n}" for n in range(500)], most=10)
        assert "\n路人9:" in stops
        assert "\n路人10:" not in stops
        assert "\n小明:" in stops


def test_a_small_model_gets_the_first_sentences_of_the_profile_only() -> None:
    profile = (
        "姓名：小山。" + "年龄：九岁，住在山脚下的磨坊里。" * 2 + "小山最怕打雷，谁也不知道。" * 9
    )
    persona = Persona("小山", profile, "zh", "user")
    history = [Utterance("user", "你好")]
    whole = fit(ChatDraft(persona, [], history)).content
    short = fit(ChatDraft(persona, [], history, opening=64)).content
    assert not isinstance(whole, str)
    assert not isinstance(short, str)
    assert profile in whole[0].content
    assert "磨坊" in short[0].content
    # 6 + 2 * 16 characters, then 13 a sentence: two of those fit into 64.
    assert short[0].content.count("打雷") == 2


def test_one_long_sentence_is_cut() -> None:
    persona = Persona("小山", "很" * 1_000, "zh", "user")
    content = fit(ChatDraft(persona, [], [Utterance("user", "你好")], opening=64)).content
    assert not isinstance(content, str)
    assert content[0].content.count("很") == 192


@pytest.mark.parametrize(
    ("profile", "labels"),
    [
        ("姓名：三三性别：女年龄：十四岁", ["姓名", "性别", "年龄"]),
        ("兴趣爱好：啃插座。爱好：无", ["爱好"]),
        ("Name: Bev. Age: 40.", []),
        ("", []),
    ],
)
def test_labels_of_a_profile(profile: str, labels: list[str]) -> None:
    assert profile_labels(profile) == labels
