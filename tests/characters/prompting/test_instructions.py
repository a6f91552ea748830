"""The instructions of prompts, by which their echoes are recognised."""

import pytest

from characters.language import Language
from characters.prompting import ChatDraft, CompletionDraft, Persona, Utterance
from characters.prompting.instructions import instructions_of

PROFILE = "Keeps the lamp at Skelby, and eleven ducks."


@pytest.mark.parametrize("language", ["zh", "en"])
def test_they_are_what_prompts_instruct_without_the_profile(language: Language) -> None:
    persona = Persona("Ben", PROFILE, language, "Mara", instructions="Be merry.")
    texts = instructions_of(persona)
    assert not any(PROFILE in text or "Be merry." in text for text in texts)
    chat = ChatDraft(persona, [], [Utterance("user", "Hello.")]).fit(len, 10_000).content
    completion = (
        CompletionDraft(persona, [], [Utterance("user", "Hello.")]).fit(len, 10_000).content
    )
    assert not isinstance(chat, str)
    assert isinstance(completion, str)
    prompts = [*(message.content for message in chat), completion]
    for text in texts:
        clauses = [each for each in text.replace("\n", "。").split("。") if len(each) > 12]
        assert clauses
        assert all(any(clause.strip() in prompt for prompt in prompts) for clause in clauses)
