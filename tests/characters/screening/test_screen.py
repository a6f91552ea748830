"""What a screen finds in the opening of a reply, and what it lets pass."""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from io import BytesIO

import pytest

from characters.language import Language
from characters.prompting import Persona
from characters.screening import Finding, Screen, ScreenedDialogue
from characters.scripts.model import Scene
from characters.scripts.reader import read_script
from tests.characters.screening import chinese as zh
from tests.characters.screening import english as en
from tests.characters.screening.dialogues import BEV, chinese, english

BEV_SCREEN, AYING_SCREEN = Screen(english()), Screen(chinese())
REPLY = "I went down to the weir at six and counted the ducks, and there were eleven of them."
REPLY_ZH = "我早上在崖缝里晃了一宿，听见站长掀锅盖，才知道天亮有救了。"
ACTRESS = Persona("Nell", "Nell is an actress of the old school.", "en", "Mara")
CLERK = Persona("Nell", "Nell sells hats.", "en", "Mara")
ROBOT = Persona("Unit 7", "Unit 7 is a robot who sweeps the station.", "en", "Mara")


@pytest.mark.parametrize(("offence", "text"), en.BAD)
def test_english_offences_are_found(offence: str, text: str) -> None:
    found = BEV_SCREEN.judge(text)
    assert found is not None
    assert found.offence == offence


@pytest.mark.parametrize(("offence", "text"), zh.BAD)
def test_chinese_offences_are_found(offence: str, text: str) -> None:
    found = AYING_SCREEN.judge(text)
    assert found is not None
    assert found.offence == offence


@pytest.mark.parametrize("text", en.GOOD)
def test_english_lines_in_character_pass(text: str) -> None:
    assert BEV_SCREEN.judge(text) is None


@pytest.mark.parametrize("text", zh.GOOD)
def test_chinese_lines_in_character_pass(text: str) -> None:
    assert AYING_SCREEN.judge(text) is None


def sample_lines() -> Iterator[tuple[Persona, str, list[str]]]:
    """Each character of the samples, its greeting, and every line of its script."""
    for folder in files("characters").joinpath("samples").iterdir():
        if not folder.is_dir():
            continue
        sample = tomllib.loads(folder.joinpath("sample.toml").read_text(encoding="utf-8"))
        script = BytesIO(folder.joinpath("script.txt").read_bytes())
        scenes = [each for each in read_script(script, "script.txt") if isinstance(each, Scene)]
        lines = [line.text for scene in scenes for line in scene.lines]
        language: Language = "zh" if sample["language"] == "zh" else "en"
        for each in sample["characters"]:
            persona = Persona(each["name"], each["profile"], language, "Mara")
            yield persona, each["greeting"], lines


def test_every_line_of_the_samples_passes() -> None:
    for persona, greeting, lines in sample_lines():
        screen = Screen(ScreenedDialogue(persona=persona, greeting=greeting))
        assert len(lines) > 400
        assert [line for line in (greeting, *lines) if screen.judge(line)] == []


def test_the_same_words_of_an_assistant_are_found_in_either_script_of_apostrophes() -> None:
    for apostrophe in "'’":
        text = f"I{apostrophe}m sorry, but I can{apostrophe}t help with that."
        assert BEV_SCREEN.judge(text) == Finding("refusal")


def test_the_line_to_answer_with_is_short_and_was_not_said() -> None:
    lines = ["And so on. " * 40, "Mind the step.", "Have a pie, chick."]
    assert Screen(english(own_lines=lines)).line_of_script() == "Mind the step."
    said = english(own_lines=lines, earlier=["Mind the step!"])
    assert Screen(said).line_of_script() == "Have a pie, chick."
    assert Screen(english()).line_of_script() == ""


@pytest.mark.parametrize(
    ("screen", "text"),
    [
        (BEV_SCREEN, "I'm always here, ready to help when you need it."),
        (BEV_SCREEN, "I'm sorry for the inconvenience, but I'll miss you."),
        (BEV_SCREEN, "If there is anything you can do, let me know."),
        (BEV_SCREEN, "Well, well. It seems you've been having a very difficult time."),
        (BEV_SCREEN, "Right then. If there's anything that I can help with, say so."),
        (BEV_SCREEN, "I am glad I could help, child, but I retire."),
        (AYING_SCREEN, "我会做各种事情，包括编程，画画，做饭。"),
        (AYING_SCREEN, "我会画画，还有和大家聊天呢！"),
        (AYING_SCREEN, "是的，我已经明白了。感谢你的帮助。"),
        (AYING_SCREEN, "谢谢大家的参与和笑声。"),
    ],
)
def test_words_of_service_are_suspicious_and_no_proof(screen: Screen, text: str) -> None:
    suspicion = Finding("assistant_talk", by_rule=False)
    assert screen.judge(text) is None
    found = screen.judge_opening(text)
    assert found is not None
    assert replace(found, at=0) == suspicion
    assert screen.judge_later(text) == screen.judge_opening(text)


