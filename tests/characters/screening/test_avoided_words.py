"""The words that a reply drawn again should do without."""

import pytest

from characters.language import Language
from characters.screening import Finding, Offence, avoided_words


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("offence", ["refusal", "assistant_talk", "meta_talk", "language"])
def test_an_offence_has_words_of_its_own(offence: Offence, language: Language) -> None:
    words = avoided_words(Finding(offence), "", language)
    assert 4 <= len(words) <= 12
    assert len(set(words)) == len(words)


def test_another_speakers_name_is_avoided() -> None:
    assert avoided_words(Finding("speaker"), "Anna: I see.", "en") == ["Anna"]
    assert avoided_words(Finding("speaker", 5), "Yes. **Mrs Lovelock:** I see.", "en") == [
        "Mrs Lovelock"
    ]
    assert avoided_words(Finding("speaker"), "小满：好。", "zh") == ["小满"]


def test_the_longest_words_of_what_is_repeated_are_avoided() -> None:
    text = "Right. I walked to the Lighthouse yesterday with a lantern."
    assert avoided_words(Finding("repeat", 7), text, "en") == ["Lighthouse", "yesterday", "lantern"]
    text = "我早上在崖缝里晃了一宿，听见站长掀锅盖。"
    assert avoided_words(Finding("prompt_echo"), text, "zh") == ["早上", "崖缝里", "听见站"]


def test_nothing_has_no_words() -> None:
    assert avoided_words(Finding("empty"), "", "en") == []
