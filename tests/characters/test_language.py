import pytest

from characters.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好，世界", "zh"),
        ("java7发布和Java虚拟机对其他语言的包容性", "zh"),
        ("𠮷野家", "zh"),
        ("サーバーを壊した", "zh"),
        ("Hello there", "en"),
        ("She wrote 你好 on the wall and walked away", "en"),
        ("안녕하세요", "en"),
        ("Привет", "en"),
        ("", "en"),
        ("……！？ 123", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect_language([text]) == language


def test_the_majority_of_texts_decides() -> None:
    assert detect_language(["OK", "好的", "我知道了"]) == "zh"
    assert detect_language([]) == "en"