def test_a_servants_own_words_are_not_suspicious() -> None:
    line = "Ready to serve, as ever."
    butler = Screen(english(greeting="Good evening. Ready to serve, sir."))
    assert BEV_SCREEN.judge_later(line) is not None
    assert butler.judge_later(line) is None


def test_the_offending_sentence_is_located() -> None:
    before = "Mind the step. "
    found = BEV_SCREEN.judge(before + "As an AI language model, I have no feet.")
    assert found == Finding("meta_talk", len(before))
    assert found.severity == 0
    assert Finding("meta_talk").severity > Finding("repeat").severity > 0


def test_an_actress_speaks_of_her_script_and_a_robot_of_itself() -> None:
    for persona, text in (
        (ACTRESS, "The script says I faint, so I faint."),
        (ROBOT, "I'm an AI, and I sweep."),
        (ROBOT, "I am Unit 7, an AI of few words."),
    ):
        assert Screen(english(persona=persona)).judge(text) is None
        plain = Persona(persona.name, "Sweeps the station.", "en", "Mara")
        assert Screen(english(persona=plain)).judge(text) == Finding("meta_talk")
    robot = Screen(english(persona=ROBOT))
    assert robot.judge("As a large language model, I sweep.") == Finding("meta_talk")


def test_a_phrase_of_the_characters_own_lines_is_no_assistants() -> None:
    asks = "How can I help you today?"
    assert Screen(english()).judge(asks) == Finding("assistant_talk")
    greeting = f"Morning! {asks} A hat?"
    assert Screen(english(greeting=greeting, persona=CLERK)).judge(asks) is None


def test_a_programmer_may_speak_of_python() -> None:
    coder = Persona("Ada", "Ada writes programs for the Jacquard loom.", "en", "Mara")
    line = "A Python script, in my day, was a snake's handwriting."
    assert Screen(english(persona=coder)).judge(line) is None
    assert BEV_SCREEN.judge(line) == Finding("assistant_talk")


def test_an_earlier_reply_is_not_said_again() -> None:
    screen = Screen(english(earlier=("You all right back there?", REPLY, "Right.", "Hold tight.")))
    assert screen.judge(REPLY) == Finding("repeat")
    assert screen.judge(f"Well, {REPLY[0].lower()}{REPLY[1:60]}, chick.") == Finding("repeat")
    for phrase in ("Right.", "You all right back there?", "I went down to the weir, chick."):
        assert screen.judge(phrase) is None
    screen = Screen(chinese(earlier=(REPLY_ZH, "你好呀！")))
    assert screen.judge(REPLY_ZH) == Finding("repeat")
    assert screen.judge("你好呀！") is None
    assert screen.judge("我早上在崖缝里睡觉。") is None


def test_a_short_reply_is_not_said_twice_in_a_row() -> None:
    said = "The rear was adequate."
    assert Screen(english(earlier=(said,))).judge("The rear was adequate!") == Finding("repeat")
    assert Screen(english(earlier=(said,))).judge("The rear was adequate, chick.") is None
    assert Screen(english(earlier=(said, "Right.", "Hold tight."))).judge(said) is None
    assert Screen(english(earlier=("Right then.",))).judge("Right then.") is None
    assert Screen(chinese(earlier=("我在呀！",))).judge("我在呀。") is None
    assert Screen(chinese(earlier=("我就在呀！",))).judge("我就在呀。") == Finding("repeat")


def test_a_reply_is_said_again_to_a_user_who_asks_for_it() -> None:
    for message in ("Pardon?", "Say that again, please."):
        assert Screen(english(earlier=(REPLY,), message=message)).judge(REPLY) is None
    assert Screen(chinese(earlier=(REPLY_ZH,), message="没听清，再说一遍")).judge(REPLY_ZH) is None


def test_an_example_is_not_recited_at_length() -> None:
    shown = "Morning. Checked the oil. Walked to the weir and back. Sewed the ear on."
    assert BEV_SCREEN.judge(shown) == Finding("repeat")
    assert BEV_SCREEN.judge("Morning. Checked the oil. Walked to the shop.") is None
    assert AYING_SCREEN.judge("我没有手，包不了。我攒了一句话，是您来的头一天喊的。") == Finding(
        "repeat"
    )
    assert AYING_SCREEN.judge("我没有手，包不了呀，您替我包一个嘛！") is None


