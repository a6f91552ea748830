"""Requests of one conversation go to the same server, though each brings all that it needs."""

import pytest

from app.engines.port import ChatMessage
from app.openai_api.affinity import affinity_of, dialogue_fingerprint
from characters.prompting import Utterance
from tests.app.openai_api.talking import ask, assistant, post, prompt_of, system, user
from tests.app.running import Running

SYSTEM, HELLO = ChatMessage("system", "Be brief."), ChatMessage("user", "Hello")
GREETING = ChatMessage("assistant", "Welcome!")


def test_it_is_in_the_messages_up_to_the_users_first() -> None:
    opening = affinity_of("ben", [SYSTEM, GREETING, HELLO])
    longer = [SYSTEM, GREETING, HELLO, ChatMessage("assistant", "Hi"), ChatMessage("user", "So?")]
    assert affinity_of("ben", longer) == opening
    others = [
        affinity_of("anna", [SYSTEM, GREETING, HELLO]),
        affinity_of("ben", [GREETING, HELLO]),
        affinity_of("ben", [SYSTEM, GREETING, ChatMessage("user", "Hello!")]),
        affinity_of("ben", [SYSTEM, GREETING]),
        affinity_of("ben", []),
    ]
    assert len({opening, *others}) == 6


def test_of_a_text_it_is_in_the_beginning() -> None:
    assert affinity_of("m", "x" * 1_000 + "a") == affinity_of("m", "x" * 1_000 + "b")
    assert affinity_of("m", "x" * 999 + "a") != affinity_of("m", "x" * 999 + "b")
    assert affinity_of("m", "\ud800")  # half a character is no reason to fail


def test_a_moment_is_in_the_newest_lines() -> None:
    lines = [Utterance("user" if at % 2 == 0 else "character", str(at)) for at in range(7)]
    moment = dialogue_fingerprint("me", "ben", lines)
    assert dialogue_fingerprint("me", "ben", lines[2:]) == moment
    others = [
        dialogue_fingerprint("you", "ben", lines),
        dialogue_fingerprint("me", "anna", lines),
        dialogue_fingerprint("me", "ben", lines[:-1]),
        dialogue_fingerprint("me", "ben", [*lines[:-1], Utterance("character", "6")]),
        dialogue_fingerprint("me", "ben", [*lines[:-1], Utterance("user", "7")]),
    ]
    assert len({moment, *others}) == 6


@pytest.mark.anyio
async def test_examples_keep_their_places_in_the_next_request_of_a_dialogue(ben: Running) -> None:
    def examples() -> str:
        return prompt_of(ben).split("Here is Ben's profile")[0]

    await ask(ben, user("Is the lighthouse burning at night?"))
    first = examples()
    await ask(ben, user("When does the ferry leave?"))
    assert examples() != first
    await ask(
        ben,
        user("Is the lighthouse burning at night?"),
        assistant("It is."),
        user("When does the ferry leave?"),
    )
    assert examples() == first


@pytest.mark.anyio
async def test_the_engine_is_told(ben: Running) -> None:
    conversation = await ben.open()
    await ben.say(conversation, "Hello?")
    await ben.say(conversation, "And now?")
    opening = [system("Be brief."), user("Hello")]
    await ask(ben, *opening)
    await ask(ben, *opening, assistant("Hi"), user("So?"), n=2)
    for prompt in ("Once", "Once"):
        await post(ben, "/v1/completions", prompt=prompt)
    told = [call.affinity for call in ben.engine.calls]
    assert told[:2] == [conversation["id"]] * 2
    assert len(set(told[2:5])) == len(set(told[5:])) == 1
    assert len(set(told)) == 3
