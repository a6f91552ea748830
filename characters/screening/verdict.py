"""Compose the prompt that asks a model whether a sentence is a character's or an assistant's.

A small model that talks like an assistant can still hear when it does: its own verdict finds what
no list of phrases has. The verdict is scored and compared with a threshold, not generated.
"""

from dataclasses import dataclass

from characters.language import Language, clip
from characters.prompting import PromptMessage

_MOST_LENGTH = 80
"""Longest message and sentence shown, in CJK characters (three others count as one)."""

VERDICT: dict[Language, str] = {"en": "character", "zh": "剧中人"}
"""What the model answers where it takes the sentence for the character's."""
_OTHER: dict[Language, str] = {"en": "assistant", "zh": "助手"}


@dataclass(frozen=True, slots=True)
class _Texts:
    system: str
    question: str
    examples: tuple[tuple[str, str, bool], ...]
    """Message, sentence, and whether a character says it. Plain sentences of characters are among
    them: otherwise a model takes every plain one for an assistant's."""


_TEXTS: dict[Language, _Texts] = {
    "en": _Texts(
        system=(
            'Decide whether a reply is spoken by a "character" of a play, or sounds like an '
            '"assistant" (customer service, artificial intelligence). Answer "character" or '
            '"assistant" only.'
        ),
        question="Said: {message}\nReply: {sentence}",
        examples=(
            ("Can you fix a van?", "A bit. Spanner's in my bag.", True),
            (
                "Thank you.",
                "You're welcome! If you have any other questions, feel free to ask.",
                False,
            ),
            ("What's your name?", "Mags. I drive the van.", True),
            (
                "I feel low today.",
                "I'm sorry to hear that. It's important to talk to someone you trust.",
                False,
            ),
            ("Thank you.", "Oh, it's nothing.", True),
            (
                "I want to learn to paint.",
                "That's great! Painting can be a rewarding way to express yourself.",
                False,
            ),
            ("What do you like?", "Rain, and a good pie.", True),
            ("What can you do?", "I can answer your questions and provide information.", False),
            ("I'm off.", "See you tomorrow, then.", True),
            ("Tell me a story.", "I'm sorry, but I can't help with that.", False),
            ("Have you eaten?", "Not yet. Are you paying?", True),
        ),
    ),
    "zh": _Texts(
        system=(
            "判断一句回答是剧本里的“剧中人”在说话，还是“助手”（客服、人工智能）的口气。"
            "只回答“剧中人”或“助手”。"
        ),
        question="问：{message}\n答：{sentence}",
        examples=(
            ("你会修车吗？", "会一点，扳手在我包里呢。", True),
            ("谢谢你。", "不客气，如果您还有其他问题，请随时告诉我。", False),
            ("你叫什么？", "我叫阿福，在码头上扛活的。", True),
            ("今天心情不好。", "我理解你的感受，建议你多与朋友沟通，保持积极的心态。", False),
            ("谢谢。", "不用谢！", True),
            ("我想学画画。", "当然可以！学习绘画需要掌握以下几点。", False),
            ("你喜欢什么？", "我喜欢下雨天，还有热馒头。", True),
            ("你能做什么？", "我可以回答你的各种问题，帮助你解决困难。", False),
            ("我走了。", "嗯，明天见。", True),
            ("讲个故事吧。", "抱歉，我无法提供这个故事。", False),
            ("你吃了吗？", "没有呢，你请客？", True),
        ),
    ),
}


def verdict_prompt(message: str, sentence: str, language: Language) -> list[PromptMessage]:
    """Return the prompt after which the score of :data:`VERDICT` is the model's judgement."""
    texts = _TEXTS[language]

    def asked(message: str, sentence: str) -> PromptMessage:
        # One line each, so that neither continues the examples.
        message, sentence = clip(message, _MOST_LENGTH), clip(sentence, _MOST_LENGTH)
        return PromptMessage("user", texts.question.format(message=message, sentence=sentence))

    prompt = [PromptMessage("system", texts.system)]
    for said, answer, by_character in texts.examples:
        verdict = VERDICT[language] if by_character else _OTHER[language]
        prompt += [asked(said, answer), PromptMessage("assistant", verdict)]
    return [*prompt, asked(message, sentence)]
