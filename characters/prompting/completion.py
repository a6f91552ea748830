"""Compose the prompt Index-1.9B-Character was trained with, and its English counterpart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from characters.language import Language
from characters.prompting.fitting import Costs, fit
from characters.prompting.lore import Lore, choose, place_between
from characters.prompting.prompt import (
    CountTokens,
    Persona,
    PreviousExamples,
    Prompt,
    Segment,
    Utterance,
)
from characters.prompting.segments import template_details, template_segments

SEPARATOR = "\n" + "-" * 20 + "\n"
"""Separates the examples of a completion prompt, as in the model's training."""

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


class CompletionDraft:
    """Compose the Index prompt: one text that ends with the character's name and a colon.

    Lines of the live dialogue have half-width colons, examples keep theirs; an empty line stands
    before the character's name, as in the reference. Lore stands beside the profile, behind the
    examples, so that an engine finds those in its cache at turns with other lore.
    """

    def __init__(
        self,
        persona: Persona,
        examples: Sequence[Sequence[str]],
        history: Sequence[Utterance],
        continued: str = "",
        *,
        most: int | None = None,
        earlier: PreviousExamples | None = None,
        lore: Sequence[Lore] = (),
        best_last: bool = False,
    ) -> None:
        """Prepare the texts. ``history`` ends with the line to answer.

        ``examples``, best first, are lists of lines, ``speaker：text``, that end with a line of
        the character's; at most ``most`` are shown. Examples of an ``earlier`` prompt keep their
        positions; without it, the layout is the reference's. ``continued`` is the beginning of a
        reply to continue. ``lore`` is in the order of the prompt. ``best_last`` reverses the order
        of the examples.
        """
        before, self._after = _COMPLETION[persona.language]
        self._persona = persona
        self._before = persona.fill(before)
        self._cue = f"\n{persona.name}:{continued}"
        self._ranked = range(len(examples))
        further = earlier.further if earlier else ()
        self._examples = ["\n".join(lines) for lines in (*examples, *further)]
        names = {"user": persona.user_name, "character": persona.name}
        self._history = [
            f"{line.named(':') if line.spoken else f'{names[line.role]}:{line.text}'}\n"
            for line in history
        ]
        self._most = most
        self._earlier = earlier
        self._lore = lore
        self._best_last = best_last
        self._lore_lines = [f"{_speaker(each, names)}{each.text}\n" for each in lore]

    def _frame(self) -> str:
        return self._before + self._persona.fill(self._after) + self._cue

    def pieces(self) -> list[str]:
        """Return the texts to count; see :class:`~characters.prompting.prompt.PromptDraft`."""
        return [self._frame(), SEPARATOR, *self._examples, *self._history, *self._lore_lines]

    def fit(self, count: CountTokens, budget: int) -> Prompt:
        """Assemble the prompt; see :class:`~characters.prompting.prompt.PromptDraft`."""
        separator = count(SEPARATOR)
        frame, history = count(self._frame()), [count(line) for line in self._history]
        lore = [count(line) for line in self._lore_lines]
        chosen = choose(self._lore, lore, budget - frame - sum(history[-1:]))
        costs = Costs(
            frame=frame + sum(lore[number] for number in chosen),
            history=history,
            examples=[count(text) + separator for text in self._examples],
            saved=separator,
        )
        fitted = fit(costs, self._ranked, self._most, self._earlier, budget)
        shown = fitted.layout.shown
        if self._best_last:
            shown = shown[::-1]
        segments = (
            Segment("instructions", self._before, counted=(self._before,)),
            *self._shown_examples(shown),
            *self._profile(chosen),
            *self._dialogue(fitted.history_from, chosen),
            Segment("reply", self._cue, counted=(self._cue,)),
        )
        text = "".join(segment.text for segment in segments)
        return Prompt(text, shown, fitted.history_from, fitted.tokens, chosen, segments)

    def details(self) -> list[str]:
        """Return texts to count; see :class:`~characters.prompting.prompt.PromptDraft`."""
        return [self._before, *template_details(self._persona, self._after), self._cue]

    def shown_from(self, number: int) -> int:
        """Return 0: an example is shown whole."""
        return 0

    def _shown_examples(self, shown: Sequence[int]) -> Iterator[Segment]:
        for at, number in enumerate(shown):
            text = self._examples[number]
            if at == 0:
                yield Segment("example", text, number, (text,))
            else:
                yield Segment("example", SEPARATOR + text, number, (SEPARATOR, text))

    def _profile(self, chosen: Sequence[int]) -> list[Segment]:
        beside = [
            (number, self._lore[number], self._lore_lines[number])
            for number in chosen
            if self._lore[number].is_beside
        ]
        return template_segments(self._persona, self._after, beside)

    def _dialogue(self, start: int, chosen: Sequence[int]) -> Iterator[Segment]:
        """Yield the lines from ``start``, with the entries that belong among them."""
        lines = self._history[start:]
        positions = place_between(self._lore, chosen, len(lines))
        for at in range(len(lines) + 1):
            for number in positions.get(at, ()):
                text = self._lore_lines[number]
                yield Segment("lore", text, number, (text,))
            for line in lines[at : at + 1]:
                yield Segment("history", line, start + at, (line,))


def completion_instructions(persona: Persona) -> list[str]:
    """Return the texts that instruct the model, without the profile."""
    bare = replace(persona, profile="", instructions="", user_description="")
    return [bare.fill(text) for text in _COMPLETION[persona.language]]


def _speaker(lore: Lore, names: Mapping[str, str]) -> str:
    """Return the cue of an entry among the lines: one of the two names, or none."""
    speakers = {"user": names["user"], "assistant": names["character"]}
    name = None if lore.is_beside else speakers.get(lore.placement.role)
    return f"{name}:" if name else ""
