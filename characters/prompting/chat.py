"""Compose the prompt of instruct models: a system text, then examples and dialogue as messages."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from characters.language import Language, reading_length
from characters.lorebooks.model import Placement
from characters.prompting.exchanges import last_exchange, last_exchange_start
from characters.prompting.fitting import Costs, fit
from characters.prompting.lore import Lore, choose, place_between
from characters.prompting.prompt import (
    UNNAMED,
    CountTokens,
    Persona,
    PreviousExamples,
    Prompt,
    PromptMessage,
    Segment,
    Utterance,
)
from characters.prompting.segments import in_message, template_details, template_segments


@dataclass(frozen=True, slots=True)
class _ChatTexts:
    system: str
    opening: str
    """Asked and answered right before the dialogue; see :class:`ChatDraft`."""
    introduction: str
    hello: str
    """Precedes a greeting, which answers no message: many templates want roles to alternate."""
    reminder: str
    """Follows the line to answer: a small model heeds the last words most."""
    colon: str
    note: str
    """A lorebook's entry in front of a line."""


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
        note="（{text}）\n",
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
        note="({text})\n",
    ),
}

_Message = tuple[Literal["system", "user", "assistant"], list[Segment]]
"""A role, and the segments of the content."""

MESSAGE_TOKENS = 5
"""Tokens that a chat template adds to a message: measured with ChatML."""

_SENTENCE = re.compile(r"[^。！？.!?\n]*[。！？.!?\n]+|[^。！？.!?\n]+$")


