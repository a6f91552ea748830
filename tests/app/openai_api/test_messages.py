"""What a character makes of the messages that a client brings, in whatever order."""

import pytest

from app.engines.scripted import ScriptedEngine
from app.settings import Settings
from tests.app.openai_api.talking import (
    CHAT,
    ask,
    assistant,
    code,
    content,
    post,
    prompt_of,
    system,
    user,
)
from tests.app.running import Json, Running, running

pytestmark = [pytest.mark.anyio, pytest.mark.one_database]

END = "Reply with one turn of Ben's only.\n"


def dialogue(stage: Running) -> str:
    """What of the prompt comes after the instructions: the dialogue and the cue."""
    return prompt_of(stage).split(END)[1]


async def test_hi_alone_is_answered_in_character(ben: Running) -> None:
    ben.engine.reply = " Good morning. "
    said = await ask(ben, user("Hi"))
    assert content(said) == "Good morning."
    assert dialogue(ben) == "user:Hi\n\nBen:"
    assert "Ben keeps the lighthouse." in prompt_of(ben)


async def test_the_messages_are_all_the_history_there_is(ben: Running) -> None:
    await ask(ben, user("Remember the number 7."))
    await ask(ben, user("One."), assistant("Two."), user("Three."))
    assert dialogue(ben) == "user:One.\nBen:Two.\nuser:Three.\n\nBen:"
    assert "7" not in prompt_of(ben)


