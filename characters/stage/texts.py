"""Word what a stage adds to a character's prompt: directions, whispers, private notes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from characters.language import Language

_AND: dict[Language, tuple[str, str]] = {"zh": ("、", "和"), "en": (", ", " and ")}


@dataclass(frozen=True, slots=True)
class _StageTexts:
    opens: str
    enters: str
    leaves: str
    passed_on: str
    learns: str
    whisper: str
    cue_line: str
    among: str
    private: str
    unnamed: str
    whispers: str
    whispers_to: str
    alone: str
    back: str


_TEXTS: dict[Language, _StageTexts] = {
    "zh": _StageTexts(
        opens="台上：{names}。",
        enters="{name}上场。",
        leaves="{name}下场。",
        passed_on="{speaker}说过的话传到{names}耳中。",
        learns="{name}得知，{speaker}说过：“{text}”",
        whisper="（悄声）{text}",
        cue_line="{name}接着说。",
        among="{name}与{names}同在场上。只写{name}自己的话，不要替别人说话。",
        private="只有{name}自己知道、不会轻易说出口的事：{note}",
        unnamed="旁人",
        whispers="悄声",
        whispers_to="悄声对{names}说",
        alone="只有{names}知道：{text}",
        back="回到剧本：第{line}句，共{lines}句。",
    ),
    "en": _StageTexts(
        opens="On stage: {names}.",
        enters="{name} enters.",
        leaves="{name} leaves.",
        passed_on="What {speaker} said reaches {names}.",
        learns='{name} learns that {speaker} said: "{text}"',
        whisper="(whispering) {text}",
        cue_line="{name} goes on.",
        among="{name} is on stage with {names}. Write {name}'s own words only; never speak for "
        "anyone else.",
        private="What {name} alone knows and does not readily say: {note}",
        unnamed="others",
        whispers="whispers",
        whispers_to="whispers to {names}",
        alone="{names} alone: {text}",
        back="Back to the script, at line {line} of {lines}.",
    ),
}


def join_names(names: Sequence[str], language: Language) -> str:
    """Return names as one phrase: ``Bev, Kit and Priya``; ``others`` for none."""
    if not names:
        return _TEXTS[language].unnamed
    comma, last = _AND[language]
    return last.join(filter(None, (comma.join(names[:-1]), names[-1])))


def opening_direction(names: Sequence[str], language: Language) -> str:
    """Return the direction that a stage opens with."""
    return _TEXTS[language].opens.format(names=join_names(names, language))


def enters(name: str, language: Language) -> str:
    """Return the direction of an entrance."""
    return _TEXTS[language].enters.format(name=name)


def leaves(name: str, language: Language) -> str:
    """Return the direction of an exit."""
    return _TEXTS[language].leaves.format(name=name)


def passed_on(names: Sequence[str], speaker: str, language: Language) -> str:
    """Return the direction that says who is informed, without what."""
    return _TEXTS[language].passed_on.format(names=join_names(names, language), speaker=speaker)


def back_to_script(line: int, lines: int, language: Language) -> str:
    """Return the direction by which a scene returns to its script, at a line counted from 1."""
    return _TEXTS[language].back.format(line=line, lines=lines)


def learns(name: str, speaker: str, text: str, language: Language) -> str:
    """Return the direction in the prompt of a character that learns what was said."""
    said = " ".join(text.split())
    return _TEXTS[language].learns.format(name=name, speaker=speaker, text=said)


def whispered(text: str, language: Language) -> str:
    """Return a line as those in the circle of a whisper have it in their prompts."""
    return _TEXTS[language].whisper.format(text=text)


def whispers_to(names: Sequence[str], language: Language) -> str:
    """Return how a play marks a whisper to these; to no one in particular where none is named."""
    if not names:
        return _TEXTS[language].whispers
    return _TEXTS[language].whispers_to.format(names=join_names(names, language))


def for_some_alone(text: str, names: Sequence[str], language: Language) -> str:
    """Return a direction that only these know of."""
    return _TEXTS[language].alone.format(names=join_names(names, language), text=text)


def cue_line(name: str, language: Language) -> str:
    """Return the direction to answer where the character itself spoke last."""
    return _TEXTS[language].cue_line.format(name=name)


def stage_instructions(
    name: str, others: Sequence[str], language: Language, *, note: str = "", about: str = ""
) -> str:
    """Return what a character's instructions say of the stage, and what it alone knows.

    ``about`` is what the user says about themselves.
    """
    texts = _TEXTS[language]
    said = [texts.among.format(name=name, names=join_names(others, language)), about]
    if note.strip():
        said.append(texts.private.format(name=name, note=" ".join(note.split())))
    return "\n\n".join(filter(None, said))


def bracketed(text: str, language: Language) -> str:
    """Return a direction as it stands between lines of dialogue."""
    return f"（{text}）" if language == "zh" else f"({text})"