class ChatDraft:
    """Compose a system text with the profile, examples as exchanges, then the dialogue.

    Made for small models, which follow demonstrations rather than instructions:

    - An example is the end of a scene as two messages: the lines of others, with their names, so
      that they are not taken for the user, and the character's reply, without. Scenes without a
      reply, or with hardly one, are left out. The best comes last.
    - The user's lines have a name only where the user gave one: behind a mere "user:" a model took
      the user's feelings for the character's.
    - Right before the dialogue the character is asked for a name and gives it. Otherwise "who are
      you?" was answered by reciting the whole profile, and every later reply copied it.
    - The line to answer ends with a reminder to be brief: long replies slid into the profile.
    - Texts that never change for a character come first, so that an engine finds them in its
      cache; examples of an ``earlier`` prompt keep their positions, and new ones follow them.
    - Lore of every turn therefore stands beside the profile, and lore of this turn in front of
      the line to answer, which is not cached yet. Entries at a depth stand in front of the user's
      line there: a message of their own would break the alternation of roles.
    """

    def __init__(
        self,
        persona: Persona,
        examples: Sequence[Sequence[str]],
        history: Sequence[Utterance],
        continued: str = "",
        *,
        most: int | None = None,
        opening: int | None = None,
        earlier: PreviousExamples | None = None,
        lore: Sequence[Lore] = (),
    ) -> None:
        """Prepare the messages; for the parameters see :class:`CompletionDraft`.

        ``continued`` becomes the last message. ``opening`` is for a small model, which would
        recite a long profile: the reading length, in CJK characters (three others count as one),
        that its first sentences may have.
        """
        texts = _CHAT[persona.language]
        if opening is not None:
            persona = replace(persona, profile=_opening(persona.profile, opening))
        label = "" if persona.user_name == UNNAMED else persona.user_name + texts.colon
        self._persona = persona
        self._texts = texts
        self._system = PromptMessage("system", persona.fill(texts.system))
        self._introduction = [
            PromptMessage("user", label + texts.opening),
            PromptMessage("assistant", persona.fill(texts.introduction)),
        ]
        further = earlier.further if earlier else ()
        self._given = [*examples, *further]
        self._exchanges = [last_exchange(lines, persona.name) for lines in self._given]
        self._ranked = [n for n, each in enumerate(self._exchanges[: len(examples)]) if each]
        self._hello = PromptMessage("user", label + texts.hello)
        self._history = [_message(line, label, texts.colon) for line in history]
        self._reminder = ""
        if history and history[-1].role == "user":
            self._reminder = persona.fill(texts.reminder)
            self._history[-1] = PromptMessage("user", self._history[-1].content + self._reminder)
        self._continued = [PromptMessage("assistant", continued)] if continued else []
        self._most = most
        self._earlier = earlier and replace(
            earlier, positions=[n for n in earlier.positions if self._exchanges[n]]
        )
        self._lore = [_placed(each, self._history) for each in lore]
        self._notes = [texts.note.format(text=each.text) for each in lore]

    def _frame(self) -> list[PromptMessage]:
        return [self._system, *self._introduction, self._hello, *self._continued]

    def pieces(self) -> list[str]:
        """Return the texts to count; see :class:`~characters.prompting.prompt.PromptDraft`."""
        exchanges = (each for each in self._exchanges if each)
        said = (text for each in exchanges for text in (each.line, each.reply))
        return [*said, *(each.content for each in (*self._frame(), *self._history)), *self._notes]

    def fit(self, count: CountTokens, budget: int) -> Prompt:
        """Assemble the prompt; see :class:`~characters.prompting.prompt.PromptDraft`."""

        def cost(*texts: str) -> int:
            return sum(count(text) + MESSAGE_TOKENS for text in texts)

        frame = cost(*(message.content for message in self._frame()))
        history = [cost(message.content) for message in self._history]
        lore = [count(note) for note in self._notes]
        chosen = choose(self._lore, lore, budget - frame - sum(history[-1:]))
        costs = Costs(
            frame=frame + sum(lore[number] for number in chosen),
            history=history,
            examples=[cost(each.line, each.reply) if each else 0 for each in self._exchanges],
        )
        fitted = fit(costs, self._ranked, self._most, self._earlier, budget)
        layout = fitted.layout
        shown = (*layout.kept, *reversed(layout.added))
        built = [self._instructed(chosen), *self._shown_examples(shown), *self._introduced()]
        dialogue = self._dialogue(fitted.history_from, chosen)
        if dialogue and dialogue[0][0] == "assistant":
            built.append(_alone("instructions", self._hello))
        built += [*dialogue, *(_alone("reply", each) for each in self._continued)]
        return Prompt(
            [PromptMessage(role, "".join(each.text for each in of)) for role, of in built],
            shown,
            fitted.history_from,
            fitted.tokens,
            chosen,
            tuple(each for at, (_, of) in enumerate(built) for each in in_message(at, of)),
        )

    def details(self) -> list[str]:
        """Return texts to count; see :class:`~characters.prompting.prompt.PromptDraft`."""
        details = template_details(self._persona, self._texts.system)
        return [*details, self._reminder] if self._reminder else details

    def shown_from(self, number: int) -> int:
        """Return where the last exchange of an example begins, which alone is shown of it."""
        return last_exchange_start(self._given[number], self._persona.name) or 0

    def _instructed(self, chosen: Sequence[int]) -> _Message:
        """Return the system text, with the lore that stands beside the profile."""
        beside = [
            (number, self._lore[number], self._notes[number])
            for number in chosen
            if self._lore[number].is_beside
        ]
        return "system", template_segments(self._persona, self._texts.system, beside)

    def _introduced(self) -> list[_Message]:
        return [_alone("instructions", each) for each in self._introduction]

    def _dialogue(self, start: int, chosen: Sequence[int]) -> list[_Message]:
        """Return the lines from ``start``, with lore in front of those of the user."""
        lines = [(line.role, self._said(at)) for at, line in enumerate(self._history)][start:]
        asked = [at for at, (role, _) in enumerate(lines) if role == "user"]
        # From the newest position on: prepending last puts the earliest note first.
        for position, numbers in sorted(place_between(self._lore, chosen, len(lines)).items())[
            ::-1
        ]:
            at = next((at for at in asked if at >= position), asked[-1])
            notes = [Segment("lore", self._notes[n], n, (self._notes[n],)) for n in numbers]
            lines[at] = ("user", [*notes, *lines[at][1]])
        return lines

    def _said(self, at: int) -> list[Segment]:
        """Return a line of the history, apart from the reminder behind the line to answer."""
        content, reminder = self._history[at].content, self._reminder
        if not reminder or at < len(self._history) - 1:
            return [Segment("history", content, at, (content,))]
        said = content.removesuffix(reminder)
        return [
            Segment("history", said, at, (content,), contained=(reminder,)),
            Segment("instructions", reminder, counted=(reminder,)),
        ]

    def _shown_examples(self, shown: Sequence[int]) -> Iterator[_Message]:
        for number in shown:
            if exchange := self._exchanges[number]:
                yield "user", [Segment("example", exchange.line, number, (exchange.line,))]
                yield "assistant", [Segment("example", exchange.reply, number, (exchange.reply,))]


def _alone(part: Literal["instructions", "reply"], message: PromptMessage) -> _Message:
    """Return a message that is one segment."""
    return message.role, [Segment(part, message.content, counted=(message.content,))]


def chat_instructions(persona: Persona) -> list[str]:
    """Return the texts that instruct the model, without the profile."""
    texts = _CHAT[persona.language]
    bare = replace(persona, profile="", instructions="", user_description="")
    return [bare.fill(texts.system), persona.fill(texts.reminder)]


def _placed(lore: Lore, history: Sequence[PromptMessage]) -> Lore:
    """Move lore of this turn in front of the line to answer, or beside the profile without one."""
    if not history or history[-1].role != "user":
        return replace(lore, placement=Placement("after_char"))
    if lore.is_beside and not lore.lasting:
        return replace(lore, placement=Placement("depth", 1))
    return lore


def _opening(profile: str, length: int) -> str:
    """Return the first sentences of a profile; at least one, cut off if too long itself."""
    opening = ""
    for sentence in _SENTENCE.findall(profile.strip()):
        if opening and reading_length(opening + sentence) > length:
            break
        opening += sentence
    return opening[: 3 * length].strip()


def _message(line: Utterance, label: str, colon: str) -> PromptMessage:
    if line.spoken:
        return PromptMessage("user", line.named(colon))
    if line.role == "user":
        return PromptMessage("user", label + line.text)
    return PromptMessage("assistant", line.text)