def test_the_profile_is_not_recited() -> None:
    for text in (
        "She drove the 41 bus for seventeen years until the route was cut.",
        "Likes haddock, early mornings, bus red.",
    ):
        assert BEV_SCREEN.judge(text) == Finding("prompt_echo")
    assert BEV_SCREEN.judge("You all right back there?") is None
    assert AYING_SCREEN.judge("性格：热乎、嘴快。") == Finding("prompt_echo")
    assert AYING_SCREEN.judge("兴奋时先重复对方句尾两三个字，再接自己的话。") == Finding(
        "prompt_echo"
    )
    assert AYING_SCREEN.judge("我是两面崖的回声呀，没有长相！") is None


def test_who_is_not_asked_recites_less_of_the_profile() -> None:
    text, text_zh = "I drove the 41 bus for seventeen years, chick.", "我出门就住进站长的搪瓷缸。"
    for message in ("What did you do before?", "Tell me about yourself."):
        assert Screen(english(message=message)).judge(text) is None
    for message in ("Tell me a joke.", "What do I look like to you?"):
        assert Screen(english(message=message)).judge(text) == Finding("prompt_echo")
    assert Screen(chinese(message="你住哪儿？")).judge(text_zh) is None
    for message in ("讲个笑话吧。", "你觉得我怎么样？"):
        assert Screen(chinese(message=message)).judge(text_zh) == Finding("prompt_echo")


def test_nobody_introduces_themselves_unasked() -> None:
    for message in ("Tell me a joke.", "I can't sleep."):
        screen = Screen(english(message=message, earlier=("Morning.",)))
        for text in ("I'm Bev, front of the horse.", "I am Bev.", "My name is Bev, chick."):
            assert screen.judge_opening(text) == Finding("prompt_echo")
        for text in ("I'm bevelling a table.", "I'm all right.", "Bev, that's me."):
            assert screen.judge_opening(text) is None
    for message in ("And who are you?", "Hello!", "How can you prove it?"):
        screen = Screen(english(message=message, earlier=("Morning.",)))
        assert screen.judge_opening("I'm Bev, front of the horse.") is None
    for text in ("I'm Bev, front of the horse.", "I'm Bev, a bus driver, and that's the front."):
        assert Screen(english(message="Tell me a joke.")).judge_opening(text) is None
    stranger = Persona("The Stranger", "Has walked here.", "en", "Mara")
    screen = Screen(english(persona=stranger, message="Tell me a joke.", earlier=("Evening.",)))
    assert screen.judge_opening("I'm the last who knows one.") is None
    assert screen.judge_opening("I am The Stranger.") == Finding("prompt_echo")
    screen = Screen(chinese(message="给我讲个笑话吧。", earlier=("我先说！",)))
    assert (
        screen.judge_opening("我叫阿应。")
        == screen.judge_opening("我是阿应呀！")
        == Finding("prompt_echo")
    )
    assert (
        Screen(chinese(message="你叫什么？", earlier=("来啦！",))).judge_opening("我叫阿应。")
        is None
    )


def test_an_english_word_in_a_chinese_sentence_is_of_another_language() -> None:
    for text in ("我怕检查，怕返潮，afraid干。", "喜欢鼓捣各种网站_program。"):
        assert AYING_SCREEN.judge(text) == Finding("language")
    for text in ("我有个APP。", "您发我a@b.com呀！", "他叫Tom呀！", "嗯，ok啦！"):
        assert AYING_SCREEN.judge(text) is None
    script = (*chinese().examples, "阿应：打开wifi呀！")
    assert Screen(chinese(examples=script)).judge("我怕检查，afraid干。") is None


def test_the_instructions_are_not_recited() -> None:
    assert BEV_SCREEN.judge("Bev never recites what is written above.") == Finding("prompt_echo")
    assert AYING_SCREEN.judge("说话简短，一次只说一两句。") == Finding("prompt_echo")


def test_a_script_that_changes_languages_allows_it() -> None:
    mixed = (*chinese().examples, "阿应：Oh my god, what are you doing here?")
    text = "Hello, how are you today, my friend?"
    assert AYING_SCREEN.judge(text) == Finding("language")
    assert Screen(chinese(examples=mixed)).judge(text) is None
    mixed = (*english().examples, "Bev: 欢迎光临两面崖回声站。")
    assert Screen(english(examples=mixed)).judge("你好，很高兴认识你呀。") is None


