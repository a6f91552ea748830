"""Persona + examples + history -> the prompt, within a token budget. Pure.

Two layouts. ``completion`` is the text Index-1.9B-Character was trained with (bilibili/Index-1.9B,
``roleplay/``), kept byte for byte, and its English counterpart; ``chat`` is for instruct models:
a system text, then the messages.

Composing is two steps, so that an engine can count tokens in one round trip in between: a draft
names its :meth:`~PromptDraft.pieces`, and :meth:`~PromptDraft.fit` assembles what fits, asking
for the counts of just those pieces. History goes before examples: it is shortened, oldest line
first, only when it does not fit by itself, and the newest line always stays; examples fill what
is left, best first, and the first that does not fit ends the list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from characters.errors import CharactersError
from characters.language import Language

Role = Literal["user", "character"]
CountTokens = Callable[[str], int]

SEPARATOR = "\n" + "-" * 20 + "\n"
"""Between two examples of a completion prompt: what the model was trained with."""


class PromptTooLongError(CharactersError):
    """The newest line alone, with the instructions and the profile, exceeds the budget."""

    def __init__(self, needed: int, budget: int) -> None:
        super().__init__(
            f"The message is too long for the model: the prompt would need {needed} tokens "
            f"and {budget} fit. Shorten the message or the profile."
        )
        self.needed = needed
        self.budget = budget


@dataclass(frozen=True, slots=True)
class Persona:
    """Who speaks, and to whom."""

    name: str
    profile: str
    language: Language
    user_name: str = "user"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of the live dialogue."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the engine gets, and what had to be left out."""

    content: str | list[PromptMessage]
    examples_shown: int
    """The first so many of the examples given are in the prompt."""
    history_dropped: int
    """Lines left out, oldest first."""
    tokens: int
    """The counted pieces' sum: what the prompt costs, but for a few tokens at their seams."""


class PromptDraft(Protocol):
    """A prompt before its budget is known."""

    def pieces(self) -> list[str]:
        """Every text whose tokens :meth:`fit` asks for."""
        ...

    def fit(self, count: CountTokens, budget: int) -> Prompt:
        """Assemble what fits ``budget`` tokens. Raises :class:`PromptTooLongError`."""
        ...


@dataclass(frozen=True, slots=True)
class _Cut:
    history_from: int
    examples: int
    tokens: int


def _cut(frame: int, history: Sequence[int], examples: Sequence[int], budget: int) -> _Cut:
    """What fits: how many of the oldest lines go, how many of the best examples come."""
    used = frame + sum(history)
    start = 0
    while used > budget:
        if start >= len(history) - 1:
            raise PromptTooLongError(used, budget)
        used -= history[start]
        start += 1
    shown = 0
    for cost in examples:
        if used + cost > budget:
            break
        used += cost
        shown += 1
    return _Cut(start, shown, used)


_COMPLETION: dict[Language, tuple[str, str]] = {
    # Instructions up to the examples, and from the examples to the dialogue.
    "zh": (
        "请你扮演“{name}”与用户“{user}”进行对话。请注意：\n"
        "1.请永远记住你正在扮演{name}。\n"
        "2.下文给出了一些{name}与其他人物的对话，请参考给定对话中{name}的语言风格，"
        "用一致性的语气与{user}进行对话。\n"
        "3.如果给出了{name}的人设，请保证{name}的对话语气符合{name}的人设。\n\n"
        "以下是一些{name}的对话：\n",
        "\n\n以下是{name}的人设：\n{profile}\n\n"
        "基于以上材料，请你扮演{name}与{user}对话。结果只用返回一轮{name}的回复。\n",
    ),
    "en": (
        'Please play "{name}" in a conversation with the user "{user}". Please note:\n'
        "1. Always remember that you are playing {name}.\n"
        "2. Below are some dialogues between {name} and other characters. Follow {name}'s style "
        "of speech in them and talk to {user} in the same tone.\n"
        "3. If {name}'s profile is given, make sure that {name}'s tone agrees with it.\n\n"
        "Here are some of {name}'s dialogues:\n",
        "\n\nHere is {name}'s profile:\n{profile}\n\n"
        "Based on the material above, play {name} and talk to {user}. "
        "Reply with one turn of {name}'s only.\n",
    ),
}


def _fill(template: str, persona: Persona) -> str:
    """Put the persona in; what the texts themselves contain is never taken for a placeholder."""
    parts = {"name": persona.name, "user": persona.user_name, "profile": persona.profile.strip()}
    return template.format_map(parts)


