"""Persona + examples + history -> the prompt, within a token budget. Pure.

Two layouts. ``completion`` is the text Index-1.9B-Character was trained with (bilibili/Index-1.9B,
``roleplay/``), kept byte for byte, and its English counterpart; ``chat`` is for instruct models:
a system text, then examples and dialogue as messages.

Composing is two steps, so that an engine can count tokens in one round trip in between: a draft
names its :meth:`~PromptDraft.pieces`, and :meth:`~PromptDraft.fit` assembles what fits, asking
for the counts of just those pieces. History goes before examples: it is shortened, oldest line
first, only when it does not fit by itself, and the newest line always stays; examples fill what
is left, best first, and the first that does not fit ends the list.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from characters.errors import CharactersError
from characters.language import Language, reading_length

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
    examples_shown: tuple[int, ...]
    """Which of the examples given are in the prompt: their positions, best first."""
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
        examples: Sequence[Sequence[str]],
        history: Sequence[Utterance],
        continued: str = "",
        *,
        most: int | None = None,
    ) -> None:
        """``history`` ends with the line to answer.

        ``examples``, best first, are lists of lines, ``speaker：text``, that end with a line of
        the character's; at ``most`` so many are shown. ``continued`` is the beginning of the
        reply, where one is gone on with.
        """
        before, after = _COMPLETION[persona.language]
        self._before = _fill(before, persona)
        self._after = _fill(after, persona)
        self._cue = f"\n{persona.name}:{continued}"
        self._examples = ["\n".join(lines) for lines in examples[:most]]
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
        return Prompt(text, tuple(range(cut.examples)), cut.history_from, cut.tokens)


@dataclass(frozen=True, slots=True)
class _ChatTexts:
    system: str
    opening: str
    """Asked and answered right before the dialogue; see :class:`ChatDraft`."""
    introduction: str
    hello: str
    """Stands before a greeting, which answers nothing: many chat templates want turns by turns."""
    reminder: str
    """Follows the line to answer: what is said last is what a small model heeds most."""
    colon: str


_CHAT: dict[Language, _ChatTexts] = {
    "zh": _ChatTexts(
        system=(
            "你是{name}。\n{name}的资料：{profile}\n\n现在有人来找{name}闲聊。"
            "{name}说话简短，一次只说一两句，只用自己的话回答，不念资料。"
        ),
        opening="你好，你叫什么名字？",
        introduction="叫我{name}就行。",
        hello="你好。",
        reminder="\n（{name}用自己的语气回一句台词）",
        colon="：",
    ),
    "en": _ChatTexts(
        system=(
            "You are {name}.\nAbout {name}: {profile}\n\n{name} is now chatting with somebody. "
            "{name} speaks briefly, one or two sentences at a time, answers in words of "
            "{name}'s own and never recites what is written above."
        ),
        opening="Hello, what's your name?",
        introduction="Just call me {name}.",
        hello="Hello.",
        reminder="\n({name} answers in a sentence, in character.)",
        colon=": ",
    ),
}

_MESSAGE_TOKENS = 5
"""What a chat template wraps a message in: measured with ChatML."""

_OPENING_LENGTH = 64
"""What a small model is told of the profile, in CJK characters (three others count as one)."""

_LABEL = re.compile(r"([\u4e00-\u9fff]{2})[：:]")

_SENTENCE = re.compile(r"[^。！？.!?\n]*[。！？.!?\n]+|[^。！？.!?\n]+$")

_LEAST_REPLY = 4
"""Characters: from shorter replies a small model learns to say only as much."""


@dataclass(frozen=True, slots=True)
class _Shot:
    """An example as one exchange: what was said to the character, and the reply."""

    position: int
    said: str
    reply: str


class ChatDraft:
    """A system text with the profile, examples as exchanges, then the dialogue, as messages.

    Made for small models, which follow what they see done rather than what they are told:

    - An example is the end of a scene as two messages: what others said, with their names, so
      that they are not taken for the user, and what the character replied, without. Scenes that
      show no reply, or hardly one, are left out. The best comes last.
    - Right before the dialogue the character is asked for a name and gives it. Without that,
      "who are you?" was answered by reciting the whole profile, and all that followed copied it.
    - The line to answer ends with a reminder to be brief: long replies slid into the profile.
    - What stays the same for a character comes first, so that an engine need not read it again.
    """

    def __init__(
        self,
        persona: Persona,
        examples: Sequence[Sequence[str]],
        history: Sequence[Utterance],
        continued: str = "",
        *,
        most: int | None = None,
    ) -> None:
        """As for :class:`CompletionDraft`; what is continued becomes the last message.

        With ``most`` the model is a small one, and gets only the opening of the profile: what it
        is given there at length, it recites.
        """
        texts = _CHAT[persona.language]
        if most is not None:
            persona = replace(persona, profile=_opening(persona.profile))
        label = persona.user_name + texts.colon
        self._system = PromptMessage("system", _fill(texts.system, persona))
        self._introduction = [
            PromptMessage("user", label + texts.opening),
            PromptMessage("assistant", _fill(texts.introduction, persona)),
        ]
        shots = (_shot(at, lines, persona.name) for at, lines in enumerate(examples))
        self._shots = [shot for shot in shots if shot is not None][:most]
        self._hello = PromptMessage("user", label + texts.hello)
        self._history = [_message(line, label) for line in history]
        if history and history[-1].role == "user":
            reminder = _fill(texts.reminder, persona)
            self._history[-1] = PromptMessage("user", self._history[-1].content + reminder)
        self._continued = [PromptMessage("assistant", continued)] if continued else []

    def _frame(self) -> list[PromptMessage]:
        return [self._system, *self._introduction, self._hello, *self._continued]

    def pieces(self) -> list[str]:
        shots = [text for shot in self._shots for text in (shot.said, shot.reply)]
        return [*shots, *(each.content for each in (*self._frame(), *self._history))]

    def fit(self, count: CountTokens, budget: int) -> Prompt:
        def cost(*texts: str) -> int:
            return sum(count(text) + _MESSAGE_TOKENS for text in texts)

        frame = cost(*(message.content for message in self._frame()))
        history = [cost(message.content) for message in self._history]
        shots = [cost(shot.said, shot.reply) for shot in self._shots]
        cut = _cut(frame, history, shots, budget)
        shown = self._shots[: cut.examples]
        messages = [self._system]
        for shot in reversed(shown):
            messages.append(PromptMessage("user", shot.said))
            messages.append(PromptMessage("assistant", shot.reply))
        messages += self._introduction
        dialogue = self._history[cut.history_from :]
        if dialogue and dialogue[0].role == "assistant":
            messages.append(self._hello)
        messages += [*dialogue, *self._continued]
        positions = tuple(shot.position for shot in shown)
        return Prompt(messages, positions, cut.history_from, cut.tokens)


def _opening(profile: str) -> str:
    """The first sentences of a profile; at least one, cut off where it is long itself."""
    opening = ""
    for sentence in _SENTENCE.findall(profile.strip()):
        if opening and reading_length(opening + sentence) > _OPENING_LENGTH:
            break
        opening += sentence
    return opening[: 3 * _OPENING_LENGTH].strip()


def _message(line: Utterance, label: str) -> PromptMessage:
    if line.role == "user":
        return PromptMessage("user", label + line.text)
    return PromptMessage("assistant", line.text)


def _shot(position: int, lines: Sequence[str], name: str) -> _Shot | None:
    """The last exchange of an example, unless it shows no reply worth learning from."""
    if not lines:
        return None
    # An example ends with the character's line, whichever of its speakers that is.
    own = {name, _speaker(lines[-1])}
    start = len(lines)
    while start and _speaker(lines[start - 1]) in own:
        start -= 1
    reply = "\n".join(_text(line) for line in lines[start:])
    before = start
    while before and _speaker(lines[before - 1]) not in own:
        before -= 1
    if before == start or len(reply) < _LEAST_REPLY:
        return None
    return _Shot(position, "\n".join(lines[before:start]), reply)


def _speaker(line: str) -> str:
    """Whose line it is. A speaker is known to be free of colons."""
    return line.replace("：", ":").partition(":")[0]


def _text(line: str) -> str:
    return line[len(_speaker(line)) + 1 :].strip()


def profile_labels(profile: str) -> list[str]:
    """What a Chinese profile calls its parts: 年龄, 职业, … the two characters before a colon.

    Nobody says these words in a conversation; a small model that recites the profile begins so.
    """
    return list(dict.fromkeys(_LABEL.findall(profile)))


def stop_strings(persona: Persona, speakers: Sequence[str], most: int = 64) -> list[str]:
    """Where a reply ends because somebody else begins to speak.

    A line that opens with a name and a colon, full- or half-width: the user's, the character's
    own (one turn is asked for) and every known speaker's, the first ``most`` of them; and a
    line of hyphens, which separates examples, or a reply from the model's remarks about it.
    """
    names = dict.fromkeys((persona.user_name, persona.name, *speakers[:most]))
    return [f"\n{name}{colon}" for name in names for colon in ":："] + ["\n---"]