async def test_the_lines_that_fit_the_moment_are_in_the_prompt_and_in_the_answer(
    ben: Running,
) -> None:
    said = await ask(ben, user("Is the lighthouse burning at night?"))
    best = said["offbook"]["examples"][0]
    assert best["text"] == (
        "Clara: Is the lighthouse still burning at night?\n"
        "Ben: The lighthouse burns every night, I keep the lamp myself."
    )
    scores = [example["score"] for example in said["offbook"]["examples"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 3
    for example in said["offbook"]["examples"]:
        assert example["text"] in prompt_of(ben)
        assert isinstance(example["id"], int)


async def test_system_messages_anywhere_follow_the_profile(ben: Running) -> None:
    await ask(
        ben,
        system("Rule one."),
        user("Hi"),
        {"role": "developer", "content": "Rule two."},
        assistant("Hm."),
        user("Well?"),
        system("Rule three."),
    )
    assert "lighthouse.\n\nRule one.\n\nRule two.\n\nRule three.\n" in prompt_of(ben)
    assert dialogue(ben) == "user:Hi\nBen:Hm.\nuser:Well?\n\nBen:"


async def test_system_messages_are_left_out_where_the_setting_says_so(settings: Settings) -> None:
    settings.openai_api.system_messages = "drop"
    async with running(settings) as stage:
        await stage.make_character()
        await ask(stage, system("Rule one."), user("Hi"), system("Rule two."))
        assert "Rule" not in prompt_of(stage)
        nothing = await post(stage, CHAT, model="ben", messages=[system("Rule one.")])
        assert code(nothing) == "400 nothing_said"


async def test_a_chat_model_gets_the_instructions_too(settings: Settings) -> None:
    engine = ScriptedEngine(prompt_style="chat")
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        await ask(stage, system("Rule one."), user("Hi"))
        first = engine.calls[-1].prompt[0]
        assert not isinstance(first, str)
        assert (first.role, "Rule one." in first.content) == ("system", True)


async def test_example_dialogues_of_the_clients_card_are_left_out(ben: Running) -> None:
    await ask(
        ben,
        system("Where are you?", name="example_user"),
        system("On the moon.", name="example_assistant"),
        user("Hi"),
    )
    assert "moon" not in prompt_of(ben)


async def test_a_last_assistant_message_is_gone_on_with(ben: Running) -> None:
    ben.engine.reply = " and wait for spring."
    said = await ask(ben, user("In winter?"), assistant("I mend the nets"))
    assert dialogue(ben) == "user:In winter?\n\nBen:I mend the nets"
    assert content(said) == " and wait for spring."


async def test_a_greeting_alone_is_gone_on_with(ben: Running) -> None:
    ben.engine.reply = " stranger."
    assert content(await ask(ben, assistant("Good morning,"))) == " stranger."
    assert dialogue(ben) == "\nBen:Good morning,"


async def test_a_nudge_after_a_reply_is_answered(ben: Running) -> None:
    await ask(ben, user("Hi"), assistant("Morning."), system("[Ben goes on to something else.]"))
    assert dialogue(ben) == "user:Hi\nBen:Morning.\nuser:[Ben goes on to something else.]\n\nBen:"


async def test_system_messages_alone_are_answered(ben: Running) -> None:
    await ask(ben, system("Be brief."), system("Tell what happened so far."))
    assert dialogue(ben) == "user:Tell what happened so far.\n\nBen:"
    assert "\n\nBe brief.\n" in prompt_of(ben)


async def test_neighbours_of_one_role_are_one_utterance(ben: Running) -> None:
    await ask(ben, user("One."), user("Two."), assistant("A."), assistant("B."), user("Three."))
    assert dialogue(ben) == "user:One.\nTwo.\nBen:A.\nB.\nuser:Three.\n\nBen:"


async def test_content_may_be_a_list_of_parts(ben: Running) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    parts = [{"type": "text", "text": "Look"}, image, {"type": "text", "text": "here."}]
    await ask(ben, {"role": "user", "content": parts})
    assert dialogue(ben) == "user:Look\nhere.\n\nBen:"


async def test_messages_without_text_and_of_tools_count_for_nothing(ben: Running) -> None:
    await ask(
        ben,
        user("Hi"),
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "42", "tool_call_id": "1"},
        assistant("  "),
    )
    assert dialogue(ben) == "user:Hi\n\nBen:"
    assert code(await post(ben, CHAT, model="ben", messages=[user(" ")])) == "400 nothing_said"


async def test_a_user_is_called_by_the_name_they_have(ben: Running) -> None:
    ben.engine.reply = "Yes.\nMara: And then?"
    said = await ask(ben, user("Hi", name="Mara"), assistant("Yes?", name="Ben"), user("Well?"))
    assert dialogue(ben) == "Mara:Hi\nBen:Yes?\nMara:Well?\n\nBen:"
    assert content(said) == "Yes."


async def test_several_users_are_told_apart(ben: Running) -> None:
    await ask(ben, user("Hi.", name="Mara"), user("Timo: Ho.", name="Timo"))
    assert dialogue(ben) == "user:Mara: Hi.\nTimo: Ho.\n\nBen:"


async def test_what_is_no_message_is_refused(ben: Running) -> None:
    messages: list[Json] = [
        user("a\x00b"),
        user("Hi", name="a\nb"),
        user("x" * 200_001),
        {"role": "narrator", "content": "Hi"},
        {"role": "user", "content": {"text": "Hi"}},
        {"role": "user", "content": [{"type": "text", "text": "\x00"}]},
    ]
    for message in messages:
        response = await post(ben, CHAT, model="ben", messages=[message])
        assert code(response) == "400 invalid_request"
    assert ben.engine.calls == []


async def test_half_a_character_is_refused(ben: Running) -> None:
    body = b'{"model": "ben", "messages": [{"role": "user", "content": "\\ud83c"}]}'
    response = await ben.http.post(CHAT, content=body, headers={"Content-Type": "application/json"})
    assert code(response) == "400 invalid_request"


async def test_no_messages_are_refused(ben: Running) -> None:
    assert code(await post(ben, CHAT, model="ben", messages=[])) == "400 invalid_request"
    assert code(await post(ben, CHAT, model="ben")) == "400 invalid_request"


async def test_a_history_too_long_for_the_context_loses_its_oldest_lines(
    settings: Settings,
) -> None:
    engine = ScriptedEngine(context_length=600)
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        history = [
            each
            for turn in range(400)
            for each in (user(f"Question {turn}."), assistant(f"Answer {turn}."))
        ]
        await ask(stage, *history, user("And now?"), max_tokens=100)
        prompt = prompt_of(stage)
        assert "user:And now?\n" in prompt
        assert "Answer 399." in prompt
        assert "Question 0." not in prompt
        await ask(stage, system("word " * 5_000), *history, user("And now?"), max_tokens=100)
        assert "user:And now?\n" in prompt_of(stage)
        assert "Answer 399." in prompt_of(stage)


async def test_a_single_message_too_long_for_the_context_is_refused(settings: Settings) -> None:
    engine = ScriptedEngine(context_length=600)
    async with running(settings, engine=engine) as stage:
        await stage.make_character()
        for fields in ({}, {"stream": True}):
            response = await post(
                stage, CHAT, model="ben", messages=[user("word " * 2_000)], **fields
            )
            assert code(response) == "400 context_length_exceeded"