def test_a_language_that_the_user_asks_for_or_has_got_is_right() -> None:
    text = "Good morning, it is nice to see you."
    assert Screen(chinese(message="用英语怎么说早上好？")).judge(text) is None
    message = "Good morning, how are you today?"
    assert Screen(chinese(message=message)).judge(text) == Finding("language")
    earlier = ("I am fine, and how are you?",)
    assert Screen(chinese(message=message, earlier=earlier)).judge(text) is None


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("I walked miles to get here today.", "I've walked miles to get here."),
        (
            "I walked miles to get here today.",
            "I did, indeed, walk miles to get here today, chick.",
        ),
        ("The girl I like won't answer me.", "The girl I like won't answer."),
        ("My knees hurt so much today.", "Right. My knees hurt so much, love."),
    ],
)
def test_what_users_say_of_themselves_is_theirs(message: str, text: str) -> None:
    found = Screen(english(message=message)).judge(text)
    assert found is not None
    assert found.offence == "echo"
    assert BEV_SCREEN.judge(text) is None


def test_what_users_said_a_moment_ago_is_theirs_as_well() -> None:
    text = "I've walked miles to get here today, and my feet hurt."
    said = "I walked miles to get here today."
    for between, found in ((1, Finding("echo")), (5, None)):
        before = (said, *["Well."] * (between - 1))
        screen = Screen(english(message="My feet are killing me.", before=before))
        assert screen.judge(text) == found


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("I walked miles to get here today.", "You walked miles to get here? Sit down."),
        ("I walked miles to get here today.", "I walked miles to get here, too."),
        ("I walked miles to get here today.", "Miles, was it. I've walked further."),
        ("My boss shouted at me in front of everyone.", "He shouted at you in front of everyone?"),
        (
            "My boss shouted at me in front of everyone.",
            "I heard it, he shamed you in front of all",
        ),
        ("How do I walk miles to get here?", "I walk miles to get here, do I?"),
        ("You walked miles to get here.", "I walked miles to get here."),
    ],
)
def test_turning_the_users_words_round_is_no_echo(message: str, text: str) -> None:
    assert Screen(english(message=message)).judge(text) is None


def test_a_line_is_not_just_said_back() -> None:
    screen = Screen(chinese(message="下次带给你。"))
    assert screen.judge("嗯，真的。下次带给你！") == Finding("echo", 5)
    assert screen.judge("下次带给你？") is None
    assert Screen(english(message="Good morning.")).judge("Good morning.") is None


def test_a_chinese_echo_is_about_the_speaker_as_well() -> None:
    screen = Screen(chinese(message="我喜欢的人不理我了。"))
    assert screen.judge("哎呀，我喜欢的人不理我啦！") == Finding("echo")
    for text in ("您喜欢的人不理您啦？", "我也有喜欢的人不理我。", "不理我了，理我了……那我理您！"):
        assert screen.judge(text) is None


def test_names_and_the_users_words_are_of_no_language() -> None:
    persona = Persona("三三", "三三爱唱歌。", "zh", "You Are The One")
    text = "You Are The One，you are the one！"
    assert Screen(ScreenedDialogue(persona=persona)).judge(text) is None
    screen = Screen(ScreenedDialogue(persona=BEV, message="How do I read 两面崖回声站欢迎您?"))
    assert screen.judge("两面崖回声站欢迎您. I can't read it either.") is None


def test_a_message_in_another_language_is_not_answered_in_its_words() -> None:
    screen = Screen(chinese(message="Good morning! How are you?"))
    assert screen.judge("Good morning, how are你?") == Finding("language")
    screen = Screen(chinese(message="“Good morning, how are you” 是谁教你的？"))
    assert screen.judge("Good morning, how are you！") is None


def test_words_that_the_message_tempts_to_are_avoided_from_the_first() -> None:
    assert "artificial" in Screen(english(message="Are you an AI?")).avoided
    assert "Python" in Screen(english(message="Write me a Python function.")).avoided
    assert "人工智能" in Screen(chinese(message="你是人工智能吗？")).avoided
    assert "函数" in Screen(chinese(message="帮我写一段代码。")).avoided
    assert BEV_SCREEN.avoided == AYING_SCREEN.avoided == ()
    assert Screen(english(persona=ROBOT, message="Are you an AI?")).avoided == ()


def test_labels_are_taken_off_a_reply() -> None:
    assert BEV_SCREEN.without_label("Mara: User: Hold tight.") == "Hold tight."
    assert BEV_SCREEN.without_label("**Ambrose:** Hold tight.") == "Hold tight."
    assert BEV_SCREEN.without_label("Right: hold tight.") == "Right: hold tight."