class CompletionDraft:
    """The Index prompt: one text that ends with the character's name and a colon.

    Lines of the live dialogue have half-width colons, examples keep those they came with; an
    empty line stands before the character's name, as in the reference.
    """

    def __init__(
        self,
        persona: Persona,
        examples: Sequence[str],
        history: Sequence[Utterance],
        continued: str = "",
    ) -> None:
        """``history`` ends with the line to answer; ``examples`` are rendered, best first.

        ``continued`` is the beginning of the reply, where one is gone on with.
        """
        before, after = _COMPLETION[persona.language]
        self._before = _fill(before, persona)
        self._after = _fill(after, persona)
        self._cue = f"\n{persona.name}:{continued}"
        self._examples = list(examples)
        names = {"user": persona.user_name, "character": persona.name}
        self._history = [f"{names[line.role]}:{line.text}\n" for line in history]

    def _frame(self) -> str:
        return self._before + self._after + self._cue

    def pieces(self) -> list[str]:
        return [self._frame(), SEPARATOR, *self._examples, *self._history]

    def fit(self, count: CountTokens, budget: int) -> Prompt:
        separator = count(SEPARATOR)
        costs = [count(text) + (separator if i else 0) for i, text in enumerate(self._examples)]
        cut = _cut(count(self._frame()), [count(line) for line in self._history], costs, budget)
        text = "".join(
            (
                self._before,
                SEPARATOR.join(self._examples[: cut.examples]),
                self._after,
                *self._history[cut.history_from :],
                self._cue,
            )
        )
        return Prompt(text, cut.examples, cut.history_from, cut.tokens)


_CHAT: dict[Language, tuple[str, str, str]] = {
    # Before the examples, between two of them, after them.
    "zh": (
        "你是{name}，正在和{user}聊天。\n\n{name}的人设：\n{profile}\n\n"
        "{name}以前的对话，请学习{name}的语气：\n",
        "\n\n",
        "\n\n请始终以{name}的身份、语气回答{user}刚说的话，只说{name}的一句到三句台词，"
        "不要复述人设，不要照抄以前的对话，不要替别人说话。",
    ),
    "en": (
        "You are {name}, talking with {user}.\n\n{name}'s profile:\n{profile}\n\n"
        "Earlier dialogues of {name}; learn the tone from them:\n",
        "\n\n",
        "\n\nAlways answer what {user} just said as {name} would, in one to three sentences of "
        "speech. Do not recite the profile, do not copy the earlier dialogues, "
        "do not speak for anybody else.",
    ),
}


class ChatDraft:
    """A system text with profile and examples, then the dialogue as messages."""

    def __init__(
        self,
        persona: Persona,
        examples: Sequence[str],
        history: Sequence[Utterance],
        continued: str = "",
    ) -> None:
        """As for :class:`CompletionDraft`; what is continued becomes the last message."""
        before, self._separator, after = _CHAT[persona.language]
        self._before = _fill(before, persona)
        self._after = _fill(after, persona)
        self._examples = list(examples)
        self._history = list(history)
        self._continued = continued

    def pieces(self) -> list[str]:
        history = (self._continued, *(line.text for line in self._history))
        return [self._before + self._after, self._separator, *self._examples, *history]

    def fit(self, count: CountTokens, budget: int) -> Prompt:
        # A chat template wraps every message in markers: about four tokens each.
        frame = count(self._before + self._after) + count(self._continued) + 8
        separator = count(self._separator)
        history = [count(line.text) + 5 for line in self._history]
        cut = _cut(frame, history, [count(text) + separator for text in self._examples], budget)
        system = self._before + self._separator.join(self._examples[: cut.examples]) + self._after
        messages = [PromptMessage("system", system)]
        for line in self._history[cut.history_from :]:
            role: Literal["user", "assistant"] = "user" if line.role == "user" else "assistant"
            messages.append(PromptMessage(role, line.text))
        if self._continued:
            messages.append(PromptMessage("assistant", self._continued))
        return Prompt(messages, cut.examples, cut.history_from, cut.tokens)


def stop_strings(persona: Persona, speakers: Sequence[str], most: int = 64) -> list[str]:
    """Where a reply ends because somebody else begins to speak.

    A line that opens with a name and a colon, full- or half-width: the user's, the character's
    own (one turn is asked for) and every known speaker's, the first ``most`` of them; and the
    line that separates examples.
    """
    names = dict.fromkeys((persona.user_name, persona.name, *speakers[:most]))
    return [f"\n{name}{colon}" for name in names for colon in ":："] + ["\n" + "-" * 10]
